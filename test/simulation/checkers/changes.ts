/** Every change made to Azure stands in the audit before it is made, and other slots' rules are kept. */
import type { Rule } from '../../../src/release/azure-facts.ts';
import type { Checker, Eyes, RulesWrite } from './checker.ts';
import type { Task } from '../instance.ts';
import { othersIn } from '../truth/azure-history.ts';

export function changesChecker(eyes: Eyes): Checker {
  const { now, ledger, history, violate, world } = eyes;
  let otherWriteAt = 0;

  function rulesWritten(task: Task, write: RulesWrite): void {
    const intent = task.committed?.intent;
    // However it lands, and whatever stands there then: ours is never in it.
    if (intent?.kind === 'swap' && weightIn(write.sent) > 0) {
      violate('exposure', `${task.name} asks whether a swap runs with our rule in the write`);
    }
    checkOthers(task, write);
    if (JSON.stringify(write.before) === JSON.stringify(write.after)) return;
    const another = otherWriteAt;
    otherWriteAt = now();
    if (history.handAt.rules > task.readAt.rules) return;
    const [from, to] = [weightIn(write.before), weightIn(write.after)];
    // A write of the rules as they are (it asks whether a swap runs) changes only what came in between.
    if (intent?.kind === 'swap' && another > task.readAt.rules && to <= from) return;
    if (!saysSo(task, from, to))
      violate('audit', `${task.name} wrote ${from} -> ${to} % without an intent that says so`);
  }

  /** The intent's row, or one that says that our rule goes with the write that asks whether a swap runs. */
  function saysSo({ committed }: Task, from: number, to: number): boolean {
    const intent = committed?.intent;
    if (committed === undefined || intent === undefined) return false;
    const rows = ledger
      .auditOf(committed.id)
      .filter(({ sequence }) => sequence >= intent.id && sequence <= committed.sequence);
    if (intent.kind === 'set-weight') return intent.weight === to && rows[0] !== undefined;
    return to === 0 && rows.some(({ body }) => takenAway(body.facts) === from);
  }

  function weightIn(rules: readonly Rule[]): number {
    return rules.find(({ name }) => name === world.azure.slot)?.weight ?? 0;
  }

  /**
   * A write leaves the rules of other slots as its worker read them last. It may change them all the
   * same, and nobody can fence that: somebody edited them since, or a late write of ours, sent before
   * that edit, came in since. That one took the edit away, and this one, which had read it, puts it back.
   */
  function checkOthers({ name, readAt }: Task, { before, after }: RulesWrite): void {
    if (history.othersWere(after, readAt.rules - 1, readAt.rules)) return;
    const [from, to] = [before, after].map((rules) => othersIn(rules, world.azure.slot));
    violate('audit', `${name}: rules of other slots were changed: ${from} -> ${to}`);
  }

  return {
    rulesWritten,
    swapAccepted: (task) => {
      const intent = task.committed?.intent;
      const rows = task.committed === undefined ? [] : ledger.auditOf(task.committed.id);
      const row = rows.find(({ sequence }) => sequence === intent?.id);
      if (row?.body.action !== 'intent-decided') {
        violate('audit', `${task.name} swapped without an intent that says so`);
      }
    },
    taskEnded: (task) => {
      const { unrecorded } = task;
      if (unrecorded === undefined || task.storeFailed) return;
      const intent = ledger.releases.get(unrecorded.releaseId)?.intent;
      if (intent?.claim?.id !== unrecorded.claimId) return;
      violate(
        'audit',
        `${task.name} never recorded what Azure answered to claim ${unrecorded.claimId}`,
      );
    },
    committed: ({ task, rows }) => {
      if (task?.unrecorded !== undefined && rows.some(({ body }) => settles(body.action))) {
        task.unrecorded = undefined;
      }
    },
  };
}

function takenAway({ takesAway }: Readonly<Record<string, unknown>>): number | undefined {
  return (takesAway as Rule | undefined)?.weight;
}

export function settles(action: string): boolean {
  return ['intent-confirmed', 'intent-dropped', 'azure-answered'].includes(action);
}

/** Every row is true: what the audit calls confirmed is what the simulated Azure showed to that worker. */
import type { Rule } from '../../../src/release/azure-facts.ts';
import type { Checker, Eyes } from './checker.ts';
import type { Commit, StoredAudit } from '../truth/ledger.ts';

export function trueRowsChecker(eyes: Eyes): Checker {
  const { history, violate } = eyes;

  function checkConfirmed(row: StoredAudit, { task, release, before }: Commit): void {
    if (task === undefined || release.subject === undefined) return;
    const { readAt } = task;
    const { message } = row.body;
    const tell = (truth: string): void =>
      violate('audit', `row ${row.sequence} of ${release.id} says "${message}": ${truth}`);
    if (message.startsWith('swap')) {
      const back = message.startsWith('swap back');
      const { baselineVolume, canaryVolume } = release.subject;
      const volume = back ? baselineVolume : canaryVolume;
      if (!history.volumeWas(volume, readAt.site - 1, readAt.site)) tell('the volumes were others');
      return;
    }
    const weight = before?.intent?.kind === 'set-weight' ? before.intent.weight : release.weight;
    if (!history.weightWas(weight, readAt.rules - 1, readAt.rules)) tell('the rule was another');
  }

  function checkRestored(row: StoredAudit, { task, release }: Commit): void {
    if (task === undefined || release.subject === undefined) return;
    const { rules, site } = task.readAt;
    const clear =
      history.weightWas(0, rules - 1, rules) &&
      history.volumeWas(release.subject.baselineVolume, site - 1, site);
    if (!clear) violate('audit', `row ${row.sequence} of ${release.id} says restored: it was not`);
    for (const { releaseId, claimId, notAfter } of history.underWay) {
      if (releaseId !== release.id || notAfter <= eyes.now()) continue;
      violate('aftercare', `${release.id} says restored while claim ${claimId} is under way`);
    }
  }

  function checkAccepted(row: StoredAudit, { release }: Commit): void {
    const claimId = release.intent?.claim?.id;
    const accepted = history.swaps.some((swap) => swap.claimId === claimId);
    if (!accepted) violate('audit', `row ${row.sequence} of ${release.id} says accepted: none was`);
  }

  /** A rule that the proof of idleness is said to have removed was there, and is gone. */
  function checkRemoved(row: StoredAudit, { task }: Commit): void {
    const removed = row.body.facts.removed as Rule | undefined;
    if (task === undefined || removed === undefined) return;
    const { rules } = task.readAt;
    const there = history.weightWas(removed.weight, rules - 1, rules);
    if (there && history.weightWas(0, rules, eyes.now())) return;
    violate('audit', `row ${row.sequence} of ${row.body.releaseId} says removed: it was not`);
  }

  return {
    committed: (commit) => {
      for (const row of commit.rows) {
        const { action, reason, message } = row.body;
        if (action === 'intent-confirmed') checkConfirmed(row, commit);
        if (action === 'phase-changed' && reason === 'baseline-restored')
          checkRestored(row, commit);
        if (action === 'azure-answered' && message.startsWith('swap accepted')) {
          checkAccepted(row, commit);
        }
        if (action === 'azure-answered') checkRemoved(row, commit);
      }
    },
  };
}

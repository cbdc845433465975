/** Never two swaps for one promotion, never untested content swapped in, and ends that say the truth. */
import type { Release } from '../../../src/release/release.ts';
import { type Checker, type Eyes, releaseOf } from './checker.ts';
import type { Task } from '../instance.ts';

const MINUTE = 60_000;

export function swapsChecker(eyes: Eyes): Checker {
  const { now, ledger, history, violate } = eyes;
  const { azure } = eyes.world;
  const claimsUsed = new Set<string>();
  const irreversible = new Set<string>();

  /** Ends that say something about Azure say the truth, unless somebody meddled just now. */
  function checkEnd(before: Release | undefined, after: Release): void {
    const { phase } = after.stage;
    if (before?.stage.phase === phase || after.subject === undefined) return;
    const meddled = Math.max(history.handAt.rules, history.handAt.volumes) > now() - 20 * MINUTE;
    if (meddled || !['succeeded', 'rolled-back', 'aborted', 'watching'].includes(phase)) return;
    const wanted = ['succeeded', 'watching'].includes(phase)
      ? after.subject.canaryVolume
      : after.subject.baselineVolume;
    const found = azure.state.production.volume;
    if (found !== wanted) violate('swap', `${after.id} is ${phase} and production holds ${found}`);
  }

  function checkClaim(before: Release | undefined, after: Release): void {
    const intent = after.intent;
    if (intent?.kind !== 'swap' || intent.claim === undefined) return;
    if (before?.intent?.claim?.id === intent.claim.id) return;
    if (after.stage.phase === 'promoting' && intent.direction === 'promote') return;
    if (after.stage.phase === 'rolling-back' && intent.direction === 'swap-back') return;
    violate('swap', `a swap (${intent.direction}) is claimed while ${after.stage.phase}`);
  }

  function swapSent(task: Task): void {
    const intent = task.committed?.intent;
    const claim = intent?.kind === 'swap' ? intent.claim : undefined;
    if (claim === undefined) {
      violate('swap', `${task.name} POSTs a swap without a claim`);
      return;
    }
    if (claimsUsed.has(claim.id)) violate('swap', `two POSTs under the claim ${claim.id}`);
    claimsUsed.add(claim.id);
    const lateMs = now() - claim.notAfter;
    if (lateMs > 0) violate('swap', `${task.name} POSTs a swap ${lateMs} ms after its claim`);
  }

  function swapAccepted(task: Task): void {
    const intent = task.committed?.intent;
    const release = releaseOf(eyes, task);
    if (intent?.kind !== 'swap' || release?.subject === undefined) return;
    const { direction, claim } = intent;
    history.swaps.push({ atMs: now(), releaseId: release.id, claimId: claim?.id ?? '', direction });
    const { production, slot } = azure.state;
    const promote = direction === 'promote';
    const goal = promote ? release.subject.canaryVolume : release.subject.baselineVolume;
    if (production.volume === goal && history.handAt.volumes <= task.readAt.site) {
      violate('swap', `${task.name}: a second swap (${direction}) undoes the first`);
    }
    const { readAt } = task;
    if (!history.weightWas(0, readAt.rules - 1, readAt.rules)) {
      violate('swap', `${task.name} swaps (${direction}) while our rule stands`);
    }
    const ordered = ledger
      .auditOf(release.id)
      .some(({ body }) => body.action === 'command-accepted');
    if (!promote && irreversible.has(release.id) && !ordered) {
      violate('swap', `${release.id} is irreversible, and nobody ordered to swap it back`);
    }
    const labelled = ledger.plans.get(release.id)?.label.require === true;
    // In these stories content and version have the same name, and the label proves the version.
    const validated = labelled ? release.version : release.subject.canaryContent;
    const wanted = promote ? validated : history.oldContent;
    const meddledAt = Math.max(history.handAt.content, history.handAt.volumes);
    if (slot.content !== wanted && meddledAt <= task.readAt.content) {
      violate(
        'swap',
        `${task.name} swaps ${slot.content} into production, validated was ${wanted}`,
      );
    }
  }

  return {
    swapSent,
    swapAccepted,
    committed: ({ before, release }) => {
      if (before === undefined && !release.reversible) irreversible.add(release.id);
      checkEnd(before, release);
      checkClaim(before, release);
    },
  };
}

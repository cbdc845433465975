/** What a command will do, for the one who is asked whether to order it: in the words of the page. Pure. */
import { resumeWords } from '../api/contract/resume-words.ts';
import type { Phase, Plan, ReleaseView } from '../api/contract.ts';
import type { CommandKind } from '../release/event.ts';
import { percent } from './bars.ts';
import { neverSwapsBack } from './release-words.ts';

/** @returns undefined: where it stands it can only be refused, and Slipway says why */
export function consequence(
  kind: CommandKind,
  release: ReleaseView,
  plan: Plan,
): string | undefined {
  if (release.finished) return undefined;
  const { phase, version } = release;
  switch (kind) {
    case 'pause':
      return pauseWords(release);
    case 'resume':
      return phase === 'paused' ? resumeWords(release, plan) : undefined;
    case 'advance':
      return isInRamp(release) ? advanceWords(release) : undefined;
    case 'promote':
      return isInRamp(release)
        ? `Skips the remaining steps, swaps ${version} into production and watches it there. Recorded as not certified.`
        : undefined;
    case 'rollback':
    case 'abort':
      return `${goBackWords(release)} ${endWords(kind, release)}`.trimEnd();
    case 'acknowledge':
      return phase === 'failed'
        ? 'Says that a person has taken over, and frees the app. Slipway changes nothing in Azure.'
        : undefined;
  }
}

/** Elsewhere `promote` means one step on: who comes from there is told of the command that does that here. */
export function insteadOf(kind: CommandKind, release: ReleaseView): string | undefined {
  const { id, step, weights } = release;
  const next = step === null ? undefined : weights.steps[step.number];
  if (kind !== 'promote' || next === undefined || !isInRamp(release)) return undefined;
  return `slipway advance ${id}`;
}

function isInRamp({ phase, pause }: ReleaseView): boolean {
  return phase === 'ramping' || pause?.from === 'ramping';
}

const PAUSABLE: readonly Phase[] = ['queued', 'preflight', 'ramping', 'watching'];

function pauseWords(release: ReleaseView): string | undefined {
  const { phase, weights, version } = release;
  if (!PAUSABLE.includes(phase)) return undefined;
  const held =
    weights.share === 0
      ? 'no visitor meets the new version'
      : `${version} keeps ${percent(weights.share)} of production`;
  const then = neverSwapsBack(release)
    ? 'Slipway never swaps this app back by itself: harm, or a pause too long, calls a person.'
    : "Harm still rolls back. If nobody resumes, it is rolled back at the end of the plan's longest pause.";
  return `Holds it where it is: ${held}. ${then}`;
}

function advanceWords({ step, weights, version }: ReleaseView): string {
  const next = step === null ? undefined : weights.steps[step.number];
  return next === undefined
    ? `This is the last step, so this is the promotion: ${version} is swapped into production and watched. Recorded as not certified.`
    : `Skips the rest of this step: ${version} gets ${percent(next)} of production. Recorded as not certified.`;
}

function goBackWords(release: ReleaseView): string {
  const { phase, pause, weights, version, baseline, slot, reversible } = release;
  const warning = reversible
    ? ''
    : ' This app is irreversible: Slipway would never do this by itself.';
  const at = pause?.from ?? phase;
  const old = baseline ?? 'the old version';
  if (at === 'queued' || at === 'preflight') return 'Ends it. Production was not touched.';
  if (at === 'promoting')
    return `The swap is settled first, then ${old} is swapped back if it landed.${warning}`;
  if (weights.share === 100) {
    return `Swaps back: ${old} comes from slot ${slot} into production, ${version} goes into the slot.${warning}`;
  }
  if (at === 'failed') return `Tries again to bring ${old} back to all of production.`;
  if (at === 'rolling-back')
    return 'It is going back already; this records that a person wants it.';
  return `Removes the rule at once: ${old} serves all of production again.`;
}

/** Both go the same way; before any visitor met it, and on the way back, they end it under one name too. */
function endWords(kind: 'rollback' | 'abort', { phase, pause }: ReleaseView): string {
  const hasOneName = ['queued', 'preflight', 'rolling-back'].includes(pause?.from ?? phase);
  if (kind === 'rollback') return hasOneName ? '' : 'It ends as rolled back.';
  return hasOneName
    ? 'Roll back does the same.'
    : 'Roll back does the same; only the name of the end differs: this one ends as aborted.';
}

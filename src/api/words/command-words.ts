/** What a command will do, for whoever is about to order it: the same on the page and in the command line. Pure. */
import type { CommandKind } from '../../release/event.ts';
import type { Phase, Plan, ReleaseView } from '../contract.ts';
import { resumeWords, weightWords } from './resume-words.ts';

/**
 * What will happen, for the one who is about to order it.
 * @param plan undefined: not read yet
 */
export function commandWords(
  command: CommandKind,
  release: ReleaseView,
  plan: Plan | undefined,
): string {
  switch (command) {
    case 'pause':
      return `Holds it where it is: ${heldShare(release)}. ${
        neverSwapsBack(release)
          ? 'Slipway never swaps this app back by itself: harm, or a pause too long, calls a person.'
          : "Harm still rolls back. If nobody resumes, it is rolled back at the end of the plan's longest pause."
      }`;
    case 'resume':
      return resumeWords(release, plan);
    case 'advance':
      return advanceWords(release);
    case 'promote':
      return `Skips the remaining steps, swaps ${release.version} into production and watches it there. Recorded as not certified.`;
    case 'rollback':
      return `${goBackWords(release)}${namedWords(release)}`;
    case 'abort':
      return `${goBackWords(release)}${sameWayWords(release)}`;
    case 'acknowledge':
      return 'Says that a person has taken over, and frees the app. Slipway changes nothing in Azure.';
  }
}

const PAUSABLE: readonly Phase[] = ['queued', 'preflight', 'ramping', 'watching'];

export function isPausable({ phase }: Pick<ReleaseView, 'phase'>): boolean {
  return PAUSABLE.includes(phase);
}

/** Where advance and promote mean something. */
export function isInRamp({ phase, pause }: Pick<ReleaseView, 'phase' | 'pause'>): boolean {
  return phase === 'ramping' || pause?.from === 'ramping';
}

function heldShare({ weights, version }: ReleaseView): string {
  return weights.share === 0
    ? 'no visitor meets the new version'
    : `${version} keeps ${weightWords(weights.share)} of production`;
}

function advanceWords({ step, weights, version }: ReleaseView): string {
  const next = step === null ? undefined : weights.steps[step.number];
  if (next === undefined) {
    return `This is the last step, so this is the promotion: ${version} is swapped into production and watched. Recorded as not certified.`;
  }
  return `Skips the rest of this step: ${version} gets ${weightWords(next)} of production. Recorded as not certified.`;
}

/** It is in production, and stays there unless a person says otherwise. */
export function neverSwapsBack({ reversible, weights }: ReleaseView): boolean {
  return !reversible && weights.share === 100;
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

/** Before any visitor met it, and on the way back, both end it under the same name. */
function hasOneName({ phase, pause }: ReleaseView): boolean {
  return ['queued', 'preflight', 'rolling-back'].includes(pause?.from ?? phase);
}

function namedWords(release: ReleaseView): string {
  return hasOneName(release) ? '' : ' It ends as rolled back.';
}

function sameWayWords(release: ReleaseView): string {
  return hasOneName(release)
    ? ' Roll back does the same.'
    : ' Roll back does the same; only the name of the end differs: this one ends as aborted.';
}

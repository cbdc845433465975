/** The overrides: which of them can be given where a release stands, and what each will do. Pure. */
import type { MeAnswer } from '../../api/contract/me.ts';
import { resumeWords } from '../../api/contract/resume-words.ts';
import type { Phase, Plan, ReleaseView } from '../../api/contract.ts';
import { weightText } from './format.ts';
import { PHASES } from './words.ts';

export const COMMANDS = [
  'pause',
  'resume',
  'advance',
  'promote',
  'rollback',
  'abort',
  'acknowledge',
] as const;
export type CommandName = (typeof COMMANDS)[number];

interface CommandWords {
  readonly label: string;
  /** Opens its dialog; letters of their own, none that a screen reader's or browser's shortcut takes alone. */
  readonly key: string;
  /** Takes traffic away from the new version, and so is right wherever the release stands. */
  readonly stops: boolean;
  /** The one that stands out: Abort goes the same way under another name. */
  readonly first?: true;
}

export const COMMAND_WORDS: Readonly<Record<CommandName, CommandWords>> = {
  pause: { label: 'Pause', key: 'p', stops: false },
  resume: { label: 'Resume', key: 'u', stops: false },
  advance: { label: 'Advance', key: 'n', stops: false },
  promote: { label: 'Promote', key: 'm', stops: false },
  rollback: { label: 'Roll back', key: 'r', stops: true, first: true },
  abort: { label: 'Abort', key: 'x', stops: true },
  acknowledge: { label: 'Acknowledge', key: 'k', stops: false },
};

const PAUSABLE: readonly Phase[] = ['queued', 'preflight', 'ramping', 'watching'];

/** Why a command would be refused where the release stands; undefined: it would not. */
export function refusedBecause(command: CommandName, release: ReleaseView): string | undefined {
  const { phase, finished } = release;
  if (finished) return 'the release is over';
  switch (command) {
    case 'pause':
      if (phase === 'promoting') return 'a swap cannot be stopped half-way';
      return PAUSABLE.includes(phase) ? undefined : `it is ${PHASES[phase].text}`;
    case 'resume':
      return phase === 'paused' ? undefined : 'it is not paused';
    case 'advance':
    case 'promote':
      return refusedOnward(release);
    case 'rollback':
    case 'abort':
      return undefined;
    case 'acknowledge':
      return phase === 'failed' ? undefined : 'it has not failed';
  }
}

function refusedOnward({ phase, pause, verdict }: ReleaseView): string | undefined {
  const inRamp = phase === 'ramping' || pause?.from === 'ramping';
  if (!inRamp) return 'only in the ramp';
  if (pause !== null && pause.found !== null) return 'resume with a choice first';
  return verdict?.outcome === 'harm' ? 'the new version is worse' : undefined;
}

export interface Offer {
  readonly command: CommandName;
  /** Undefined: it can be given. */
  readonly why: string | undefined;
}

export interface Offers {
  readonly can: readonly CommandName[];
  /** The role allows them, the release does not. */
  readonly notNow: readonly Offer[];
  /** The role does not allow them. */
  readonly notYours: readonly CommandName[];
}

export function offersFor(release: ReleaseView, me: Pick<MeAnswer, 'commands'>): Offers {
  const yours = COMMANDS.filter((command) => me.commands.includes(command));
  const offers = yours.map((command) => ({ command, why: refusedBecause(command, release) }));
  return {
    can: offers.filter(({ why }) => why === undefined).map(({ command }) => command),
    notNow: offers.filter(({ why }) => why !== undefined),
    notYours: COMMANDS.filter((command) => !me.commands.includes(command)),
  };
}

/**
 * What will happen, for the one who is about to order it.
 * @param plan undefined: not read yet
 */
export function consequence(command: CommandName, release: ReleaseView, plan?: Plan): string {
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

function heldShare({ weights, version }: ReleaseView): string {
  return weights.share === 0
    ? 'no visitor meets the new version'
    : `${version} keeps ${weightText(weights.share)} of production`;
}

function advanceWords({ step, weights, version }: ReleaseView): string {
  const next = step === null ? undefined : weights.steps[step.number];
  if (next === undefined) {
    return `This is the last step, so this is the promotion: ${version} is swapped into production and watched. Recorded as not certified.`;
  }
  return `Skips the rest of this step: ${version} gets ${weightText(next)} of production. Recorded as not certified.`;
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

/** After drift: what each choice means. */
export const CHOICE_WORDS = {
  adopt: 'Adopt: keep what was found (never more weight than the step allows)',
  reapply: 'Reapply: restore what the plan wants',
} as const;

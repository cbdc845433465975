/** The overrides: which of them can be given where a release stands. Pure. What each will do: command-words.ts. */
import type { MeAnswer } from '../../api/contract/me.ts';
import { isInRamp, isPausable } from '../../api/words/command-words.ts';
import type { ReleaseView } from '../../api/contract.ts';
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

/** Why a command would be refused where the release stands; undefined: it would not. */
export function refusedBecause(command: CommandName, release: ReleaseView): string | undefined {
  const { phase, finished } = release;
  if (finished) return 'the release is over';
  switch (command) {
    case 'pause':
      if (phase === 'promoting') return 'a swap cannot be stopped half-way';
      return isPausable(release) ? undefined : `it is ${PHASES[phase].text}`;
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

function refusedOnward(release: ReleaseView): string | undefined {
  const { pause, verdict } = release;
  if (!isInRamp(release)) return 'only in the ramp';
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

/** After drift: what each choice means. */
export const CHOICE_WORDS = {
  adopt: 'Adopt: keep what was found (never more weight than the step allows)',
  reapply: 'Reapply: restore what the plan wants',
} as const;

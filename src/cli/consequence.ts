/** What a command will do, for the one who is asked whether to order it. Pure. */
import { commandWords, isInRamp, isPausable } from '../api/words/command-words.ts';
import type { Plan, ReleaseView } from '../api/contract.ts';
import type { CommandKind } from '../release/event.ts';

/** @returns undefined: where it stands it can only be refused, and Slipway says why */
export function consequence(
  kind: CommandKind,
  release: ReleaseView,
  plan: Plan,
): string | undefined {
  return canBeTaken(kind, release) ? commandWords(kind, release, plan) : undefined;
}

function canBeTaken(kind: CommandKind, release: ReleaseView): boolean {
  const { phase, finished } = release;
  if (finished) return false;
  switch (kind) {
    case 'pause':
      return isPausable(release);
    case 'resume':
      return phase === 'paused';
    case 'advance':
    case 'promote':
      return isInRamp(release);
    case 'rollback':
    case 'abort':
      return true;
    case 'acknowledge':
      return phase === 'failed';
  }
}

/** Elsewhere `promote` means one step on: who comes from there is told of the command that does that here. */
export function insteadOf(kind: CommandKind, release: ReleaseView): string | undefined {
  const { id, step, weights } = release;
  const next = step === null ? undefined : weights.steps[step.number];
  if (kind !== 'promote' || next === undefined || !isInRamp(release)) return undefined;
  return `slipway advance ${id}`;
}

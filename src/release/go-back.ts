/** The way back to the baseline, as the table takes it: into it, and out of it by two clear reads. */
import type { Draft } from './draft.ts';
import type { TickEvent } from './event.ts';
import type { Reason } from './reason.ts';
import type { RollingBack } from './release.ts';
import {
  type Answer,
  MOVED,
  type TickTold,
  fail,
  meaningless,
  standsAt,
  told,
} from './transition.ts';

/** Slipway's own decision. What is promoted and irreversible stays; a rule of ours goes first, though. */
export function rollBack(draft: Draft, event: TickTold, reason: Reason): Answer {
  const { stage, where, weight, reversible } = draft.release;
  const promoted = standsAt(stage, 'watching') || where === 'canary-in-production';
  if (!reversible && promoted && weight === 0) return callForIrreversible(draft, event, reason);
  enterRollingBack(draft, { goal: 'rolled-back', ordered: false }, told(event, reason));
  return MOVED;
}

/** A person is called instead of swapping back; a command of hers still does. */
export function callForIrreversible(draft: Draft, event: TickTold, because: Reason): Answer {
  const { version } = draft.release;
  const message = `${event.message} · ${version} is in production and this app is irreversible, so Slipway does not swap back by itself: rollback or abort swaps back, acknowledge keeps ${version} and frees the app`;
  const facts = { ...event.facts, because };
  return fail(draft, { message, facts }, 'irreversible');
}

/** Sets the goal `baseline`. A pending swap is settled first and then swapped back if it landed. */
export function enterRollingBack(
  draft: Draft,
  how: Pick<RollingBack, 'goal' | 'ordered'>,
  note: Parameters<Draft['move']>[1],
): void {
  draft.set({ wantedWeight: 0 });
  const since = draft.context.now;
  draft.move({ phase: 'rolling-back', since, ...how, clearAt: undefined }, note);
}

/** First of the two clear reads: remembered without an audit row, the second one ends it. */
export function baselineClear(draft: Draft, event: TickEvent): Answer {
  const { stage } = draft.release;
  if (stage.phase !== 'rolling-back') return meaningless(draft, event);
  draft.set({ stage: { ...stage, clearAt: stage.clearAt ?? draft.context.now } });
  return MOVED;
}

export function baselineRestored(draft: Draft, event: TickEvent): Answer {
  const { stage } = draft.release;
  if (stage.phase !== 'rolling-back') return meaningless(draft, event);
  const { reason, message } = draft.release;
  draft.move({ phase: stage.goal, at: draft.context.now }, told(event, 'baseline-restored'));
  // The release keeps saying why it went back; that it did is its phase.
  draft.set({ reason, message: `${message} · ${event.message}` });
  return MOVED;
}

/** What the table does when somebody broke the glass: the record of a rescue, in each phase. */
import type { Draft } from './draft.ts';
import type { TickEvent } from './event.ts';
import { type Paused, type Promoting, type Ramping, type Watching, isFinished } from './release.ts';
import { enterRollingBack } from './go-back.ts';
import { type Answer, MOVED, enterWatching, exposed, meaningless, told } from './transition.ts';

type Rescued = Extract<TickEvent, { kind: 'rescued' }>;

/**
 * Somebody broke the glass: like an abort, but for a promoted version that was left in production. Who
 * looked at it and did not swap back meant that: the release waits for a word, and is still judged. A
 * swap that landed after the record was not looked at, and is taken back.
 *
 * Whoever may write tags can write a record. So none of them orders a swap back: one that says
 * `swapped-back` while the new version is in production is wrong, or somebody swapped again since.
 */
export function adoptRescue(draft: Draft, event: Rescued): Answer {
  const { record } = event;
  const { stage, where } = draft.release;
  const unseen = event.swappedAt !== undefined && event.swappedAt > record.at;
  const left = where === 'canary-in-production' && (record.did === 'swapped-back' || !unseen);
  const note = rescueNote(event);
  if (isFinished(stage)) return meaningless(draft, event);
  draft.set({ rescued: record });
  switch (stage.phase) {
    case 'queued':
    case 'preflight':
      return endUntouched(draft, note);
    case 'ramping':
    case 'promoting':
    case 'watching':
      return left ? pauseRescued(draft, stage, event) : goBackRescued(draft, event);
    case 'paused':
      if (!exposed(stage)) return endUntouched(draft, note);
      return left ? pauseRescued(draft, stage, event) : goBackRescued(draft, event);
    case 'rolling-back':
      draft.note(note);
      return MOVED;
    case 'failed':
      // A person was called and acted: what she restored settles by reads; else it stays hers.
      if (where === 'baseline-in-production') return goBackRescued(draft, event);
      draft.note(note);
      return MOVED;
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return meaningless(draft, event);
  }
}

function rescueNote(event: Rescued): ReturnType<typeof told> & { action: 'rescue-adopted' } {
  return { ...told(event, 'rescued'), action: 'rescue-adopted' };
}

function endUntouched(draft: Draft, note: Parameters<Draft['move']>[1]): Answer {
  draft.move({ phase: 'aborted', at: draft.context.now }, note);
  return MOVED;
}

function goBackRescued(draft: Draft, event: Rescued): Answer {
  enterRollingBack(draft, { goal: 'aborted', ordered: false }, rescueNote(event));
  return MOVED;
}

/** Found elsewhere than we left it (somebody swapped in mid-ramp), resuming needs a choice as ever. */
function pauseRescued(
  draft: Draft,
  stage: Ramping | Promoting | Watching | Paused,
  event: Rescued,
): Answer {
  const { now } = draft.context;
  const message = `${event.message} · ${draft.release.version} was left in production: resume goes on, rollback or abort swaps back`;
  const note = rescueNote({ ...event, message });
  if (stage.phase === 'paused') {
    draft.move({ ...stage, found: stage.found ?? draft.release.suspect }, note);
    return MOVED;
  }
  if (stage.phase === 'promoting') enterWatching(draft, note);
  const from = stage.phase === 'promoting' ? draft.release.stage : stage;
  if (from.phase !== 'ramping' && from.phase !== 'watching') return MOVED;
  draft.move({ phase: 'paused', since: now, from, found: draft.release.suspect }, note);
  draft.set({ suspect: undefined });
  return MOVED;
}

/**
 * The transition table: (phase, event) -> what the release does. Pure; the only module, together with
 * its parts (operator commands, a rescue, going back), in which a phase is written. Order between events
 * that hold at once is not decided here but in `assess.ts`.
 */
import type { Draft } from './draft.ts';
import { type Event, type TickEvent, isCommand } from './event.ts';
import { adoptRescue } from './adopt-rescue.ts';
import { policyWhenBlind } from './blind-policy.ts';
import { applyCommand } from './command.ts';
import type { Pausable, Release, Stage, Suspect } from './release.ts';
import type { Reason } from './reason.ts';
import { baselineClear, baselineRestored, callForIrreversible, rollBack } from './go-back.ts';
import { fixCeiling, fixCeilings } from './judge-config.ts';

/** `refused`: this event means nothing in this phase; nothing was changed. */
export type Answer = { readonly kind: 'moved' } | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
}

export const MOVED: Answer = { kind: 'moved' };

/** Applies the event to the draft: next stage, reason and audit row, or nothing at all. */
export function transition(draft: Draft, event: Event): Answer {
  return isCommand(event) ? applyCommand(draft, event) : applyTickEvent(draft, event);
}

function applyTickEvent(draft: Draft, event: TickEvent): Answer {
  const { stage } = draft.release;
  switch (event.kind) {
    case 'app-free':
      return stage.phase === 'queued' ? beginPreflight(draft, event) : meaningless(draft, event);
    case 'preflight-passed':
      return stage.phase === 'preflight' ? leavePreflight(draft, event) : meaningless(draft, event);
    case 'preflight-failed':
      return stage.phase === 'preflight'
        ? reject(draft, event, event.reason)
        : meaningless(draft, event);
    case 'harm':
      return exposed(stage) ? harmed(draft, event) : meaningless(draft, event);
    case 'slot-overwritten':
      return standsAt(stage, 'ramping') || stage.phase === 'promoting'
        ? rollBack(draft, event, 'slot-overwritten')
        : meaningless(draft, event);
    case 'drift':
      return driftFound(draft, event);
    case 'azure-refused':
      return stage.phase === 'ramping'
        ? pause(draft, stage, { event, reason: 'azure-refused' })
        : meaningless(draft, event);
    case 'step-certified':
      return stage.phase === 'ramping'
        ? nextStep(draft, event, 'certified')
        : meaningless(draft, event);
    case 'step-undecided':
      return stage.phase === 'ramping' ? undecided(draft, event) : meaningless(draft, event);
    case 'blind':
      return blind(draft, event);
    case 'swap-confirmed':
      return swapConfirmed(draft, event);
    case 'swap-refused':
      return stage.phase === 'promoting'
        ? rollBack(draft, event, 'azure-refused')
        : meaningless(draft, event);
    case 'swap-disturbed':
      return moving(stage) ? fail(draft, event, 'swap-disturbed') : meaningless(draft, event);
    case 'old-content-gone':
      return stage.phase === 'rolling-back'
        ? fail(draft, event, 'old-content-gone')
        : meaningless(draft, event);
    case 'irreversible':
      return stage.phase === 'rolling-back'
        ? callForIrreversible(draft, event, draft.release.reason)
        : meaningless(draft, event);
    case 'rescued':
      return adoptRescue(draft, event);
    case 'watch-over':
      return stage.phase === 'watching' ? watchOver(draft, event) : meaningless(draft, event);
    case 'baseline-clear':
      return baselineClear(draft, event);
    case 'baseline-restored':
      return baselineRestored(draft, event);
    case 'limit-passed':
      return limitPassed(draft, event);
    case 'deadline':
      return deadlinePassed(draft, event);
    case 'pause-expired':
      return stage.phase === 'paused' ? pauseExpired(draft, event) : meaningless(draft, event);
    default:
      return never(event);
  }
}

function never(event: never): never {
  throw new TypeError(`unhandled event ${JSON.stringify(event)}`);
}

export function meaningless(draft: Draft, event: Event): Refused {
  const { phase } = draft.release.stage;
  return {
    kind: 'refused',
    code: 'not-in-phase',
    message: `${event.kind} means nothing while ${phase}`,
  };
}

/** The stage itself, or the one that a pause holds. */
export function standing(stage: Stage): Stage {
  return stage.phase === 'paused' ? stage.from : stage;
}

export function standsAt(stage: Stage, phase: 'ramping' | 'watching'): boolean {
  return standing(stage).phase === phase;
}

/** Visitors meet the new version: protective rules hold, also while paused. */
export function exposed(stage: Stage): boolean {
  return standsAt(stage, 'ramping') || standsAt(stage, 'watching') || stage.phase === 'promoting';
}

function moving(stage: Stage): boolean {
  return stage.phase === 'promoting' || stage.phase === 'rolling-back';
}

export type TickTold = Pick<TickEvent, 'message' | 'facts'>;

/** What a row says of an event. */
export function told(
  event: TickTold,
  reason: Reason,
): { reason: Reason; message: string; facts?: Readonly<Record<string, unknown>> } {
  return {
    reason,
    message: event.message,
    ...(event.facts === undefined ? {} : { facts: event.facts }),
  };
}

function beginPreflight(draft: Draft, event: TickTold): Answer {
  const { validate } = draft.context.plan;
  const stage: Stage = {
    phase: 'preflight',
    since: draft.context.now,
    passes: validate.map(() => 0),
    failures: validate.map(() => 0),
    askedAt: validate.map(() => undefined),
    labelSince: undefined,
    content: undefined,
  };
  draft.move(stage, told(event, 'preflight-running'));
  return MOVED;
}

function leavePreflight(
  draft: Draft,
  event: Extract<TickEvent, { kind: 'preflight-passed' }>,
): Answer {
  draft.set({ subject: event.subject, baseline: event.baseline });
  if (draft.context.plan.strategy === 'blue-green') {
    enterPromoting(draft, told(event, 'preflight-passed'));
  } else {
    enterStep(draft, 0, told(event, 'preflight-passed'));
  }
  return MOVED;
}

/** Enters step `index` of the ramp: the weight is wanted from now on and confirmed by a read-back. */
export function enterStep(draft: Draft, index: number, note: Parameters<Draft['move']>[1]): void {
  const step = draft.context.plan.steps[index];
  if (step === undefined) throw new TypeError(`plan has no step ${index}`);
  draft.set({ wantedWeight: step.weight });
  const stage: Stage = {
    phase: 'ramping',
    step: index,
    since: draft.context.now,
    confirmedAt: undefined,
    patienceFrom: undefined,
  };
  draft.move(stage, { action: index === 0 ? 'phase-changed' : 'step-changed', ...note });
}

/** Own rule away first, then the swap: no rule exists when a swap is POSTed (design section 4). */
export function enterPromoting(draft: Draft, note: Parameters<Draft['move']>[1]): void {
  draft.set({ wantedWeight: 0, ...ceilingsOf(draft) });
  draft.move({ phase: 'promoting', since: draft.context.now }, note);
  draft.set({
    reason: 'promoting',
    message: 'own rule is removed and read back, then the slots are swapped',
  });
}

/** Fixed once, before anything of the watch was seen; the audit rows of promotion carry them. */
function ceilingsOf({ release, context }: Draft): Pick<Release, 'ceiling' | 'ceilings'> {
  const seen = release.verdict?.baseline ?? { requests: 0, failures: 0 };
  const ceilings = release.ceilings ?? fixCeilings(context.plan, release);
  return {
    ceiling: release.ceiling ?? fixCeiling(context.plan, seen),
    ...(ceilings.length === 0 ? {} : { ceilings }),
  };
}

function nextStep(draft: Draft, event: TickTold, reason: 'certified' | 'not-certified'): Answer {
  const { stage } = draft.release;
  if (stage.phase !== 'ramping') return MOVED;
  advanceFrom(draft, stage.step, told(event, reason));
  return MOVED;
}

/** To the next step, or to the swap after the last. */
export function advanceFrom(draft: Draft, step: number, note: Parameters<Draft['move']>[1]): void {
  if (step + 1 < draft.context.plan.steps.length) enterStep(draft, step + 1, note);
  else enterPromoting(draft, note);
}

function undecided(draft: Draft, event: Extract<TickEvent, { kind: 'step-undecided' }>): Answer {
  const { stage } = draft.release;
  if (stage.phase !== 'ramping') return MOVED;
  switch (draft.context.plan.onUndecided) {
    case 'roll-back':
      return rollBack(draft, event, 'undecided');
    case 'advance':
      if (event.mayAdvance) return nextStep(draft, event, 'not-certified');
      return pause(draft, stage, { event, reason: 'undecided' });
    case 'pause':
      return pause(draft, stage, { event, reason: 'undecided' });
  }
}

function harmed(draft: Draft, event: Extract<TickEvent, { kind: 'harm' }>): Answer {
  // What the versions differ in is looked up on the way back; nothing waits for it.
  if (event.reason === 'harm') draft.set({ hurts: { tries: 0, differences: undefined } });
  return rollBack(draft, event, event.reason);
}

function blind(draft: Draft, event: Extract<TickEvent, { kind: 'blind' }>): Answer {
  const { stage } = draft.release;
  if (stage.phase !== 'ramping') return meaningless(draft, event);
  return policyWhenBlind(draft.context.plan, event.reason) === 'roll-back'
    ? rollBack(draft, event, event.reason)
    : pause(draft, stage, { event, reason: event.reason });
}

/** More weight than wanted is lowered first: the reconciler lowers while paused, and never raises. */
function driftFound(draft: Draft, event: Extract<TickEvent, { kind: 'drift' }>): Answer {
  const { stage } = draft.release;
  const reason = event.found.kind === 'drift' ? 'drift' : 'swapped-elsewhere';
  if (stage.phase === 'ramping' || stage.phase === 'watching') {
    return pause(draft, stage, { event, reason, found: event.found });
  }
  if (stage.phase === 'paused' && stage.found === undefined && exposed(stage)) {
    draft.move({ ...stage, found: event.found }, told(event, reason));
    return MOVED;
  }
  return meaningless(draft, event);
}

interface Why {
  readonly event: TickTold;
  readonly reason: Reason;
  /** After drift: what was found, for the choice that resuming needs. */
  readonly found?: Suspect;
}

function pause(draft: Draft, from: Pausable, why: Why): Answer {
  const stage: Stage = { phase: 'paused', since: draft.context.now, from, found: why.found };
  draft.move(stage, told(why.event, why.reason));
  return MOVED;
}

function reject(draft: Draft, event: TickTold, reason: Reason): Answer {
  draft.move({ phase: 'rejected', at: draft.context.now }, told(event, reason));
  return MOVED;
}

/** A person is called; the app stays reserved. */
export function fail(draft: Draft, event: TickTold, reason: Reason): Answer {
  draft.move(
    { phase: 'failed', at: draft.context.now, acknowledgedAt: undefined },
    told(event, reason),
  );
  return MOVED;
}

function swapConfirmed(
  draft: Draft,
  event: Extract<TickEvent, { kind: 'swap-confirmed' }>,
): Answer {
  const { stage } = draft.release;
  if (stage.phase === 'promoting' && event.direction === 'promote') {
    enterWatching(draft, told(event, 'watching'));
    return MOVED;
  }
  // A swap that lands while the goal is the baseline is a fact for the reconciler, not a move.
  return meaningless(draft, event);
}

/** Bins are judged from the first whole interval after the first visitors met the new version. */
export function beginBins(draft: Draft): void {
  const { now, plan } = draft.context;
  const { intervalMs } = plan.analysis;
  draft.set({ binsFrom: draft.release.binsFrom ?? Math.ceil(now / intervalMs) * intervalMs });
}

export function enterWatching(draft: Draft, note: Parameters<Draft['move']>[1]): void {
  const { now, plan } = draft.context;
  draft.set({ swappedAt: now, wantedWeight: 0, ...ceilingsOf(draft) });
  beginBins(draft);
  draft.move({ phase: 'watching', since: now, until: now + plan.watchMs, extended: false }, note);
}

function watchOver(draft: Draft, event: Extract<TickEvent, { kind: 'watch-over' }>): Answer {
  const { stage } = draft.release;
  const { now, plan } = draft.context;
  if (stage.phase !== 'watching') return MOVED;
  if (event.blind && !stage.extended) {
    const extended: Stage = { ...stage, until: now + plan.watchMs, extended: true };
    draft.move(extended, { ...told(event, 'watch-extended'), action: 'watch-extended' });
    return MOVED;
  }
  const reason = event.blind ? 'not-watched' : 'succeeded';
  draft.move({ phase: 'succeeded', at: now, watched: !event.blind }, told(event, reason));
  return MOVED;
}

function limitPassed(draft: Draft, event: TickEvent): Answer {
  const { stage, intent } = draft.release;
  if (stage.phase === 'preflight') return reject(draft, event, 'preflight-timeout');
  if (stage.phase === 'rolling-back') return fail(draft, event, 'rollback-timeout');
  if (stage.phase !== 'promoting') return meaningless(draft, event);
  // A swap that was POSTed may still land: nobody can know, so a person is called.
  const posted = intent?.kind === 'swap' && intent.claim !== undefined;
  return posted ? fail(draft, event, 'azure-refused') : rollBack(draft, event, 'azure-refused');
}

function deadlinePassed(draft: Draft, event: TickEvent): Answer {
  const { stage } = draft.release;
  switch (stage.phase) {
    case 'queued':
    case 'preflight':
      return reject(draft, event, 'deadline');
    case 'ramping':
      if (draft.context.plan.onDeadline === 'pause')
        return pause(draft, stage, { event, reason: 'deadline' });
      return rollBack(draft, event, 'deadline');
    case 'promoting':
      return rollBack(draft, event, 'deadline');
    case 'watching':
    case 'paused':
    case 'rolling-back':
    case 'failed':
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return meaningless(draft, event);
  }
}

/** A pause before any traffic has nothing to take back. */
function pauseExpired(draft: Draft, event: TickTold): Answer {
  const at = standing(draft.release.stage).phase;
  if (at === 'queued' || at === 'preflight') {
    draft.move({ phase: 'aborted', at: draft.context.now }, told(event, 'pause-expired'));
    return MOVED;
  }
  return rollBack(draft, event, 'pause-expired');
}

/** "Why is it waiting", in one line: what has to happen before the release goes on. Pure. */
import { neverSwapsBack } from '../../api/words/command-words.ts';
import type { Plan, ReleaseView, StepView } from '../../api/contract.ts';
import { verdictOf } from '../../api/words/verdict-of.ts';
import { clockTime, count, duration, until, weightText, zoneOf } from './format.ts';

interface Seen {
  readonly release: ReleaseView;
  /** Undefined: not read yet. */
  readonly plan: Plan | undefined;
  readonly nowMs: number;
}

/** @returns undefined: it is over, nothing is waited for */
export function whyWaiting(seen: Seen): string | undefined {
  const { release } = seen;
  switch (release.phase) {
    case 'queued':
      return release.reason === 'visitors-pinned'
        ? 'Waits until no visitor is pinned to the slot by an earlier release.'
        : 'Waits for its first pass, a few seconds.';
    case 'preflight':
      return 'Waits for the checks before production is touched, at most 15 minutes.';
    case 'ramping':
      return ramping(seen);
    case 'promoting':
      return promoting(release);
    case 'watching':
      return watching(seen);
    case 'paused':
      return paused(seen);
    case 'rolling-back':
      return 'Goes back; ends after two clear reads of Azure.';
    case 'failed':
      return release.finished
        ? undefined
        : 'Waits for a person: roll back tries again, acknowledge frees the app.';
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return undefined;
  }
}

function ramping(seen: Seen): string | undefined {
  const { release, plan, nowMs } = seen;
  const { step, incident } = release;
  if (step === null) return undefined;
  if (incident !== null)
    return 'Held while both versions fail: neither counted as good nor as bad.';
  if (step.confirmedAt === null) {
    return `Waits until Azure shows the rule of ${weightText(step.weight)}.`;
  }
  const timing = plan?.steps[step.number - 1];
  if (timing === undefined) return `Judged at ${weightText(step.weight)}.`;
  const bakedMs = Date.parse(step.confirmedAt) + timing.bakeMs;
  const patienceMs = Date.parse(step.confirmedAt) + timing.maxBakeMs;
  const next = nextOf(step, release);
  if (nowMs < bakedMs) {
    return `Bakes at ${weightText(step.weight)} until ${at(bakedMs, nowMs)} (${until(bakedMs, nowMs)}), then ${next} if certified.`;
  }
  return `Baked; ${next} once certified${missing(release)}. Patience ends ${at(patienceMs, nowMs)}, then: ${undecidedWords(plan)}.`;
}

function nextOf(step: StepView, { weights }: ReleaseView): string {
  const weight = weights.steps[step.number];
  return weight === undefined ? 'the swap' : weightText(weight);
}

/** What the judge still needs, as far as it can be told. */
function missing(release: ReleaseView): string {
  const { verdict } = release;
  if (verdictOf(release) !== undefined) return '';
  const outlook = verdict?.outlook;
  if (verdict?.outcome === 'certified' || outlook === null || outlook === undefined) return '';
  if (outlook.early) return '; nobody can say yet when';
  if (outlook.requests === null) return ', which it can never be at the rates seen so far';
  return `, about ${count(outlook.requests)} more requests of the new version`;
}

function undecidedWords(plan: Plan | undefined): string {
  switch (plan?.onUndecided) {
    case 'advance':
      return 'on, recorded as not certified';
    case 'roll-back':
      return 'roll back';
    case 'pause':
    case undefined:
      return 'pause';
  }
}

function promoting({ intent }: ReleaseView): string {
  if (intent?.kind === 'swap' && intent.claimed) {
    return 'The slots are being swapped; this may take 20 minutes and cannot be stopped half-way.';
  }
  if (intent?.kind === 'set-weight')
    return 'Waits until Azure shows that our rule is gone; then the swap.';
  return 'Our rule is removed and read back, then the slots are swapped.';
}

function watching({ release, nowMs }: Seen): string | undefined {
  if (release.watch === null) return undefined;
  const endMs = Date.parse(release.watch.until);
  const extended = release.watch.extended ? ' (extended once)' : '';
  return `Watched in production until ${at(endMs, nowMs)}, ${until(endMs, nowMs)}${extended}. Do not deploy to the slot.`;
}

function paused({ release, plan, nowMs }: Seen): string {
  const found = release.pause?.found ?? null;
  const how =
    found === null ? 'resume, or take it back' : `choose what to do with what was found: ${found}`;
  if (plan === undefined) return `Waits for a person: ${how}.`;
  const endMs = Date.parse(release.since) + plan.maxPauseMs;
  const then = neverSwapsBack(release) ? 'Fails and calls a person' : 'Rolled back by itself';
  return `Waits for a person: ${how}. ${then} ${at(endMs, nowMs)} (${until(endMs, nowMs)}).`;
}

function at(ms: number, nowMs: number): string {
  const iso = new Date(ms).toISOString();
  return `${clockTime(iso, nowMs)} ${zoneOf(iso)}`;
}

/** For the list: how long it has stood there. */
export function sinceText(release: Pick<ReleaseView, 'since'>, nowMs: number): string {
  return duration(nowMs - Date.parse(release.since));
}

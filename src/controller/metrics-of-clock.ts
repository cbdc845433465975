/**
 * What the clock's turns say about all releases. The clock runs on one instance at a time and every release
 * that is not finished is due at least every few minutes: so what it reads anyway, kept for that long, is all
 * of them. The view of an instance that has lost the clock goes stale, and is told as nothing.
 */
import type { Limits } from '../limits.ts';
import { isFinished, type Phase, type Release } from '../release/release.ts';
import type { Measured, Meter } from './ports/meter.ts';

const SECOND_MS = 1_000;
/** The paper goal is 10,000 active releases (design section 9). */
const KEPT_AT_MOST = 20_000;

/** A row of `due`. */
export interface DueSeen {
  readonly releaseId: string;
  readonly at: number;
  /** Undefined: the row does not say; then it counts by what this process has seen of the release. */
  readonly phase?: string | undefined;
}

export interface ClockView {
  /** One turn: what was due, the oldest first. */
  readonly turn: (due: readonly DueSeen[], now: number) => void;
  /** A release was read or written by this process. */
  readonly saw: (release: Release) => void;
}

/** A row of `due`, when a turn last saw it. */
interface Seen {
  readonly at: number;
  readonly phase: string | undefined;
}

/** `failed` is over as well once somebody acknowledged it; that takes the release itself to know. */
const OVER: ReadonlySet<string | undefined> = new Set<Phase>([
  'succeeded',
  'rolled-back',
  'aborted',
  'rejected',
]);

interface Known {
  readonly phase: Phase;
  readonly finished: boolean;
}

/** Observes the gauges of `meter` by what it is told. */
export function createClockView(meter: Meter, limits: Limits, now: () => number): ClockView {
  const known = new Map<string, Known>();
  const seen = new Map<string, Seen>();
  let last: { readonly at: number; readonly oldestAgeMs: number } | undefined;
  const isFresh = (): boolean => last !== undefined && now() - last.at <= limits.tickAtMostMs;

  const told = new Set<string>();
  meter.observe('slipway.due.oldest_age', () =>
    last === undefined ? [] : [{ value: isFresh() ? last.oldestAgeMs / SECOND_MS : 0 }],
  );
  meter.observe('slipway.releases.active', () => {
    const counts = isFresh() ? byPhase(seen, known) : new Map<string, number>();
    for (const phase of counts.keys()) told.add(phase);
    // A gauge keeps its last value: what is there no more must be told as nothing.
    return [...told].map((phase) => measured(phase, counts.get(phase) ?? 0));
  });

  return {
    turn: (due, at) => {
      for (const { releaseId, phase } of due) seen.set(releaseId, { at, phase });
      forgetBefore(seen, at - 2 * limits.tickAtMostMs);
      const oldest = due[0];
      last = { at, oldestAgeMs: oldest === undefined ? 0 : Math.max(0, at - oldest.at) };
    },
    saw: ({ id, stage }) => {
      known.delete(id);
      known.set(id, { phase: stage.phase, finished: isFinished(stage) });
      const oldest = known.keys().next().value;
      if (known.size > KEPT_AT_MOST && oldest !== undefined) known.delete(oldest);
    },
  };
}

function forgetBefore(seen: Map<string, Seen>, before: number): void {
  for (const [releaseId, { at }] of seen) if (at < before) seen.delete(releaseId);
}

/** Finished ones are looked after, not active. `unknown`: another instance has ticked it so far. */
function byPhase(
  seen: ReadonlyMap<string, Seen>,
  known: ReadonlyMap<string, Known>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [releaseId, row] of seen) {
    const release = known.get(releaseId);
    if (release?.finished === true || OVER.has(row.phase)) continue;
    const phase = row.phase ?? release?.phase ?? 'unknown';
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return counts;
}

function measured(phase: string, value: number): Measured {
  return { value, attributes: { 'slipway.release.phase': phase } };
}

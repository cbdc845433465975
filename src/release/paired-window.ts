/**
 * When paired probes are sent, and to which hosts. They go out in windows: a window lies within one bin,
 * so what it counted belongs to that bin whole.
 */
import { BOUNDS, type Limits } from '../limits.ts';
import type { Plan, ProbePlan } from './plan.ts';
import type { Release } from './release.ts';
import { standing } from './transition.ts';

export const PAIRED = {
  /** A window is no longer than this, and no longer than a bin. */
  windowMs: 60_000,
  /** Of one pass: at bins of a few seconds the rest is left out, and probes are sent part of the time. */
  windowsAhead: 12,
  /** A message is there this long before its window, for whoever takes it looks every few seconds. */
  leadMs: 3_000,
  /** A message that comes sooner than this before its window is dropped: a later pass sends another. */
  earlyMs: 10_000,
  /** From the last answer to the counts in the store: a call takes its time whatever the scale. */
  recordMs: 2_000,
} as const;

/** One window. It is named by its start; the rest follows from the plan. */
export interface ProbeWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** Start of the bin that it lies in. */
  readonly binMs: number;
}

/** The hosts of the two versions, as preflight found them. */
export interface ProbedHosts {
  readonly canary: string;
  readonly baseline: string;
}

/** The window that holds this moment: bins are cut into parts of a minute, the last one may be shorter. */
export function windowAt({ analysis }: Plan, atMs: number): ProbeWindow {
  const { intervalMs } = analysis;
  const binMs = Math.floor(atMs / intervalMs) * intervalMs;
  const fromMs = binMs + Math.floor((atMs - binMs) / PAIRED.windowMs) * PAIRED.windowMs;
  return { binMs, fromMs, toMs: Math.min(fromMs + PAIRED.windowMs, binMs + intervalMs) };
}

/**
 * The windows that a pass asks for: the one that runs, and those until well after the next pass. Most are
 * asked for by several passes, which changes nothing: a window is claimed once.
 */
export function windowsAhead(
  release: Release,
  { plan, limits, now }: { readonly plan: Plan; readonly limits: Limits; readonly now: number },
): readonly ProbeWindow[] {
  const { binsFrom } = release;
  if (plan.probes === undefined || binsFrom === undefined) return [];
  // The next pass comes after an interval, at the clock's turn after that, when the queue is looked at.
  const aheadMs =
    Math.min(plan.analysis.intervalMs, limits.tickAtMostMs) +
    2 * limits.probesEveryMs +
    PAIRED.leadMs;
  const windows: ProbeWindow[] = [];
  let next = windowAt(plan, Math.max(now, binsFrom));
  while (next.fromMs < now + aheadMs && windows.length < PAIRED.windowsAhead) {
    if (!inSwapGrace(release, next, limits)) windows.push(next);
    next = windowAt(plan, next.toMs);
  }
  return windows;
}

/**
 * Where the two versions answer, while the release judges; undefined: nothing is to be sent. Probes go by
 * host while versions move between hosts, so a swap that is wanted, runs or was seen ends it.
 */
export function probedHosts(release: Release): ProbedHosts | undefined {
  const { stage, subject, binsFrom, swappedAt, where, intent } = release;
  if (subject === undefined || binsFrom === undefined || intent?.kind === 'swap') return undefined;
  // After drift nobody knows what stands where until a person has said it.
  if (stage.phase === 'paused' && stage.found !== undefined) return undefined;
  const { slotHost, productionHost } = subject;
  const at = standing(stage).phase;
  // Preflight has seen the baseline in production; the next look at the volumes may be minutes away.
  const unmoved = where === undefined || where === 'baseline-in-production';
  if (at === 'ramping' && swappedAt === undefined && unmoved) {
    return { canary: slotHost, baseline: productionHost };
  }
  if (at === 'watching' && swappedAt !== undefined && where === 'canary-in-production') {
    return { canary: productionHost, baseline: slotHost };
  }
  return undefined;
}

/**
 * A swap's first minute answers with 503 now and then, whatever the version (azure.md 7): on production's
 * host alone, and ten of them would be harm beyond doubt.
 */
export function inSwapGrace(
  { swappedAt }: Release,
  { fromMs }: ProbeWindow,
  { probeGraceMs }: Pick<Limits, 'probeGraceMs'>,
): boolean {
  return swappedAt !== undefined && fromMs < swappedAt + probeGraceMs;
}

/**
 * Both versions stood where they stand now for the whole time between two reads of the release: an intent
 * is written before Azure is touched, so a swap of Slipway's own cannot have begun in between.
 */
export function sameHosts(before: Release, after: Release): boolean {
  const [one, other] = [probedHosts(before), probedHosts(after)];
  return (
    one !== undefined &&
    one.canary === other?.canary &&
    one.baseline === other.baseline &&
    before.swappedAt === after.swappedAt
  );
}

/**
 * A bin may be final this long after its end, no sooner: its last window has then been answered, timed out
 * and written. Counts that are written later still are lost evidence. Undefined: the plan has no probes.
 */
export function pairedSettleMs({ probes }: Plan): number | undefined {
  return probes === undefined ? undefined : probeTimeoutMs(probes) + PAIRED.recordMs;
}

export function probeTimeoutMs({ timeoutMs }: ProbePlan): number {
  return Math.min(timeoutMs, BOUNDS.probeTimeoutMs);
}

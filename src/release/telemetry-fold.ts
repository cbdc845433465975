/** From the counts of one query to bins: which are final, which provisional, what came late. */
import { BOUNDS } from '../limits.ts';
import type { Bin, Counts, MetricTally } from '../judge/types.ts';
import { type MetricRows, metricBins } from './bin-metrics.ts';
import type { CountAnswer, PairedCounts } from './facts.ts';
import { judgedMetrics } from './judged-metrics.ts';
import { pairedSettleMs } from './paired-window.ts';
import type { Plan } from './plan.ts';
import type { LateMetric, Release } from './release.ts';

export interface Folded {
  /** All final bins, old and new. */
  readonly final: readonly Bin[];
  readonly firstNew: number;
  readonly provisional: readonly Bin[];
  readonly patch: Pick<Release, 'finalTo' | 'provisionalTo' | 'late'>;
}

interface Window {
  readonly release: Release;
  readonly plan: Plan;
  readonly bins: readonly Bin[];
  readonly now: number;
}

const NO_COUNTS: Counts = { requests: 0, failures: 0, items: 0 };

/** Where the next query begins: far enough back to see rows that came after their bin was final. */
export function queryFrom(release: Release, plan: Plan): number {
  const { intervalMs, settleMs } = plan.analysis;
  const from = release.binsFrom ?? 0;
  const lookBack = Math.max(settleMs, 10 * intervalMs);
  return Math.max(
    from,
    Math.floor(((release.finalTo ?? from) - lookBack) / intervalMs) * intervalMs,
  );
}

/** @param paired what the plan's probes counted in the same window; undefined: none, or not known */
export function foldTelemetry(window: Window, answer: CountAnswer, paired?: PairedCounts): Folded {
  const { release, plan, bins, now } = window;
  const from = release.binsFrom ?? now;
  const marks = watermarks(window, answer);
  const counts = countsByBin(release, answer);
  const metrics = metricBins(release, plan, { rows: answer.rows, paired });
  const seen = { counts, metrics };
  const fresh = makeBins(window, seen, {
    from: release.finalTo ?? from,
    to: marks.finalTo,
    final: true,
  });
  const provisional = makeBins(window, seen, {
    from: marks.finalTo,
    to: marks.provisionalTo,
    final: false,
  });
  const final = [...bins, ...fresh].slice(0, BOUNDS.binsAtMost);
  return {
    final,
    firstNew: bins.length,
    provisional,
    patch: { ...marks, late: lateRows(window, seen) },
  };
}

/**
 * Two watermarks, floors of the interval. Final: the settle time or 99.9 % of the slower version's
 * lag, whichever is longer; it never goes back. Provisional: 95 % of that lag, so that both versions
 * are cut alike (statistics.md 3, late telemetry).
 */
function watermarks(
  window: Window,
  answer: CountAnswer,
): { finalTo: number; provisionalTo: number } {
  const { release, plan, now } = window;
  const { intervalMs, settleMs } = plan.analysis;
  const from = release.binsFrom ?? now;
  const floor = (time: number): number =>
    from + Math.floor((time - from) / intervalMs) * intervalMs;
  // After a long blindness the bins come in several passes: one commit holds about 5,800 of them.
  const atMost = (release.finalTo ?? from) + binsPerPass(plan) * intervalMs;
  const settleAfterMs = Math.max(settleMs, answer.lag?.p999Ms ?? 0, pairedSettleMs(plan) ?? 0);
  const settled = Math.min(floor(now - settleAfterMs), atMost);
  // What is final is never read again: not before all that can roll back has been measured.
  const ready = answer.unmeasured === undefined ? settled : from;
  const finalTo = Math.max(release.finalTo ?? from, ready, from);
  // Without a row there is no lag, and nothing of it that could be missing: the probes' counts alone say.
  const provisionalMs = answer.lag?.p95Ms ?? pairedSettleMs(plan) ?? settleMs;
  return { finalTo, provisionalTo: Math.max(finalTo, floor(now - provisionalMs)) };
}

/** Fewer when each holds many measures: all of a pass are one transaction. */
function binsPerPass(plan: Plan): number {
  const numbers = judgedMetrics(plan).reduce((sum, { measures }) => sum + 2 + 2 * measures, 8);
  return Math.min(BOUNDS.binsPerPass, Math.floor(BOUNDS.binNumbersPerPass / numbers));
}

type CountsByBin = ReadonlyMap<number, { readonly canary: Counts; readonly baseline: Counts }>;

function countsByBin(release: Release, answer: CountAnswer): CountsByBin {
  const byBin = new Map<number, { canary: Counts; baseline: Counts }>();
  for (const row of answer.rows) {
    const entry = byBin.get(row.startMs) ?? { canary: NO_COUNTS, baseline: NO_COUNTS };
    const counts: Counts = { requests: row.requests, failures: row.failures, items: row.items };
    if (row.version === release.version) entry.canary = counts;
    else if (row.version === release.baseline) entry.baseline = counts;
    byBin.set(row.startMs, entry);
  }
  return byBin;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly final: boolean;
}

interface Seen {
  readonly counts: CountsByBin;
  readonly metrics: MetricRows;
}

function makeBins(window: Window, { counts, metrics }: Seen, range: Range): Bin[] {
  const { release, plan } = window;
  const made: Bin[] = [];
  for (let startMs = range.from; startMs < range.to; startMs += plan.analysis.intervalMs) {
    const { canary, baseline } = counts.get(startMs) ?? { canary: NO_COUNTS, baseline: NO_COUNTS };
    const watch = release.swappedAt !== undefined && startMs >= release.swappedAt;
    const more = metrics(startMs);
    const bin = { startMs, final: range.final, canary, baseline, judged: true, watch };
    made.push(more === undefined ? bin : { ...bin, more });
  }
  return made;
}

/**
 * Rows that the same query now shows in bins that were frozen before. They are counted and never judged:
 * a bin is frozen for good, so that every verdict can be computed again, and an increment is valid with
 * its own bin's exposure only. Late failures cannot hide harm: over 1 % of them (`tooLate`) the release
 * is blind, and below that they are too few to matter.
 */
function lateRows({ release, plan, bins }: Window, { counts, metrics }: Seen): Release['late'] {
  let late = { requests: 0, failures: 0, of: 0, ofFailures: 0 };
  const from = queryFrom(release, plan);
  const frozenBins = bins.filter(({ startMs }) => startMs >= from);
  for (const bin of frozenBins) {
    const now = counts.get(bin.startMs);
    const frozen = total(bin.canary, bin.baseline);
    const seen = now === undefined ? frozen : total(now.canary, now.baseline);
    late = {
      requests: late.requests + Math.max(0, seen.requests - frozen.requests),
      failures: late.failures + Math.max(0, seen.failures - frozen.failures),
      of: late.of + seen.requests,
      ofFailures: late.ofFailures + seen.failures,
    };
  }
  const more = lateMetrics(plan, frozenBins, metrics);
  return more.length === 0 ? late : { ...late, more };
}

/**
 * Exceptions and calls reach telemetry by themselves, and so may be late where their requests are not. Of
 * latency nothing is late but requests, and of probes nothing is: those are counted above, or by us.
 */
function lateMetrics(plan: Plan, frozen: readonly Bin[], now: MetricRows): readonly LateMetric[] {
  return judgedMetrics(plan).flatMap(({ name, kind, from, role }, index) => {
    if (kind === 'latency' || from === 'probes' || role.on !== 'rollback') return [];
    let [bad, of] = [0, 0];
    for (const bin of frozen) {
      const before = badOf(bin.more?.[index]);
      const after = badOf(now(bin.startMs)?.[index]);
      bad += Math.max(0, after - before);
      of += Math.max(after, before);
    }
    return bad === 0 ? [] : [{ name, bad, of }];
  });
}

function badOf(tally: MetricTally | null | undefined): number {
  return (tally?.canary.x[0] ?? 0) + (tally?.baseline.x[0] ?? 0);
}

function total(a: Counts, b: Counts): { requests: number; failures: number } {
  return { requests: a.requests + b.requests, failures: a.failures + b.failures };
}

/** Over 1 % late rows or late failures: telemetry cannot be used until they are out of sight. */
export function tooLate({
  requests,
  failures,
  of,
  ofFailures,
  more = [],
}: Release['late']): boolean {
  return (
    requests > BOUNDS.lateShare * of ||
    failures > BOUNDS.lateShare * ofFailures ||
    more.some((metric) => metric.bad > BOUNDS.lateShare * metric.of)
  );
}

/** What came late, for people: `3 rows (1 failures, 2 of exceptions)`. */
export function lateText({ requests, failures, more = [] }: Release['late']): string {
  const others = more.map(({ name, bad }) => `, ${bad} of ${name}`).join('');
  return `${requests} rows (${failures} failures${others})`;
}

/** The metrics of each bin besides request failures, from the query's rows and the probes' counts. */
import type { Bin, MetricTally, Tally } from '../judge/types.ts';
import type { CountRow, PairedBin, PairedCounts } from './facts.ts';
import { type JudgedMetric, judgedMetrics } from './judged-metrics.ts';
import type { Plan } from './plan.ts';
import type { Release } from './release.ts';

/** `Bin.more` of the bin that starts then; undefined when the plan judges request failures alone. */
export type MetricRows = (startMs: number) => Bin['more'];

export interface MetricFacts {
  readonly rows: readonly CountRow[];
  /** Undefined: nobody knows, so nothing is taken for measured. */
  readonly paired: PairedCounts | undefined;
}

export function metricBins(release: Release, plan: Plan, facts: MetricFacts): MetricRows {
  const metrics = judgedMetrics(plan);
  if (metrics.length === 0) return () => undefined;
  const canary = byStart(facts.rows.filter(({ version }) => version === release.version));
  const baseline = byStart(
    facts.rows.filter(({ version }) => version === release.baseline && version !== release.version),
  );
  const paired = facts.paired === undefined ? undefined : byStart(facts.paired);
  return (startMs) => {
    const rows = { canary: canary.get(startMs), baseline: baseline.get(startMs) };
    return metrics.map((metric, index) =>
      metric.from === 'query'
        ? ofRows(metric, index, rows)
        : paired === undefined
          ? null
          : ofProbes(metric, paired.get(startMs)),
    );
  };
}

function byStart<T extends { readonly startMs: number }>(entries: readonly T[]): Map<number, T> {
  return new Map(entries.map((entry) => [entry.startMs, entry]));
}

/** Evidence of the canary in a bin, whoever asked it: visitors' requests, or the plan's own probes. */
export function canaryRowsOf({ canary, more = [] }: Bin): number {
  return Math.max(canary.requests, ...more.map((metric) => metric?.canary.n ?? 0));
}

/** The same of either version. */
export function rowsOf({ canary, baseline, more = [] }: Bin): number {
  const metrics = more.map((metric) => (metric?.canary.n ?? 0) + (metric?.baseline.n ?? 0));
  return Math.max(canary.requests + baseline.requests, ...metrics);
}

interface Rows {
  readonly canary: CountRow | undefined;
  readonly baseline: CountRow | undefined;
}

/** Not measured in one version is not measured: there is nothing to compare with. */
function ofRows(metric: JudgedMetric, index: number, rows: Rows): MetricTally | null {
  const canary = tallyOf(metric, index, rows.canary);
  const baseline = tallyOf(metric, index, rows.baseline);
  return canary === null || baseline === null ? null : { canary, baseline };
}

/** A version without a row in a bin had no chances there; one whose metric is missing was not measured. */
function tallyOf(metric: JudgedMetric, index: number, row: CountRow | undefined): Tally | null {
  if (row === undefined) return nothing(metric);
  const tally = row.more?.[index];
  return tally === undefined || tally === null || !isPossible(metric, tally) ? null : tally;
}

function ofProbes(metric: JudgedMetric, bin: PairedBin | undefined): MetricTally | null {
  if (bin === undefined) return { canary: nothing(metric), baseline: nothing(metric) };
  const tally = metric.kind === 'probes' ? bin.answers : bin.latency;
  if (tally === undefined) return null;
  return isPossible(metric, tally.canary) && isPossible(metric, tally.baseline) ? tally : null;
}

function nothing({ measures }: JudgedMetric): Tally {
  return { n: 0, x: Array.from({ length: measures }, () => 0) };
}

/** The judge refuses what cannot be true; one such count must not stop a release. */
function isPossible({ measures }: JudgedMetric, { n, x }: Tally): boolean {
  return isCount(n) && x.length === measures && x.every((bad) => isCount(bad) && bad <= n);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/**
 * How much more the baseline's failures scatter than chance alone (retries, one bad user, noisy
 * machines), from its own history before the release: statistics.md 3.1. The judge divides every log
 * increment by it; without it clusters alone would look like harm.
 */
import { BOUNDS } from '../limits.ts';
import type { Tally } from '../judge/types.ts';
import type { CountRow } from './facts.ts';
import type { JudgedMetric } from './judged-metrics.ts';

/** 1 = no more than chance; `more` in the order of `Bin.more`. */
export interface Dispersion {
  readonly failures: number;
  readonly more: readonly number[];
  /** Bins with traffic that it was measured on. */
  readonly bins: number;
  /** Why it is 1 without having been measured; undefined: it was. */
  readonly note?: string | undefined;
}

/** Totals of the baseline's last hours. */
export interface History {
  /** From the first bin with traffic to the last one. */
  readonly bins: number;
  /** Rows, not items: what a judge would have had as evidence. */
  readonly requests: number;
  readonly failures: number;
  /** One a metric of the query, in its order; null: never measured. */
  readonly more: readonly (Tally | null)[];
}

/** The chi-square consistency factor of the trimmed mean is 1.32; the rest is for safety. */
const SAFETY = 1.6;
const TRIMMED_SHARE = 0.05;

/** A pair of adjacent bins of one measure. */
interface Pair {
  /** Share of the first bin in the requests of both. */
  readonly share: number;
  readonly first: number;
  readonly both: number;
}

export interface HistoryInput {
  readonly rows: readonly CountRow[];
  readonly intervalMs: number;
  /** All that are judged; those of probes have no history. */
  readonly metrics: readonly JudgedMetric[];
}

/** Without 4 hours of bins with traffic every value is 1, and the note says so. Never throws. */
export function measureDispersion({ rows, intervalMs, metrics }: HistoryInput): Dispersion {
  const bins = rows.filter(({ requests }) => requests > 0);
  if (bins.length * intervalMs < BOUNDS.historyLeastMs) {
    const hours = Number(((bins.length * intervalMs) / 3_600_000).toFixed(1));
    return notMeasured(metrics, `not measured: ${hours} h of history`, bins.length);
  }
  const of = (measure: (row: CountRow) => Sample | null): number =>
    phiOf(pairsOf(rows, intervalMs, measure));
  return {
    failures: of(({ requests, failures }) => ({ n: requests, x: failures })),
    // Several measures of one metric scatter alike, and the largest is on the safe side.
    more: metrics.map((metric, index) =>
      Math.max(
        ...Array.from({ length: metric.measures }, (_, measure) =>
          metric.from === 'probes' ? 1 : of((row) => sampleOf(row.more?.[index], measure)),
        ),
      ),
    ),
    bins: bins.length,
  };
}

export function notMeasured(metrics: readonly JudgedMetric[], note: string, bins = 0): Dispersion {
  return { failures: 1, more: metrics.map(() => 1), bins, note };
}

interface Sample {
  readonly n: number;
  readonly x: number;
}

function sampleOf(tally: Tally | null | undefined, measure: number): Sample | null {
  const x = tally?.x[measure];
  return tally === null || tally === undefined || x === undefined ? null : { n: tally.n, x };
}

/** Neighbours only, each bin in one pair: drift within two bins is nothing against an hour's. */
function pairsOf(
  rows: readonly CountRow[],
  intervalMs: number,
  measure: (row: CountRow) => Sample | null,
): readonly Pair[] {
  const sorted = rows.toSorted((a, b) => a.startMs - b.startMs);
  const pairs: Pair[] = [];
  let open: { readonly startMs: number; readonly sample: Sample } | undefined;
  for (const row of sorted) {
    const sample = measure(row);
    if (sample === null || sample.n <= 0) continue;
    if (open?.startMs !== row.startMs - intervalMs) {
      open = { startMs: row.startMs, sample };
      continue;
    }
    const { n, x } = open.sample;
    pairs.push({ share: n / (n + sample.n), first: x, both: x + sample.x });
    open = undefined;
  }
  return pairs;
}

/**
 * `max(1, 1.6 x sum q / sum m)` over the pairs with failures, the 5 % with the largest q/m left out: an
 * incident that begins between two bins must not count as scatter for ever.
 */
function phiOf(pairs: readonly Pair[]): number {
  const scored = pairs
    .filter(({ both }) => both > 0)
    .map(({ share, first, both }) => {
      const q = (first - share * both) ** 2 / (share * (1 - share));
      return { q, both };
    })
    .sort((a, b) => a.q / a.both - b.q / b.both);
  const kept = scored.slice(0, scored.length - Math.floor(scored.length * TRIMMED_SHARE));
  const q = kept.reduce((sum, pair) => sum + pair.q, 0);
  const both = kept.reduce((sum, pair) => sum + pair.both, 0);
  return both === 0 ? 1 : Math.max(1, (SAFETY * q) / both);
}

/** Undefined without a row. */
export function historyOf({ rows, intervalMs, metrics }: HistoryInput): History | undefined {
  const starts = rows.filter(({ requests }) => requests > 0).map(({ startMs }) => startMs);
  if (starts.length === 0) return undefined;
  const queried = metrics.filter(({ from }) => from === 'query');
  return {
    bins: Math.round((Math.max(...starts) - Math.min(...starts)) / intervalMs) + 1,
    requests: rows.reduce((sum, row) => sum + row.requests, 0),
    failures: rows.reduce((sum, row) => sum + row.failures, 0),
    more: queried.map((metric, index) => totalOf(rows, metric, index)),
  };
}

function totalOf(rows: readonly CountRow[], metric: JudgedMetric, index: number): Tally | null {
  const tallies = rows.map((row) => row.more?.[index] ?? null).filter((tally) => tally !== null);
  if (tallies.length === 0) return null;
  return {
    n: tallies.reduce((sum, tally) => sum + tally.n, 0),
    x: Array.from({ length: metric.measures }, (_, measure) =>
      tallies.reduce((sum, tally) => sum + (tally.x[measure] ?? 0), 0),
    ),
  };
}

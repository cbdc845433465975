/** The evidence of a release over time, for charts: what the judge saw after each bin, and what it saw it in. */
import { certificates, weakest } from '../judge/certificates.ts';
import { startEvidence } from '../judge/evidence.ts';
import type { Bin, Counts, JudgeConfig, MetricKind, MetricTally, Tally } from '../judge/types.ts';
import { stepAt, type StepSpan } from './evidence-series-steps.ts';
import { judgeConfig } from './judge-config.ts';
import { judgedMetrics } from './judged-metrics.ts';
import type { Plan } from './plan.ts';
import { rateInterval, type RateInterval } from './rate-interval.ts';
import type { Release } from './release.ts';
import { stepOf } from './verdict-summary.ts';

/** More points than a chart has pixels for say nothing more. */
export const POINTS_AT_MOST = 600;

export interface EvidenceSeries {
  readonly binMs: number;
  /** Natural logarithms of e-values, as all evidence here. */
  readonly harmThreshold: number;
  readonly certifyThreshold: number;
  /** Oldest first, at most POINTS_AT_MOST; each bin is in exactly one. */
  readonly points: readonly SeriesPoint[];
  /** Those besides request failures, in the plan's order. */
  readonly metrics: readonly SeriesMetric[];
}

export interface SeriesPoint {
  /** Start of its first bin, milliseconds since the epoch. */
  readonly startMs: number;
  /** How many bins it adds up. */
  readonly bins: number;
  readonly final: boolean;
  readonly judged: boolean;
  readonly watch: boolean;
  readonly canary: SeriesCounts;
  readonly baseline: SeriesCounts;
  /** Percent of all requests (`sum(ItemCount)`) that the canary served; null: there were none. */
  readonly share: number | null;
  /** After its last bin, of all bins up to it. */
  readonly harm: number;
  /** After its last bin, of the final bins up to it: of `step`; null: nothing was to be certified then. */
  readonly certify: number | null;
  /** Number of the step that its bins were judged in, from 1; null: in none. */
  readonly step: number | null;
}

export interface SeriesCounts {
  readonly requests: number;
  readonly failures: number;
  readonly rate: RateInterval | null;
}

export interface SeriesMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly edgesMs: readonly number[] | null;
  /** One a point; null: not measured then. */
  readonly points: readonly ({
    readonly canary: SeriesTally;
    readonly baseline: SeriesTally;
  } | null)[];
}

export interface SeriesTally extends Tally {
  /** With 95 % confidence; `high` null: no edge is surely above it. Null: no latency, or nothing measured. */
  readonly p95Ms: { readonly low: number; readonly high: number | null } | null;
}

export interface SeriesInput {
  readonly release: Release;
  readonly plan: Plan;
  /** In order, from the first. */
  readonly bins: readonly Bin[];
  /** Which step each bin was judged in. Left out: all of them in the present one. */
  readonly steps?: readonly StepSpan[];
}

/** A bin's step: its index in the plan. */
type StepOfBin = (bin: Bin) => number | null;

/**
 * Folds each bin once, as the judge does for a verdict on all of them: the last point has the numbers of
 * that verdict.
 * @throws JudgeInputError for a bin whose counts or start are impossible
 */
export function evidenceSeries({ release, plan, bins, steps }: SeriesInput): EvidenceSeries {
  const config = judgeConfig(plan, release);
  const stepOfBin: StepOfBin =
    steps === undefined ? () => stepOf(release) : ({ startMs }) => stepAt(steps, startMs);
  const groups = neighbours(bins, stepOfBin);
  return {
    binMs: plan.analysis.intervalMs,
    harmThreshold: -Math.log(config.alpha),
    certifyThreshold: -Math.log(config.beta),
    points: pointsOf(groups, config, stepOfBin),
    metrics: judgedMetrics(plan).map(({ name, kind, edgesMs }, index) => ({
      name,
      kind,
      edgesMs: edgesMs.length === 0 ? null : edgesMs,
      points: groups.map((group) => metricPoint(group, index, edgesMs)),
    })),
  };
}

function pointsOf(
  groups: readonly (readonly Bin[])[],
  config: JudgeConfig,
  stepOfBin: StepOfBin,
): readonly SeriesPoint[] {
  const { fold, detail } = startEvidence({ config, sinceMs: -Infinity });
  return groups.map((group) => {
    for (const bin of group) fold(bin);
    const last = group.at(-1);
    const step = last === undefined ? null : stepOfBin(last);
    const { evidence } = detail();
    const certify = weakest(certificates(config, evidence, step))?.logE;
    return {
      ...countsPoint(group),
      harm: evidence.harm,
      certify: certify !== undefined && Number.isFinite(certify) ? certify : null,
      step: step === null ? null : step + 1,
    };
  });
}

function countsPoint(group: readonly Bin[]): Omit<SeriesPoint, 'harm' | 'certify' | 'step'> {
  const canary = sum(group.map((bin) => bin.canary));
  const baseline = sum(group.map((bin) => bin.baseline));
  const items = canary.items + baseline.items;
  return {
    startMs: group[0]?.startMs ?? 0,
    bins: group.length,
    final: group.every((bin) => bin.final),
    judged: group.some((bin) => bin.judged),
    watch: group.every((bin) => bin.watch),
    canary: withRate(canary),
    baseline: withRate(baseline),
    share: items === 0 ? null : (100 * canary.items) / items,
  };
}

function sum(counts: readonly Counts[]): Counts {
  return {
    requests: counts.reduce((total, one) => total + one.requests, 0),
    failures: counts.reduce((total, one) => total + one.failures, 0),
    items: counts.reduce((total, one) => total + one.items, 0),
  };
}

function withRate({ requests, failures }: Counts): SeriesCounts {
  return { requests, failures, rate: rateInterval(failures, requests) };
}

/** Bins of one kind that are added up. Not across steps or the swap: a point is in one of them or it is not. */
function neighbours(bins: readonly Bin[], stepOfBin: StepOfBin): readonly (readonly Bin[])[] {
  const runs = runsOf(bins, stepOfBin);
  // Kinds that change all the time are no kinds to keep apart; no release is like that.
  const kept = runs.length > POINTS_AT_MOST / 2 ? [bins] : runs;
  if (bins.length <= POINTS_AT_MOST) return kept.flatMap((run) => chunks(run, 1));
  const size = Math.ceil(bins.length / (POINTS_AT_MOST - kept.length));
  return kept.flatMap((run) => chunks(run, size));
}

function runsOf(bins: readonly Bin[], stepOfBin: StepOfBin): readonly (readonly Bin[])[] {
  const sameKind = (one: Bin, other: Bin): boolean =>
    one.watch === other.watch &&
    one.final === other.final &&
    one.judged === other.judged &&
    stepOfBin(one) === stepOfBin(other);
  const runs: Bin[][] = [];
  for (const bin of bins) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && sameKind(last, bin)) run.push(bin);
    else runs.push([bin]);
  }
  return runs;
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let from = 0; from < all.length; from += size) parts.push(all.slice(from, from + size));
  return parts;
}

function metricPoint(
  group: readonly Bin[],
  index: number,
  edgesMs: readonly number[],
): SeriesMetric['points'][number] {
  const measured = group
    .map((bin) => bin.more?.[index] ?? null)
    .filter((tally): tally is MetricTally => tally !== null);
  if (measured.length === 0) return null;
  const total = (of: 'canary' | 'baseline'): SeriesTally => {
    const tally = added(measured.map((one) => one[of]));
    return { ...tally, p95Ms: percentile95(tally, edgesMs) };
  };
  return { canary: total('canary'), baseline: total('baseline') };
}

function added(tallies: readonly Tally[]): Tally {
  return tallies.reduce((total, { n, x }) => ({
    n: total.n + n,
    x: total.x.map((bad, measure) => bad + (x[measure] ?? 0)),
  }));
}

const P95_SLOWER = 0.05;

/**
 * Between which edges the percentile lies, with 95 % confidence: an edge is below it while the interval of how
 * many are slower lies above 5 %, and above it once that interval lies at or under 5 %.
 */
function percentile95({ n, x }: Tally, edgesMs: readonly number[]): SeriesTally['p95Ms'] {
  if (n === 0 || edgesMs.length === 0) return null;
  const slower = x.map((count) => rateInterval(count, n));
  const first = slower.findIndex((rate) => rate !== null && rate.low <= P95_SLOWER);
  const below = first === -1 ? edgesMs.at(-1) : edgesMs[first - 1];
  const above = slower.findIndex((rate) => rate !== null && rate.high <= P95_SLOWER);
  return { low: below ?? 0, high: edgesMs[above] ?? null };
}

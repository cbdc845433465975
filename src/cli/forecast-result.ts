/** Many simulated releases, summed up: what `slipway forecast` says, and its JSON. */
import type { Plan } from '../release/plan.ts';
import { certifying } from '../release/prospects.ts';
import { assumptions, drawsPerBin, trafficIn } from './forecast-metrics.ts';
import { type Draw, type Run, seededDraw, simulate, type World } from './forecast-simulation.ts';

export interface ForecastQuestion {
  readonly plan: Plan;
  readonly requestsPerMinute: number;
  /** The present version's, a fraction. */
  readonly failureRate: number;
  /** Share of the requests that every other metric finds bad, a fraction. */
  readonly othersRate: number;
  /** Failure rate of a bad version / the present one's; each over 1. */
  readonly regressions: readonly number[];
  readonly runs: number;
  /** Fewer runs when this many bins were simulated for one version. */
  readonly binsAtMost: number;
  readonly seed: number;
}

/** Shares are fractions; null: fewer than that share of the releases got there. Plain JSON. */
export interface Forecast {
  readonly plan: string;
  readonly requestsPerMinute: number;
  readonly failureRate: number;
  readonly seed: number;
  /** What the metrics besides request failures were taken to count, a sentence each. */
  readonly assumed: readonly string[];
  readonly good: GoodForecast;
  readonly regressions: readonly RegressionForecast[];
}

export interface GoodForecast {
  readonly runs: number;
  readonly steps: readonly StepResult[];
  /** From the first visitors until the new version was production. */
  readonly toProduction: Spread;
  readonly promoted: number;
  readonly pausedForPerson: number;
  /** By `onUndecided` or `onDeadline`, without evidence of harm. */
  readonly undecidedRollback: number;
  /** Rolled back as harmful, watch included; the share in truth is below `below` (95 % sure). */
  readonly falseRollback: { readonly count: number; readonly of: number; readonly below: number };
}

export interface StepResult {
  /** Percent. */
  readonly weight: number;
  readonly maxBakeMinutes: number;
  /** Releases that came to this step. */
  readonly runs: number;
  /** Share of them that was not certified within maxBake. */
  readonly notCertified: number;
  /** Time at this weight until certified, bake and settle included. */
  readonly certified: Spread;
  /** Not even a canary without one failure is certified within maxBake. */
  readonly never: boolean;
}

export interface RegressionForecast {
  readonly ratio: number;
  readonly runs: number;
  /** As harmful, before it was production. */
  readonly rolledBack: number;
  /** As harmful, in the watch. */
  readonly rolledBackInWatch: number;
  readonly pausedForPerson: number;
  readonly undecidedRollback: number;
  /** Production in the end, and not seen by the watch. */
  readonly unseen: number;
  /** From the first visitors until it was taken back as harmful, watch included. */
  readonly minutes: Spread;
  /** Requests that failed because of the new version, in those that were taken back as harmful. */
  readonly harmed: { readonly mean: number | null; readonly p90: number | null };
  /** The same over all releases, until they ended: rolled back, paused, or at the end of the watch. */
  readonly harmedInAll: { readonly mean: number; readonly p90: number };
}

/** Minutes; half and nine tenths of the releases took at most that long. */
export interface Spread {
  readonly median: number | null;
  readonly p90: number | null;
}

const MINUTE_MS = 60_000;

/** @param told is called after each release, with the share that is done */
export function forecast(question: ForecastQuestion, told?: (done: number) => void): Forecast {
  const { plan, requestsPerMinute, failureRate, seed, regressions } = question;
  // One source for all: the streams of neighbouring seeds could overlap, one stream cannot.
  const draw = seededDraw(seed);
  const tell = (index: number) => (done: number) =>
    told?.((index + done) / (regressions.length + 1));
  return {
    plan: plan.name,
    requestsPerMinute,
    failureRate,
    seed,
    assumed: assumptions(worldOf(question, 1)),
    good: goodOf(question, runsOf(question, draw, { ratio: 1, told: tell(0) })),
    regressions: regressions.map((ratio, index) =>
      regressionOf(plan, ratio, runsOf(question, draw, { ratio, told: tell(index + 1) })),
    ),
  };
}

export function worldOf(question: ForecastQuestion, ratio: number): World {
  const { plan, requestsPerMinute, failureRate, othersRate } = question;
  const requestsPerBin = (requestsPerMinute * plan.analysis.intervalMs) / MINUTE_MS;
  return { plan, requestsPerBin, failureRate, ratio, othersRate };
}

interface Series {
  readonly ratio: number;
  readonly told: (done: number) => void;
}

function runsOf(question: ForecastQuestion, draw: Draw, { ratio, told }: Series): readonly Run[] {
  const world = worldOf(question, ratio);
  // A bin of many metrics costs as much as several.
  const binsAtMost = (question.binsAtMost * DRAWS_LEAST) / drawsPerBin(question.plan);
  const runs: Run[] = [];
  let bins = 0;
  while (runs.length < question.runs && (bins < binsAtMost || runs.length < LEAST_RUNS)) {
    const run = simulate(world, draw);
    runs.push(run);
    bins += run.bins;
    told(Math.min(1, Math.max(runs.length / question.runs, bins / binsAtMost)));
  }
  return runs;
}

/** Below this a median says nothing. */
const LEAST_RUNS = 20;
/** Of a bin that has request failures alone. */
const DRAWS_LEAST = 4;

function goodOf(question: ForecastQuestion, runs: readonly Run[]): GoodForecast {
  const { plan } = question;
  const analytic = certifying(plan, trafficIn(worldOf(question, 1)));
  const count = runs.filter(({ end }) => end === 'harm').length;
  return {
    runs: runs.length,
    steps: plan.steps.map(({ weight, maxBakeMs }, index) => {
      const reached = runs.flatMap((run) => run.steps[index] ?? []);
      const certified = reached.filter((step) => step.certified).map(({ bins }) => bins);
      return {
        weight,
        maxBakeMinutes: maxBakeMs / MINUTE_MS,
        runs: reached.length,
        notCertified: share(reached.length - certified.length, reached.length),
        certified: spread(plan, certified, reached.length),
        never: analytic[index]?.atBest === undefined,
      };
    }),
    toProduction: spread(
      plan,
      runs.flatMap(({ promotedAt }) => promotedAt ?? []),
      runs.length,
    ),
    promoted: shareWhere(runs, ({ promotedAt }) => promotedAt !== undefined),
    pausedForPerson: shareWhere(runs, ({ end }) => end === 'paused'),
    undecidedRollback: shareWhere(runs, ({ end }) => end === 'undecided'),
    falseRollback: { count, of: runs.length, below: upperBound(count, runs.length) },
  };
}

function regressionOf(plan: Plan, ratio: number, runs: readonly Run[]): RegressionForecast {
  const back = runs.filter(({ end }) => end === 'harm');
  const early = back.filter(({ promotedAt }) => promotedAt === undefined);
  const harmed = back.map((run) => run.harmed);
  const harmedInAll = runs.map((run) => run.harmed);
  return {
    ratio,
    runs: runs.length,
    rolledBack: share(early.length, runs.length),
    rolledBackInWatch: share(back.length - early.length, runs.length),
    pausedForPerson: shareWhere(runs, ({ end }) => end === 'paused'),
    undecidedRollback: shareWhere(runs, ({ end }) => end === 'undecided'),
    unseen: shareWhere(runs, ({ end }) => end === 'succeeded'),
    minutes: spread(
      plan,
      back.map(({ bins }) => bins),
      back.length,
    ),
    harmed: { mean: mean(harmed), p90: quantile(harmed, 0.9, harmed.length) },
    harmedInAll: {
      mean: mean(harmedInAll) ?? 0,
      p90: quantile(harmedInAll, 0.9, harmedInAll.length) ?? 0,
    },
  };
}

function shareWhere(runs: readonly Run[], holds: (run: Run) => boolean): number {
  return share(runs.filter(holds).length, runs.length);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** @param of how many there are with those that have no value, which count as longer than any */
function spread(plan: Plan, bins: readonly number[], of: number): Spread {
  const minutes = bins.map((count) => (count * plan.analysis.intervalMs) / MINUTE_MS);
  return { median: quantile(minutes, 0.5, of), p90: quantile(minutes, 0.9, of) };
}

function quantile(values: readonly number[], level: number, of: number): number | null {
  const rank = Math.max(0, Math.ceil(level * of) - 1);
  return values.toSorted((a, b) => a - b)[rank] ?? null;
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * 95 % upper bound of a chance that was seen `count` times in `of` (Clopper and Pearson 1934): the chance
 * at which so few are seen in one series of twenty. For none it is the rule of three, 3 / of.
 */
export function upperBound(count: number, of: number): number {
  if (count >= of) return 1;
  let [low, high] = [count / of, 1];
  for (let halving = 0; halving < 50; halving += 1) {
    const middle = (low + high) / 2;
    if (atMost(count, of, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** P(at most `count` of `of`) when each has that chance, 0 < chance < 1. */
function atMost(count: number, of: number, chance: number): number {
  let logTerm = of * Math.log1p(-chance);
  let sum = Math.exp(logTerm);
  for (let i = 0; i < count; i += 1) {
    logTerm += Math.log((of - i) / (i + 1)) + Math.log(chance) - Math.log1p(-chance);
    sum += Math.exp(logTerm);
  }
  return sum;
}

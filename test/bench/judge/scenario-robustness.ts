/** Late harm, failures that come in clusters, noisy machines (statistics.md 5.6). */
import { foldHarm, startHarm } from '../../../src/judge/harm.ts';
import { mixtureOf } from '../../../src/judge/mixture.ts';
import { measureDispersion } from '../../../src/release/dispersion.ts';
import { detect, type Detection, median, number, percent, shareFound } from './detection.ts';
import {
  BASELINE_RATES,
  type Cell,
  drawMinute,
  drawWeather,
  NO_EFFECT,
  newMinutes,
} from './minutes.ts';
import type { Random } from './random.ts';
import { slipwayInRelease } from './rules/slipway.ts';
import { poisson } from './sampler.ts';
import {
  atMost,
  type Goal,
  type Scenario,
  type ScenarioResult,
  type Table,
  together,
} from './scenario.ts';

const THRESHOLD = slipwayInRelease.threshold;
const CALM = { traffic: 1, failing: 1 };

export const robustness: Scenario = {
  name: 'robustness',
  run: ({ quick, say }) => {
    const runs = quick ? 50 : 2_000;
    say('robustness: late harm');
    const late = lateHarm(quick ? 50 : 1_000);
    say('robustness: clusters');
    const clusters = clustered(runs, quick);
    say('robustness: noise of each version by itself');
    const noise = noisy(runs, quick);
    return join(late, clusters, noise);
  },
};

function join(...parts: readonly ScenarioResult[]): ScenarioResult {
  return {
    goals: parts.flatMap(({ goals }) => goals),
    tables: parts.flatMap(({ tables }) => tables),
    data: parts.map(({ data }) => data),
  };
}

/** The process of a release; `phi` as in one that measured it. */
function judge(phi: number, horizonBins: number): (counts: Counts) => number {
  const state = startHarm({ rho: 1, delta: 0, phi, horizonBins, mixture: mixtureOf(true) });
  return ({ canary, baseline }) =>
    foldHarm(state, { canary: armOf(canary), baseline: armOf(baseline) });
}

interface Arm {
  readonly requests: number;
  readonly failures: number;
}

interface Counts {
  readonly canary: Arm;
  readonly baseline: Arm;
}

function armOf({ requests, failures }: Arm) {
  return { requests, failures, items: requests };
}

/** Bins of 8 hours and a watch of half an hour: what a release plans for by default. */
const LONG_RELEASE_BINS = 510;

function lateHarm(runs: number): ScenarioResult {
  const cases = [
    { from: 30, horizon: 60, times: 2 },
    { from: 30, horizon: 60, times: 5 },
    { from: 30, horizon: 60, times: 20 },
    { from: 300, horizon: LONG_RELEASE_BINS, times: 2 },
    { from: 300, horizon: LONG_RELEASE_BINS, times: 5 },
    { from: 300, horizon: LONG_RELEASE_BINS, times: 20 },
  ];
  const results = cases.map(({ from, horizon, times }, index) => {
    const harmful: Omit<Cell, 'share' | 'drifting'> = {
      rate: 20_000,
      baselineRate: 0.001,
      effect: { name: `×${times}`, times, plus: 0 },
    };
    const story = (random: Random) => {
      const fold = judge(1, horizon);
      const [minute] = newMinutes(1);
      return (at: number): boolean => {
        if (minute === undefined) return false;
        const cell = at < from ? { ...harmful, effect: NO_EFFECT } : harmful;
        drawMinute(minute, cell, { random, weather: CALM, share: 0.1 });
        return fold(countsOf(minute)) >= THRESHOLD;
      };
    };
    const found = detect({ seed: 560 + index, runs, minutes: horizon, from, story });
    return { from, times, found };
  });
  const early = results.map(({ found }) => found.delays.filter((delay) => delay <= 0).length);
  const table: Table = {
    title: 'Harm that begins late: 20,000/min, 10 %, baseline 0.1 %',
    head: ['begins at minute', 'harm', 'median delay, min', 'p90', 'found', 'false alarm before'],
    rows: results.map(({ from, times, found }, index) => [
      String(from),
      `×${times}`,
      number(median(found)),
      number(found.delays[Math.floor(found.runs * 0.9)] ?? Infinity),
      percent(shareFound(found)),
      percent((early[index] ?? 0) / found.runs),
    ]),
  };
  const at30 = medianOf(results, 30);
  const at300 = medianOf(results, 300);
  const goal: Goal = {
    figure: 'late harm ×5 at minute 30 (20,000/min, 10 %, 0.1 %); at minute 300 of a long release',
    must: '≤ 2 min; ≤ 4 min',
    stretch: '1',
    value: `${number(at30)} min; ${number(at300)} min`,
    reached: together([
      atMost(at30, { must: 2, stretch: 1 }),
      atMost(at300, { must: 4, stretch: 1 }),
    ]),
  };
  const data = results.map(({ from, times, found }) => ({
    from,
    times,
    runs,
    medianMinutes: finite(median(found)),
    found: shareFound(found),
  }));
  return { goals: [goal], tables: [table], data: { lateHarm: data } };
}

function medianOf(
  results: readonly { from: number; times: number; found: Detection }[],
  from: number,
): number {
  const result = results.find((each) => each.from === from && each.times === 5);
  return result === undefined ? Infinity : median(result.found);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function countsOf(minute: {
  readonly canaryRequests: number;
  readonly canaryFailures: number;
  readonly baselineRequests: number;
  readonly baselineFailures: number;
}): Counts {
  return {
    canary: { requests: minute.canaryRequests, failures: minute.canaryFailures },
    baseline: { requests: minute.baselineRequests, failures: minute.baselineFailures },
  };
}

/** Failures come in bursts: one cause, `size` failed requests (retries, one bad user). */
type Size = (random: Random) => number;

const SIZES: readonly { readonly name: string; readonly mean: number; readonly draw: Size }[] = [
  { name: 'always 5', mean: 5, draw: () => 5 },
  { name: 'always 10', mean: 10, draw: () => 10 },
  { name: 'geometric, mean 5', mean: 5, draw: geometricSize(5) },
  { name: 'geometric, mean 10', mean: 10, draw: geometricSize(10) },
];

function geometricSize(mean: number): Size {
  const base = Math.log(1 - 1 / mean);
  return (random) => 1 + Math.floor(Math.log(1 - random()) / base);
}

/** Failures of one arm in one minute, and how many causes they had. */
function drawBursts(random: Random, failures: number, size: (typeof SIZES)[number]) {
  const causes = poisson(random, failures / size.mean);
  let rows = 0;
  for (let cause = 0; cause < causes; cause += 1) rows += size.draw(random);
  return { causes, rows };
}

/** The dispersion of four hours, drawn minute by minute, as production measures it. */
function phiOf(draw: (minute: number) => Arm): number {
  const rows = Array.from({ length: HISTORY_MINUTES }, (_, minute) => {
    const { requests, failures } = draw(minute);
    return {
      startMs: minute * 60_000,
      version: 'old',
      ...cap(requests, failures),
      items: requests,
    };
  });
  return measureDispersion({ rows, intervalMs: 60_000, metrics: [] }).failures;
}

/** Four hours of the baseline alone, with drift and a tenfold incident, as production measures it. */
function phiOfHistory(random: Random, rate: number, failureRate: number, size: Sizes): number {
  const weather = drawWeather(random, HISTORY_MINUTES);
  return phiOf((minute) => {
    const { traffic, failing } = weather(minute);
    const requests = poisson(random, rate * traffic);
    const { rows: failures } = drawBursts(random, rate * traffic * failureRate * failing, size);
    return { requests, failures };
  });
}

type Sizes = (typeof SIZES)[number];
const HISTORY_MINUTES = 240;

function cap(requests: number, failures: number) {
  return { requests: Math.max(requests, failures), failures };
}

const CLUSTER_CELLS = BASELINE_RATES.filter((rate) => rate > 0.0001).flatMap((baselineRate) =>
  [2_000, 10_000].map((rate) => ({ rate, baselineRate, share: 0.1 })),
);

/** Equal versions: every rollback is false. */
function clustered(runs: number, quick: boolean): ScenarioResult {
  const sizes = quick ? SIZES.slice(3) : SIZES;
  const cells = quick ? CLUSTER_CELLS.slice(3) : CLUSTER_CELLS;
  const results = sizes.flatMap((size, s) =>
    cells.map((cell, c) => {
      const seed = 570 + 10 * s + c;
      const of = (way: Way): number => falseShare({ ...cell, size, seed, runs, way });
      const way = { rows: of('rows'), operations: of('operations'), measured: of('measured') };
      return { size: size.name, ...cell, ...way };
    }),
  );
  const worst = Math.max(
    ...results.filter(({ size }) => size.endsWith('10')).map(({ measured }) => measured),
  );
  const table: Table = {
    title: 'Failures in clusters, equal versions, 60 min: false rollback',
    head: [
      'failures a cause',
      'baseline failures/min',
      'rows, not corrected',
      'distinct operations',
      'rows, dispersion from 4 h of history',
    ],
    rows: results.map((result) => [
      result.size,
      number(result.rate * 0.9 * result.baselineRate),
      percent(result.rows),
      percent(result.operations),
      percent(result.measured),
    ]),
    note: `${runs} runs a cell. The history holds drift and a tenfold incident. Slipway counts distinct operations AND divides by the dispersion that is left.`,
  };
  const goal: Goal = {
    figure: 'clustered failures, mean 10, dispersion estimated: false rollback',
    must: '≤ 1.5 %',
    stretch: '1 %',
    value: percent(worst),
    reached: atMost(worst, { must: 0.015, stretch: 0.01 }),
    note: 'the worst cell, from 1 to 90 baseline failures a minute',
  };
  return { goals: [goal], tables: [table], data: { clusters: results, runs } };
}

type Way = 'rows' | 'operations' | 'measured';

interface ClusterCell {
  readonly rate: number;
  readonly baselineRate: number;
  readonly share: number;
  readonly size: Sizes;
  readonly seed: number;
  readonly runs: number;
  readonly way: Way;
}

function falseShare({ rate, baselineRate, share, size, seed, runs, way }: ClusterCell): number {
  const story = (random: Random) => {
    const phi = way === 'measured' ? phiOfHistory(random, rate, baselineRate, size) : 1;
    const fold = judge(phi, 60);
    const arm = (perMinute: number): Arm => {
      const { causes, rows } = drawBursts(random, perMinute * baselineRate, size);
      return cap(poisson(random, perMinute), way === 'operations' ? causes : rows);
    };
    return () =>
      fold({ canary: arm(rate * share), baseline: arm(rate * (1 - share)) }) >= THRESHOLD;
  };
  return shareFound(detect({ seed, runs, minutes: 60, story }));
}

/** Each version's failure rate wobbles by itself, minute by minute: noisy machines. */
function noisy(runs: number, quick: boolean): ScenarioResult {
  const variations = quick ? [0.3] : [0.1, 0.3, 0.5];
  const cell: Cell = {
    rate: 20_000,
    baselineRate: 0.001,
    effect: NO_EFFECT,
    share: 0.1,
    drifting: false,
  };
  const results = variations.map((variation, index) => {
    const of = (corrected: boolean): number => {
      const story = (random: Random) => {
        const fold = judge(corrected ? phiOfNoise(random, cell, variation) : 1, 60);
        return (): boolean => {
          const [canary, baseline] = [wobble(random, variation), wobble(random, variation)];
          const arm = (perMinute: number, factor: number): Arm => {
            const failures = poisson(random, perMinute * cell.baselineRate * factor);
            return cap(poisson(random, perMinute), failures);
          };
          const counts = { canary: arm(2_000, canary), baseline: arm(18_000, baseline) };
          return fold(counts) >= THRESHOLD;
        };
      };
      return shareFound(detect({ seed: 590 + index, runs, minutes: 60, story }));
    };
    return { variation, uncorrected: of(false), measured: of(true) };
  });
  const table: Table = {
    title: 'Each version wobbles by itself, equal on average, 60 min: false rollback',
    head: ['coefficient of variation', 'not corrected', 'dispersion from 4 h of history'],
    rows: results.map(({ variation, uncorrected, measured }) => [
      percent(variation),
      percent(uncorrected),
      percent(measured),
    ]),
    note: '20,000 requests a minute, 10 %, 0.1 % failures. One arm of history cannot show all of the noise of two: what is left is in the last column.',
  };
  return { goals: [], tables: [table], data: { noise: results, runs } };
}

function phiOfNoise(random: Random, { rate, baselineRate }: Cell, variation: number): number {
  return phiOf(() => {
    const failures = poisson(random, rate * baselineRate * wobble(random, variation));
    const requests = poisson(random, rate);
    return { requests, failures };
  });
}

/** Lognormal with mean 1. */
function wobble(random: Random, variation: number): number {
  const variance = Math.log(1 + variation * variation);
  const angle = 2 * Math.PI * random();
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(angle);
  return Math.exp(Math.sqrt(variance) * normal - variance / 2);
}

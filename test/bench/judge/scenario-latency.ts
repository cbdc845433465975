/** Latency from histogram buckets (statistics.md 5.5). */
import { foldHarm, startHarm } from '../../../src/judge/harm.ts';
import { logSumExp } from '../../../src/judge/log-math.ts';
import { mixtureOf } from '../../../src/judge/mixture.ts';
import { METRIC_DEFAULTS } from '../../../src/release/normalise-metrics.ts';
import { detect, type Detection, median, number, percent, shareFound } from './detection.ts';
import {
  BASELINE_PER_MINUTE,
  CANARY_PER_MINUTE,
  drawNoise,
  drawTimed,
  EDGES_MS,
  p99,
  type Slowness,
  type Timed,
} from './latency-traffic.ts';
import type { Random } from './random.ts';
import { kthLargest } from './rules/rule.ts';
import { hodgesLehmann, zOfShift } from './rules/kayenta.ts';
import { atMost, type Goal, type Scenario, type ScenarioResult, together } from './scenario.ts';

const MINUTES = 240;
const SEED = 550;
const LN_100 = Math.log(100);

const REGRESSIONS: readonly Slowness[] = [
  { name: 'none (false rollback)', times: 1, share: 0, plusMs: 0 },
  { name: '×1.1', times: 1.1, share: 0, plusMs: 0 },
  { name: '×1.25', times: 1.25, share: 0, plusMs: 0 },
  { name: '×1.5', times: 1.5, share: 0, plusMs: 0 },
  { name: '×2', times: 2, share: 0, plusMs: 0 },
  { name: '1 % of requests +2 s', times: 1, share: 0.01, plusMs: 2_000 },
  { name: '5 % of requests +500 ms', times: 1, share: 0.05, plusMs: 500 },
  { name: '0.2 % hang 10 s', times: 1, share: 0.002, plusMs: 10_000 },
];

/** Gives true in the minute in which the rule rolls back. */
type Rule = () => (canary: Timed, baseline: Timed, minute: number) => boolean;

const DEFAULT_RHO = METRIC_DEFAULTS.latency.rho;

/** The production process over these edges: the mean of their e-values. */
function slipway(edges: readonly number[], rho: number = DEFAULT_RHO): Rule {
  return () => {
    // As a metric of a release: nothing is kept for a ceiling that it has not.
    const mixture = mixtureOf(true);
    const harmNull = { rho, delta: 0, phi: 1, horizonBins: MINUTES, mixture };
    const processes = edges.map((edge) => ({
      index: EDGES_MS.indexOf(edge),
      state: startHarm(harmNull),
    }));
    return (canary, baseline) => {
      const logs = processes.map(({ state, index }) =>
        foldHarm(state, { canary: armOf(canary, index), baseline: armOf(baseline, index) }),
      );
      return logSumExp(logs) - Math.log(logs.length) >= LN_100;
    };
  };
}

function armOf({ requests, slower }: Timed, index: number) {
  return { requests, failures: slower[index] ?? 0, items: requests };
}

/**
 * Flagger's `request-duration` with its documented `thresholdRange.max: 500` (milliseconds, P99, one
 * minute; docs/gitbook/usage/metrics.md) and five failed checks.
 */
const flagger: Rule = () => {
  const fifth = kthLargest(5);
  return (canary) => fifth(p99(EDGES_MS, canary)) > 500;
};

/** Kayenta's judge (rules/kayenta.ts) on the P99 of each minute, every 30 minutes on all so far. */
const kayenta: Rule = () => {
  const canaries: number[] = [];
  const baselines: number[] = [];
  return (canary, baseline, minute) => {
    canaries.push(p99(EDGES_MS, canary));
    baselines.push(p99(EDGES_MS, baseline));
    if ((minute + 1) % 30 !== 0) return false;
    const [x, y] = [Float64Array.from(canaries).sort(), Float64Array.from(baselines).sort()];
    return zOfShift(x, y, 0.25 * Math.abs(hodgesLehmann(x, y))) > 2.3263478740408408;
  };
};

export const latency: Scenario = {
  name: 'latency',
  run: ({ quick, say }) => {
    const runs = quick ? 20 : 400;
    const regressions = quick ? REGRESSIONS.filter(isQuick) : REGRESSIONS;
    const lines = regressions.map((slowness, number_) => {
      say(`latency: ${slowness.name}`);
      const judged = (rule: Rule): Detection => runRule(rule, { slowness, number: number_, runs });
      const single = EDGES_MS.map((edge) => ({ edge, found: judged(slipway([edge])) }));
      return {
        name: slowness.name,
        all: judged(slipway(EDGES_MS)),
        strict: judged(slipway(EDGES_MS, 1)),
        single: bestOf(single),
        flagger: judged(flagger),
        kayenta: judged(kayenta),
      };
    });
    say('latency: small shifts');
    const small = smallShifts(quick ? 5 : 50, quick ? [1.03] : [1.01, 1.02, 1.03, 1.05]);
    const { goals, tables, data } = summarise(lines, runs);
    return { goals, tables: [...tables, small.table], data: [data, small.data] };
  },
};

/** Shifts that nobody would miss, at a traffic that makes them certain. */
function smallShifts(runs: number, shifts: readonly number[]) {
  const [canaryPerMinute, baselinePerMinute] = [2_000, 18_000];
  const results = shifts.map((times, index) => {
    const slowness = { name: `×${times}`, times, share: 0, plusMs: 0 };
    const cell = { slowness, number: 20 + index, runs, canaryPerMinute, baselinePerMinute };
    const of = (rho: number): number => shareFound(runRule(slipway(EDGES_MS, rho), cell));
    return { times, default: of(DEFAULT_RHO), strict: of(1) };
  });
  const table = {
    title: `Small shifts at 20,000 requests a minute, 10 %, ${MINUTES} min: rolled back`,
    head: ['slower by', `rho ${DEFAULT_RHO}`, 'rho 1'],
    rows: results.map(({ times, default: usual, strict }) => [
      `×${times}`,
      percent(usual),
      percent(strict),
    ]),
    note: `${runs} runs.`,
  };
  return { table, data: { runs, smallShifts: results } };
}

interface Line {
  readonly name: string;
  readonly all: Detection;
  /** With rho 1: any shift is harm. */
  readonly strict: Detection;
  readonly single: { readonly edge: number; readonly found: Detection };
  readonly flagger: Detection;
  readonly kayenta: Detection;
}

function runRule(
  rule: Rule,
  cell: {
    readonly slowness: Slowness;
    readonly number: number;
    readonly runs: number;
    readonly canaryPerMinute?: number;
    readonly baselinePerMinute?: number;
  },
): Detection {
  const { canaryPerMinute = CANARY_PER_MINUTE, baselinePerMinute = BASELINE_PER_MINUTE } = cell;
  const story = (random: Random) => {
    const fold = rule();
    return (minute: number): boolean => {
      const noise = drawNoise(random);
      const { slowness } = cell;
      const canary = drawTimed(random, EDGES_MS, { perMinute: canaryPerMinute, noise, slowness });
      const usual = { perMinute: baselinePerMinute, noise, slowness: null };
      return fold(canary, drawTimed(random, EDGES_MS, usual), minute);
    };
  };
  return detect({ seed: SEED + cell.number, runs: cell.runs, minutes: MINUTES, story });
}

function bestOf(single: readonly Line['single'][]): Line['single'] {
  const [first, ...others] = single;
  if (first === undefined) throw new Error('There is no edge.');
  return others.reduce((best, other) => (better(other, best) ? other : best), first);
}

function better(one: Line['single'], other: Line['single']): boolean {
  const [a, b] = [median(one.found), median(other.found)];
  return a === b ? one.found.found > other.found.found : a < b;
}

/** Canary requests until half of the runs found it. */
function requests(detection: Detection): number {
  return median(detection) * CANARY_PER_MINUTE;
}

function shown(detection: Detection): string {
  const share = shareFound(detection);
  const found = share < 1 ? ` (${percent(share)})` : '';
  return `${number(requests(detection))}${found}`;
}

function summarise(lines: readonly Line[], runs: number): ScenarioResult {
  const [healthy, ...slow] = lines;
  if (healthy === undefined) throw new Error('Nothing was run.');
  const table = {
    title: `Latency over ${EDGES_MS.length} edges: median canary requests until the rollback (share found in ${MINUTES} min)`,
    head: [
      'regression',
      `Slipway, rho ${DEFAULT_RHO}`,
      'Slipway, rho 1',
      'best single edge',
      'Flagger, p99 ≤ 500 ms',
      'Kayenta, p99',
    ],
    rows: [
      [
        healthy.name,
        percent(shareFound(healthy.all)),
        percent(shareFound(healthy.strict)),
        percent(shareFound(healthy.single.found)),
        percent(shareFound(healthy.flagger)),
        percent(shareFound(healthy.kayenta)),
      ],
      ...slow.map((line) => [
        line.name,
        shown(line.all),
        shown(line.strict),
        `${shown(line.single.found)} at ${line.single.edge} ms`,
        shown(line.flagger),
        shown(line.kayenta),
      ]),
    ],
    note: `${CANARY_PER_MINUTE} canary and ${BASELINE_PER_MINUTE} baseline requests a minute; lognormal, median 100 ms, sigma 0.7, 10 % noise of both. ${runs} runs. The best single edge is chosen knowing the regression.`,
  };
  const data = lines.map((line) => ({
    regression: line.name,
    slipway: figures(line.all),
    rho1: figures(line.strict),
    single: { edgeMs: line.single.edge, ...figures(line.single.found) },
    flagger: figures(line.flagger),
    kayenta: figures(line.kayenta),
  }));
  return { goals: goalsOf(lines), tables: [table], data: { runs, latency: data } };
}

function figures(detection: Detection) {
  const found = requests(detection);
  return {
    medianCanaryRequests: Number.isFinite(found) ? found : null,
    found: shareFound(detection),
  };
}

const GOALS: readonly { readonly name: string; readonly must: number }[] = [
  { name: '×1.25', must: 500 },
  { name: '1 % of requests +2 s', must: 600 },
  { name: '0.2 % hang 10 s', must: 2_000 },
];

/** The healthy one, and those that a goal is about. */
function isQuick({ name }: Slowness, index: number): boolean {
  return index === 0 || GOALS.some((goal) => goal.name === name);
}

function goalsOf(lines: readonly Line[]): Goal[] {
  const parts = GOALS.flatMap(({ name, must }) => {
    const line = lines.find((each) => each.name === name);
    return line === undefined ? [] : [{ must, value: requests(line.all) }];
  });
  if (parts.length < GOALS.length) return [];
  return [
    {
      figure: 'latency ×1.25; 1 % of requests +2 s; 0.2 % hang',
      must: '≤ 500; 600; 2,000 canary requests',
      stretch: '',
      value: parts.map(({ value }) => number(value)).join('; '),
      reached: together(parts.map(({ value, must }) => atMost(value, { must }))),
      note: `default edges and rho ${DEFAULT_RHO}`,
    },
  ];
}

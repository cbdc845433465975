/** What a forecast takes the metrics besides request failures to count, and draws of it. */
import { formatFactor, formatPercent } from '../judge/format.ts';
import type { MetricTally, Tally } from '../judge/types.ts';
import { type JudgedMetric, judgedMetrics } from '../release/judged-metrics.ts';
import type { Plan } from '../release/plan.ts';
import type { MetricTraffic, Traffic } from '../release/prospects.ts';

/** Number of Poisson-distributed events at that mean. */
export type Draw = (mean: number) => number;

/** What meets the plan. */
export interface World {
  readonly plan: Plan;
  /** Of both versions together. */
  readonly requestsPerBin: number;
  /** The baseline's, a fraction. */
  readonly failureRate: number;
  /** The canary's failure rate / the baseline's: 1 for a good version. */
  readonly ratio: number;
  /** Share of the requests that each other metric of the plan finds bad, in either version. */
  readonly othersRate: number;
}

/** Answers in 100 ms, half of them; the slow ones thin out by this power of their time. */
const LATENCY = { medianMs: 100, power: 2.5 } as const;

/** Chances of one metric, and which share of them is bad by each measure, the largest share first. */
interface Assumed extends MetricTraffic {
  readonly metric: JudgedMetric;
}

function assumed({ plan, requestsPerBin, failureRate, othersRate }: World): readonly Assumed[] {
  return judgedMetrics(plan).map((metric) => ({
    metric,
    perBin:
      metric.from === 'query'
        ? requestsPerBin
        : ((plan.probes?.perSecond ?? 0) * plan.analysis.intervalMs) / 1_000,
    rates: ratesOf(metric, metric.kind === 'probes' ? failureRate : othersRate),
    phi: 1,
  }));
}

function ratesOf({ kind, edgesMs }: JudgedMetric, rate: number): readonly number[] {
  if (kind !== 'latency') return [rate];
  return edgesMs.map((ms) => 1 / (1 + (ms / LATENCY.medianMs) ** LATENCY.power));
}

/** The same world for what is computed and not drawn; of a good version. */
export function trafficIn(world: World): Traffic {
  const { requestsPerBin, failureRate } = world;
  return { requestsPerBin, failureRate, phi: 1, more: assumed(world) };
}

/** What the metrics count in one bin, in the order of `Bin.more`. */
export type DrawMetrics = (draw: Draw, weight: number) => readonly MetricTally[];

/** Undefined: the plan judges request failures alone. */
export function metricsIn(world: World): DrawMetrics | undefined {
  const all = assumed(world);
  if (all.length === 0) return undefined;
  return (draw, weight) =>
    all.map(({ metric, perBin, rates }) => {
      const [canary, baseline] =
        metric.from === 'query' ? [perBin * weight, perBin * (1 - weight)] : [perBin, perBin];
      const bad =
        metric.kind === 'probes' ? rates.map((rate) => Math.min(1, rate * world.ratio)) : rates;
      return { canary: drawTally(draw, canary, bad), baseline: drawTally(draw, baseline, rates) };
    });
}

/** Poisson arrivals; what is slower than one edge is slower than all before it. */
function drawTally(draw: Draw, mean: number, rates: readonly number[]): Tally {
  const x: number[] = [];
  let bad = 0;
  for (let measure = rates.length - 1; measure >= 0; measure -= 1) {
    bad += draw(mean * ((rates[measure] ?? 0) - (rates[measure + 1] ?? 0)));
    x.unshift(bad);
  }
  return { n: bad + draw(mean * (1 - (rates[0] ?? 0))), x };
}

/** How many numbers are drawn for one bin: what a simulated bin costs. */
export function drawsPerBin(plan: Plan): number {
  return judgedMetrics(plan).reduce((sum, { measures }) => sum + 2 * (measures + 1), 4);
}

/** In words, for whoever reads the forecast. */
export function assumptions(world: World): readonly string[] {
  const metrics = judgedMetrics(world.plan);
  const named = (of: (metric: JudgedMetric) => boolean): string =>
    metrics
      .filter(of)
      .map(({ name, role }) => (role.on === 'notify' ? `${name} (only told)` : name))
      .join(', ');
  const counted = named(({ kind }) => kind !== 'latency' && kind !== 'probes');
  const timed = named(({ kind }) => kind === 'latency');
  const second = formatPercent(Number((1 / (1 + 10 ** LATENCY.power)).toPrecision(1)));
  const perSecond = formatFactor(world.plan.probes?.perSecond ?? 0);
  return [
    ...(world.plan.probes === undefined
      ? []
      : [
          `probes, ${perSecond} a second to each version, fail as often as people's requests, those of a bad version too`,
        ]),
    ...(counted === ''
      ? []
      : [
          `${counted}: bad in ${formatPercent(world.othersRate)} of the requests, whichever version (--others)`,
        ]),
    ...(timed === ''
      ? []
      : [
          `${timed}: half of the answers within ${LATENCY.medianMs} ms, ${second} over a second, whichever version`,
        ]),
  ];
}

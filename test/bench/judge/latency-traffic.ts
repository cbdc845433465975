/** Requests with durations, by bucket (statistics.md 5.5). */
import { METRIC_DEFAULTS } from '../../../src/release/normalise-metrics.ts';
import type { Random } from './random.ts';
import { poisson } from './sampler.ts';

/** Lognormal: median 100 ms, sigma 0.7; a slow minute is slow for both versions. */
const MEDIAN_MS = 100;
const SIGMA = 0.7;
const SHARED_NOISE = 0.1;

export const CANARY_PER_MINUTE = 100;
export const BASELINE_PER_MINUTE = 900;

/** Those of a plan that says nothing of edges. */
export const EDGES_MS: readonly number[] = METRIC_DEFAULTS.latency.edgesMs;

/** `share` of the canary's requests take `plusMs` longer, and all take `times` as long. */
export interface Slowness {
  readonly name: string;
  readonly times: number;
  readonly share: number;
  readonly plusMs: number;
}

/** Counts of one minute: `slower[i]` took longer than the i-th edge. */
export interface Timed {
  readonly requests: number;
  readonly slower: readonly number[];
}

/** One factor a minute, for both versions. */
export function drawNoise(random: Random): number {
  const angle = 2 * Math.PI * random();
  // Box and Muller; 1 - x so that the logarithm is finite.
  return Math.exp(SHARED_NOISE * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(angle));
}

/** Poisson arrivals: the counts of the buckets are independent Poisson numbers. */
export function drawTimed(
  random: Random,
  edgesMs: readonly number[],
  arm: { readonly perMinute: number; readonly noise: number; readonly slowness: Slowness | null },
): Timed {
  const { perMinute, noise, slowness } = arm;
  const slower: number[] = [];
  let above = 0;
  let shareAbove = 0;
  for (let i = edgesMs.length - 1; i >= 0; i -= 1) {
    const share = exceeding(edgesMs[i] ?? 0, noise, slowness);
    above += poisson(random, perMinute * (share - shareAbove));
    shareAbove = share;
    slower.unshift(above);
  }
  return { requests: above + poisson(random, perMinute * (1 - shareAbove)), slower };
}

function exceeding(edgeMs: number, noise: number, slowness: Slowness | null): number {
  if (slowness === null) return survival(edgeMs / noise);
  const { times, share, plusMs } = slowness;
  const usual = survival(edgeMs / noise / times);
  const delayed = edgeMs <= plusMs ? 1 : survival((edgeMs - plusMs) / noise / times);
  return (1 - share) * usual + share * delayed;
}

/** Chance that a request of the baseline takes longer. */
function survival(ms: number): number {
  return 0.5 * erfc(Math.log(ms / MEDIAN_MS) / SIGMA / Math.SQRT2);
}

/** Numerical Recipes, erfcc: relative error below 1.2e-7 everywhere. */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418,
    0.37409196, 1.00002368, -1.26551223,
  ];
  const series = coefficients.reduce((sum, coefficient) => sum * t + coefficient, 0);
  const value = t * Math.exp(-z * z + series);
  return x >= 0 ? value : 2 - value;
}

/** The 99th percentile as Prometheus' histogram_quantile reads it from the buckets. */
export function p99(edgesMs: readonly number[], { requests, slower }: Timed): number {
  const allowed = requests / 100;
  for (let i = 0; i < edgesMs.length; i += 1) {
    const above = slower[i] ?? 0;
    if (above > allowed) continue;
    const before = i === 0 ? requests : (slower[i - 1] ?? 0);
    const [from, to] = [i === 0 ? 0 : (edgesMs[i - 1] ?? 0), edgesMs[i] ?? 0];
    return before === above ? to : from + ((to - from) * (before - allowed)) / (before - above);
  }
  // In the last bucket, which has no end: Prometheus gives its beginning.
  return edgesMs.at(-1) ?? 0;
}

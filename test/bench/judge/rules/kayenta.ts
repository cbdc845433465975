import { failureRate } from './flagger.ts';
import type { Rule } from './rule.ts';

/**
 * Kayenta's NetflixACAJudge-v1.0 on the failure rates of each minute, `direction: increase`,
 * `nanStrategy: remove` (spinnaker/kayenta a69573b, NetflixACAJudge.scala:146: `tolerance = 0.25`,
 * `confLevel = 0.98`). A metric is High, and one High metric fails the canary, when the lower end of
 * the Mann-Whitney interval of the shift is above a quarter of the Hodges-Lehmann estimate and
 * the ratio of the means is at least 1, the default of `allowedIncrease` (MannWhitneyClassifier.scala).
 *
 * The interval is R's (asymptotic, with continuity and ties; kayenta-mannwhitney, MannWhitney.scala):
 * its lower end is above m exactly when the test's z at shift m is above the quantile. So z at a
 * quarter of the estimate is the statistic, and no root of a step function has to be found.
 *
 * Judged every 10 minutes on all minutes so far, as `lookbackType: growing` does. Its documentation
 * asks for 50 points; it is let off that, which lets it find harm sooner.
 */
const EVERY_MINUTES = 10;
const TOLERANCE = 0.25;
/** confLevel 0.98 leaves 1 % at either end. */
const Z_99 = 2.3263478740408408;

export const kayenta: Rule = {
  id: 'kayenta',
  title: 'Kayenta, Mann-Whitney every 10 min',
  threshold: Z_99,
  tuned: true,
  start: () => {
    const canary: number[] = [];
    const baseline: number[] = [];
    return (minute) => {
      if (minute.canaryRequests > 0) canary.push(failureRate(minute, 0));
      if (minute.baselineRequests > 0) {
        baseline.push(minute.baselineFailures / minute.baselineRequests);
      }
      return (minute.index + 1) % EVERY_MINUTES === 0 ? judged(canary, baseline) : -Infinity;
    };
  },
};

function judged(canary: readonly number[], baseline: readonly number[]): number {
  if (canary.length === 0 || baseline.length === 0) return -Infinity;
  if (mean(canary) < mean(baseline)) return -Infinity;
  const x = Float64Array.from(canary).sort();
  const y = Float64Array.from(baseline).sort();
  return zOfShift(x, y, TOLERANCE * Math.abs(hodgesLehmann(x, y)));
}

/**
 * z of the rank sum of `x - shift` against `y`, both sorted. Just above the shift nothing of x ties
 * with y, so ties count within each only. -Infinity where all is tied.
 */
export function zOfShift(x: Float64Array, y: Float64Array, shift: number): number {
  const [n, m] = [x.length, y.length];
  const excess = pairsAbove(x, y, shift) - (n * m) / 2;
  const tied = ties(x) + ties(y);
  const variance = ((n * m) / 12) * (n + m + 1 - tied / ((n + m) * (n + m - 1)));
  if (!(variance > 0)) return -Infinity;
  return (excess - 0.5 * Math.sign(excess)) / Math.sqrt(variance);
}

/** The median of all differences x - y, by bisection: sorting 3,600 of them would be most of the bench. */
export function hodgesLehmann(x: Float64Array, y: Float64Array): number {
  const half = (x.length * y.length) / 2;
  let low = (x[0] ?? 0) - (y[y.length - 1] ?? 0);
  let high = (x[x.length - 1] ?? 0) - (y[0] ?? 0);
  for (let round = 0; round < 48 && high - low > 0; round += 1) {
    const middle = (low + high) / 2;
    if (pairsAbove(x, y, middle) > half) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** How many pairs have `x - y > shift`. */
function pairsAbove(x: Float64Array, y: Float64Array, shift: number): number {
  let pairs = 0;
  let below = 0;
  for (const value of x) {
    while (below < y.length && value - (y[below] ?? 0) > shift) below += 1;
    pairs += below;
  }
  return pairs;
}

/** Sum of t³ - t over the groups of equal values. */
function ties(sorted: Float64Array): number {
  let sum = 0;
  let from = 0;
  for (let i = 1; i <= sorted.length; i += 1) {
    if (i < sorted.length && sorted[i] === sorted[from]) continue;
    const size = i - from;
    sum += size * size * size - size;
    from = i;
  }
  return sum;
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

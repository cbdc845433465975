/**
 * Counts for simulated minutes. `d3-random` has both distributions, but its Poisson numbers cost
 * 0.6 µs each at the rates of the grid, which needs half a milliard of them; so the Poisson numbers
 * are drawn here, and a test holds them against d3's (test/judge/bench.test.ts).
 */
import { randomBinomial } from 'd3-random';

import type { Random } from './random.ts';

/** Below this mean the distribution function is walked, which needs one uniform number. */
const SMALL_MEAN = 12;

/** ln k! for small k; beyond, Stirling's series is exact to the last bits. */
const LOG_FACTORIALS = logFactorials(256);

/** A number of Poisson events of that mean, which may be 0. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0;
  return mean < SMALL_MEAN ? smallPoisson(random, mean) : largePoisson(random, mean);
}

/** Successes of `n` tries: d3-random's. */
export function binomial(random: Random, n: number, probability: number): number {
  if (n === 0 || probability <= 0) return 0;
  if (probability >= 1) return n;
  return randomBinomial.source(random)(n, probability)();
}

/** Inversion. The walk ends where the rest of the mass is below what a double can show. */
function smallPoisson(random: Random, mean: number): number {
  let left = random();
  let mass = Math.exp(-mean);
  let events = 0;
  while (left > mass && events < 200) {
    left -= mass;
    events += 1;
    mass *= mean / events;
  }
  return events;
}

/**
 * PTRS, Hörmann, "The transformed rejection method for generating Poisson random variables",
 * Insurance: Mathematics and Economics 12 (1993): exact, 1.1 to 1.2 pairs of numbers each.
 */
function largePoisson(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const limit = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= limit) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const alpha = 1.1239 + 1.1328 / (b - 3.4);
    const density = k * Math.log(mean) - mean - logFactorial(k);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= density) return k;
  }
}

/** ln k! for whole k from 0 on. */
export function logFactorial(k: number): number {
  const known = LOG_FACTORIALS[k];
  if (known !== undefined) return known;
  const n = k + 1;
  const correction = (1 / 12 - 1 / (360 * n * n)) / n;
  return (n - 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + correction;
}

function logFactorials(count: number): Float64Array {
  const table = new Float64Array(count);
  for (let k = 1; k < count; k += 1) table[k] = (table[k - 1] ?? 0) + Math.log(k);
  return table;
}

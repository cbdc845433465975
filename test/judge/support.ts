import fc from 'fast-check';
import type { Arms } from '../../src/judge/harm.ts';
import { judge, type JudgeInput } from '../../src/judge/judge.ts';
import type {
  Bin,
  JudgeConfig,
  MetricConfig,
  MetricTally,
  Verdict,
} from '../../src/judge/types.ts';

export const BIN_MS = 60_000;

export const CONFIG: JudgeConfig = {
  alpha: 0.01,
  beta: 0.05,
  rho: 1,
  delta: 0,
  phi: 1,
  horizonBins: 60,
  margins: [{ rho: 3, delta: 0.0008 }],
  mode: 'concurrent',
  ceiling: 0.02,
};

/** Requests of canary and baseline, failures of canary and baseline. */
export type Quad = readonly [number, number, number, number];

export function arms([requests, baseRequests, failures, baseFailures]: Quad): Arms {
  return {
    canary: { requests, failures, items: requests },
    baseline: { requests: baseRequests, failures: baseFailures, items: baseRequests },
  };
}

/** A final, judged bin of the ramp. */
export function bin(index: number, quad: Quad, over: Partial<Bin> = {}): Bin {
  const flags = { startMs: index * BIN_MS, final: true, judged: true, watch: false };
  return { ...flags, ...arms(quad), ...over };
}

/** Contiguous bins from the epoch on. */
export function bins(quads: readonly Quad[], over: Partial<Bin> = {}): Bin[] {
  return quads.map((quad, index) => bin(index, quad, over));
}

/** A metric that rolls back, with one measure, as request failures are judged by CONFIG. */
export function metric(over: Partial<MetricConfig> = {}): MetricConfig {
  return {
    name: 'exceptions',
    kind: 'exceptions',
    on: 'rollback',
    share: 0.5,
    rho: 1,
    delta: 0,
    phi: 1,
    measures: 1,
    ceilings: [],
    ceilingFrom: 'watch',
    margins: CONFIG.margins,
    comparesInWatch: false,
    ...over,
  };
}

/** A metric's counts: chances of canary and baseline, bad ones of canary and baseline. */
export function tally([n, baseN, x, baseX]: Quad): MetricTally {
  return { canary: { n, x: [x] }, baseline: { n: baseN, x: [baseX] } };
}

/** Chances of both versions, and bad ones of each by measure. */
export function tallies(
  n: readonly [number, number],
  canary: readonly number[],
  baseline: readonly number[],
): MetricTally {
  return { canary: { n: n[0], x: canary }, baseline: { n: n[1], x: baseline } };
}

export function verdict(over: Partial<JudgeInput> & Pick<JudgeInput, 'bins'>): Verdict {
  const versions = { canary: '2.4.0', baseline: '2.3.9' };
  return judge({ config: CONFIG, step: 0, data: { kind: 'ok' }, versions, ...over });
}

/** Any bin that telemetry can show, from silent to wholly broken. */
export const anyQuad: fc.Arbitrary<Quad> = fc
  .tuple(fc.nat(300), fc.nat(3000), rate(), rate())
  .map(([canary, baseline, canaryRate, baselineRate]) => [
    canary,
    baseline,
    Math.floor(canary * canaryRate ** 4),
    Math.floor(baseline * baselineRate ** 4),
  ]);

function rate(): fc.Arbitrary<number> {
  return fc.double({ min: 0, max: 1, noNaN: true });
}

/** P(x failures of n requests) when each fails with probability p. */
export function binomialChance(n: number, x: number, p: number): number {
  let ways = 1;
  for (let i = 0; i < x; i += 1) ways = (ways * (n - i)) / (i + 1);
  return ways * p ** x * (1 - p) ** (n - x);
}

/** mulberry32: a small generator, so that a seed repeats a run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Failures of n requests, drawn exactly by jumping from failure to failure. */
export function drawFailures(random: () => number, n: number, p: number): number {
  if (p <= 0) return 0;
  let failures = 0;
  let at = 0;
  for (;;) {
    at += 1 + Math.floor(Math.log(1 - random()) / Math.log1p(-p));
    if (at > n) return failures;
    failures += 1;
  }
}

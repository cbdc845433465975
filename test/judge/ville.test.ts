import { describe, expect, it } from 'vitest';
import { certifyLogE, foldCertify, startCertify } from '../../src/judge/certify.ts';
import type { Bin, JudgeConfig } from '../../src/judge/types.ts';
import {
  arms,
  bin,
  CONFIG,
  drawFailures,
  metric,
  randomFrom,
  tallies,
  verdict,
  type Quad,
} from './support.ts';

/** Seeded, so these are exact statements about 400 fixed releases, not chances. */
const RUNS = 400;
const WEIGHTS = [0.01, 0.05, 0.1, 0.25, 0.5];

type Random = () => number;
type Rate = (minute: number) => number;

interface World {
  readonly perBin: number;
  readonly weight: Rate;
  readonly baselineRate: Rate;
  readonly canaryRate: Rate;
}

function simulate(random: Random, minutes: number, world: World): Bin[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const canary = drawFailures(random, world.perBin, world.weight(minute));
    const baseline = world.perBin - canary;
    return bin(minute, [
      canary,
      baseline,
      drawFailures(random, canary, world.canaryRate(minute)),
      drawFailures(random, baseline, world.baselineRate(minute)),
    ]);
  });
}

function harmShare(world: World, config: JudgeConfig): number {
  let harmful = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const bins = simulate(randomFrom(run + 1), 60, world);
    if (verdict({ config, bins }).outcome === 'harm') harmful += 1;
  }
  return harmful / RUNS;
}

/** A ramp over all weights; failures drift by half and everybody has ten times as many for 5 minutes. */
const incident: Rate = (minute) =>
  0.002 * (1 + 0.5 * Math.sin(minute / 9)) * (minute >= 20 && minute < 25 ? 10 : 1);
const ramp: Rate = (minute) => WEIGHTS[Math.floor(minute / 12)] ?? 0.5;

describe('Ville: the chance of a false rollback, looking every minute', () => {
  it('stays below alpha through a ramp, a drift and a shared incident', () => {
    const world = { perBin: 1000, weight: ramp, baselineRate: incident, canaryRate: incident };
    expect(harmShare(world, { ...CONFIG, alpha: 0.05 })).toBeLessThan(0.03);
    expect(harmShare(world, { ...CONFIG, alpha: 0.01 })).toBeLessThanOrEqual(0.01);
  });

  it('stays below alpha at the ceiling itself', () => {
    const at: Rate = () => 0.02;
    const world = { perBin: 500, weight: () => 1 - 1e-12, baselineRate: at, canaryRate: at };
    const config: JudgeConfig = { ...CONFIG, mode: 'ceiling', margins: [], alpha: 0.05 };
    expect(harmShare(world, config)).toBeLessThan(0.04);
  });

  it('would not stay below it with a canary twice as bad, so the runs can tell', () => {
    const bad: Rate = (minute) => 2 * incident(minute);
    const world = { perBin: 1000, weight: ramp, baselineRate: incident, canaryRate: bad };
    expect(harmShare(world, { ...CONFIG, alpha: 0.05 })).toBeGreaterThan(0.5);
  });

  it('wrongly certifies a canary at the margin in at most beta of the runs', () => {
    const margin = { rho: 1.5, delta: 0.002 };
    let certified = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const random = randomFrom(run + 1);
      const state = startCertify(margin, 1);
      let max = 0;
      for (let minute = 0; minute < 60; minute += 1) {
        const quad: Quad = [
          500,
          1500,
          drawFailures(random, 500, 1.5 * 0.004 + 0.002),
          drawFailures(random, 1500, 0.004),
        ];
        foldCertify(state, arms(quad));
        max = Math.max(max, certifyLogE(state));
      }
      if (max >= Math.log(20)) certified += 1;
    }
    expect(certified / RUNS).toBeLessThanOrEqual(0.05);
  });
});

describe('Ville: several metrics', () => {
  const edges = [100, 500, 1000];
  const config: JudgeConfig = {
    ...CONFIG,
    share: 0.4,
    more: [
      metric({ name: 'exceptions', share: 0.2, ceilings: [0.2], ceilingFrom: 'start' }),
      metric({ name: 'latency', kind: 'latency', share: 0.4, measures: 3, edges }),
    ],
  };

  /** Requests that fail also throw half of the time, and slow ones are slower than several edges. */
  function release(random: Random, slowness: number): Bin[] {
    return simulate(random, 60, {
      perBin: 500,
      weight: ramp,
      baselineRate: incident,
      canaryRate: incident,
    }).map(({ canary, baseline, ...rest }) => {
      const slow = (n: number, factor: number): number[] => {
        const over = drawFailures(random, n, 0.3 * factor);
        const more = drawFailures(random, over, 0.2 * factor);
        return [over, more, drawFailures(random, more, 0.1)];
      };
      const thrown = (x: number): number[] => [drawFailures(random, x, 0.5)];
      const n = [canary.requests, baseline.requests] as const;
      const more = [
        tallies(n, thrown(canary.failures), thrown(baseline.failures)),
        tallies(n, slow(n[0], slowness), slow(n[1], 1)),
      ];
      return { ...rest, canary, baseline, more };
    });
  }

  function harmful(slowness: number, alpha: number): number {
    let count = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const bins = release(randomFrom(run + 1), slowness);
      if (verdict({ config: { ...config, alpha }, bins }).outcome === 'harm') count += 1;
    }
    return count / RUNS;
  }

  it('keep the chance of a false rollback below alpha together', () => {
    expect(harmful(1, 0.05)).toBeLessThan(0.04);
  });

  it('and find a canary that is only slower', () => {
    expect(harmful(1.4, 0.05)).toBeGreaterThan(0.9);
  });
});

describe('late harm', () => {
  /** Minutes from the onset to the verdict, median of 21 releases (statistics.md 5.6: x5 in 2). */
  function medianDelay(factor: number): number {
    const onset = 30;
    const world: World = {
      perBin: 20_000,
      weight: () => 0.1,
      baselineRate: () => 0.001,
      canaryRate: (minute) => 0.001 * (minute >= onset ? factor : 1),
    };
    const delays = Array.from({ length: 21 }, (_, run) => {
      const bins = simulate(randomFrom(1000 + run), 60, world);
      let seen = onset;
      while (seen < 60 && verdict({ bins: bins.slice(0, seen) }).outcome !== 'harm') seen += 1;
      return seen - onset;
    });
    return delays.toSorted((a, b) => a - b)[10] ?? Infinity;
  }

  it('of five times the failures is found within 2 minutes at 20,000 requests a minute', () => {
    expect(medianDelay(5)).toBeLessThanOrEqual(2);
  });

  it('of twice the failures is found within 16 minutes, after half an hour of good bins', () => {
    expect(medianDelay(2)).toBeLessThanOrEqual(16);
  });
});

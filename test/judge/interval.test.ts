import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certifyLogE, foldCertify, startCertify } from '../../src/judge/certify.ts';
import { foldHarm, startHarm } from '../../src/judge/harm.ts';
import { ratioInterval } from '../../src/judge/interval.ts';
import type { Bin } from '../../src/judge/types.ts';
import {
  anyQuad,
  arms,
  bin,
  bins,
  CONFIG,
  drawFailures,
  randomFrom,
  verdict,
  type Quad,
} from './support.ts';

const OPTIONS = { alpha: 0.05, phi: 1, delta: 0, horizonBins: 60 };
const THRESHOLD = Math.log(2 / OPTIONS.alpha);
/** One step of the grid, and a little for rounding. */
const STEP = 1.0195;

const anyRho = fc.double({ min: 1 / 64, max: 1024, noNaN: true });

function harmAt(rho: number, quads: readonly Quad[]): number {
  const state = startHarm({ ...OPTIONS, rho });
  for (const quad of quads) foldHarm(state, arms(quad));
  return state.value.ln;
}

function marginAt(rho: number, quads: readonly Quad[]): number {
  const state = startCertify({ rho, delta: 0 }, 1);
  for (const quad of quads) foldCertify(state, arms(quad));
  return certifyLogE(state);
}

function compared(quads: readonly Quad[]): Quad[] {
  return quads.filter(([canary, baseline]) => canary > 0 && baseline > 0);
}

describe('what the search relies on', () => {
  it('evidence of harm falls as the ratio rises, evidence against "worse" rises', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { maxLength: 8 }), anyRho, anyRho, (quads, one, other) => {
        const seen = compared(quads);
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(harmAt(high, seen)).toBeLessThanOrEqual(harmAt(low, seen) + 1e-9);
        expect(marginAt(high, seen)).toBeGreaterThanOrEqual(marginAt(low, seen) - 1e-9);
      }),
    );
  });
});

describe('the ends', () => {
  it('are refuted ratios, at most one step of 2 % outside of what is not refuted', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { minLength: 1, maxLength: 8 }), (quads) => {
        const seen = compared(quads);
        const found = ratioInterval(bins(quads), OPTIONS);
        if (seen.length === 0) {
          expect(found).toBeUndefined();
          return;
        }
        if (found === undefined) throw new Error('two versions were compared');
        const { low, high } = found;
        // One pool of rates can fit no ratio at all; then the ends are given in ascending order.
        fc.pre(harmAt(high, seen) < THRESHOLD);
        if (low > 0) {
          expect(harmAt(low, seen)).toBeGreaterThanOrEqual(THRESHOLD);
          expect(harmAt(low * STEP, seen)).toBeLessThan(THRESHOLD);
        }
        if (high < Infinity && high > 1 / 64) {
          expect(marginAt(high, seen)).toBeGreaterThanOrEqual(THRESHOLD);
          expect(marginAt(high / STEP, seen)).toBeLessThan(THRESHOLD);
        }
      }),
    );
  });

  it('are 0 and Infinity while nothing limits them', () => {
    expect(ratioInterval(bins([[100, 1900, 0, 0]]), OPTIONS)).toEqual({ low: 0, high: Infinity });
    const spotless = ratioInterval(bins([[1000, 1000, 0, 30]]), OPTIONS);
    expect(spotless?.low).toBe(0);
    expect(spotless?.high).toBeLessThan(1);
    const brokenAlone = ratioInterval(bins([[1000, 1000, 30, 0]]), OPTIONS);
    expect(brokenAlone?.low).toBeGreaterThan(1);
    expect(brokenAlone?.high).toBe(Infinity);
  });

  it('do not exist where nothing was compared', () => {
    const quad: Quad = [100, 1900, 1, 19];
    expect(ratioInterval([], OPTIONS)).toBeUndefined();
    expect(ratioInterval(bins([quad], { judged: false }), OPTIONS)).toBeUndefined();
    const oneArm: readonly Quad[] = [
      [2000, 0, 9, 0],
      [0, 2000, 0, 9],
    ];
    expect(ratioInterval(bins(oneArm, { watch: true }), OPTIONS)).toBeUndefined();
  });

  it('take "not worse than" from final bins alone, "worse than" from all', () => {
    const quads = Array.from({ length: 20 }, (): Quad => [1000, 1000, 5, 10]);
    const final = ratioInterval(bins(quads), OPTIONS);
    const provisional = ratioInterval(bins(quads, { final: false }), OPTIONS);
    expect(provisional).toEqual({ low: final?.low, high: Infinity });
  });

  it('stay in ascending order when no one ratio fits', () => {
    const good = Array.from({ length: 20 }, (): Quad => [1000, 1000, 1, 50]);
    const bad = Array.from({ length: 20 }, (): Quad => [1000, 1000, 50, 1]);
    const { low, high } = ratioInterval(bins([...good, ...bad]), OPTIONS) ?? { low: 0, high: 0 };
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(high);
    expect(high).toBeLessThan(Infinity);
    expect(harmAt(high, [...good, ...bad])).toBeGreaterThanOrEqual(THRESHOLD);
    expect(marginAt(low, [...good, ...bad])).toBeGreaterThanOrEqual(THRESHOLD);
  });

  it('come closer with every tenfold of requests, around the ratio seen', () => {
    const widths = [1, 10, 100].map((times) => {
      const quad: Quad = [1000 * times, 9000 * times, 20 * times, 90 * times];
      const found = ratioInterval(bins([quad]), OPTIONS) ?? { low: NaN, high: NaN };
      expect(found.low).toBeLessThan(2);
      expect(found.high).toBeGreaterThan(2);
      return found.high / found.low;
    });
    expect(widths[1]).toBeLessThan((widths[0] ?? NaN) / 1.5);
    expect(widths[2]).toBeLessThan(1.5);
  });

  it('widen with overdispersion', () => {
    const seen = bins([[1000, 9000, 40, 90]]);
    const plain = ratioInterval(seen, OPTIONS) ?? { low: NaN, high: NaN };
    const noisy = ratioInterval(seen, { ...OPTIONS, phi: 4 }) ?? { low: NaN, high: NaN };
    expect(noisy.low).toBeLessThan(plain.low);
    expect(noisy.high).toBeGreaterThan(plain.high);
  });

  it('are above 1 only where the judge says harm', () => {
    const config = { ...CONFIG, watchFollows: false };
    fc.assert(
      fc.property(fc.array(anyQuad, { minLength: 1, maxLength: 8 }), (quads) => {
        const found = ratioInterval(bins(quads), { ...config, delta: 0 });
        fc.pre(found !== undefined && found.low > 1 && found.low < found.high);
        expect(verdict({ config, bins: bins(quads) }).outcome).toBe('harm');
      }),
    );
  });
});

/** Seeded, so these are exact statements about 100 fixed releases each, not chances. */
const RUNS = 100;
const MINUTES = 60;

interface World {
  readonly weight: (minute: number) => number;
  readonly baselineRate: (minute: number) => number;
}

const STEADY: World = { weight: () => 0.1, baselineRate: () => 0.005 };
/** A ramp through drifting failures with ten times as many for all during five minutes. */
const ROUGH: World = {
  weight: (minute) => [0.01, 0.05, 0.1, 0.25, 0.5][Math.floor(minute / 12)] ?? 0.5,
  baselineRate: (minute) =>
    0.004 * (1 + 0.5 * Math.sin(minute / 9)) * (minute >= 20 && minute < 25 ? 10 : 1),
};

function simulate(seed: number, ratio: number, world: World): Bin[] {
  const random = randomFrom(seed);
  return Array.from({ length: MINUTES }, (_, minute) => {
    const canary = drawFailures(random, 1000, world.weight(minute));
    const baseline = 1000 - canary;
    const rate = world.baselineRate(minute);
    return bin(minute, [
      canary,
      baseline,
      drawFailures(random, canary, rate * ratio),
      drawFailures(random, baseline, rate),
    ]);
  });
}

/** Releases of which the interval ever missed the true ratio, looked at every other minute. */
function misses(ratio: number, world: World): number {
  let missed = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const all = simulate(run + 1, ratio, world);
    const looks = Array.from({ length: MINUTES / 2 }, (_, look) => all.slice(0, 2 * look + 2));
    const isMissed = looks.some((seen) => {
      const { low, high } = ratioInterval(seen, OPTIONS) ?? { low: 0, high: Infinity };
      return ratio < low || ratio > high;
    });
    if (isMissed) missed += 1;
  }
  return missed;
}

describe('coverage, looking again and again', () => {
  it.each([
    ['the same rates', 1, STEADY],
    ['three times the rate', 3, STEADY],
    ['a third of the rate', 1 / 3, STEADY],
    ['the same rates in a rough world', 1, ROUGH],
    ['three times the rate in a rough world', 3, ROUGH],
  ])('misses %s in at most alpha of the releases', (_what, ratio, world) => {
    expect(misses(ratio, world)).toBeLessThanOrEqual(OPTIONS.alpha * RUNS);
  });

  it('is not wide for nothing: after an hour it tells three times the rate from the same', () => {
    const ends = Array.from({ length: RUNS }, (_, run) =>
      ratioInterval(simulate(run + 1, 3, STEADY), OPTIONS),
    );
    expect(ends.filter((found) => (found?.low ?? 0) > 1).length).toBeGreaterThan(0.95 * RUNS);
    expect(ends.filter((found) => (found?.high ?? Infinity) < 9).length).toBeGreaterThan(
      0.95 * RUNS,
    );
  });
});

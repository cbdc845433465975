import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldHarm, lnMassOf, startHarm, type HarmNull } from '../../src/judge/harm.ts';
import { logSumExp } from '../../src/judge/log-math.ts';
import { mixtureOf, REFERENCE_MIXTURE } from '../../src/judge/mixture.ts';
import { anyQuad, arms, type Quad } from './support.ts';
import { HARM_AFFINE, HARM_DEFAULTS, VECTORS } from './vectors.ts';

const STRICT: HarmNull = HARM_DEFAULTS;

/** Log e-value after each bin; null is a bin that is not judged. */
function path(harmNull: HarmNull, quads: readonly (Quad | null)[]): number[] {
  const state = startHarm(harmNull);
  return quads.map((quad) => foldHarm(state, quad === null ? null : arms(quad)));
}

function last(harmNull: HarmNull, quads: readonly (Quad | null)[]): number {
  return path(harmNull, quads).at(-1) ?? 0;
}

/** One bin on the first start only: a horizon of one bin leaves no other mass. */
const AT_ONCE: HarmNull = { ...STRICT, horizonBins: 1 };

describe('harm: the reference vectors', () => {
  const quads = VECTORS.map(({ counts }) => counts);

  it('reproduces the defaults (rho 1, delta 0, phi 1, 60 bins) to 1e-9', () => {
    const found = path(HARM_DEFAULTS, quads);
    for (const [i, row] of VECTORS.entries()) expect(found[i]).toBeCloseTo(row.harmDefaults, 9);
  });

  it('reproduces rho 1.1, delta 2e-4, phi 2 to 1e-9', () => {
    const found = path(HARM_AFFINE, quads);
    for (const [i, row] of VECTORS.entries()) expect(found[i]).toBeCloseTo(row.harmAffine, 9);
  });
});

describe('harm: properties', () => {
  it('is 0 before any data', () => {
    expect(startHarm(STRICT).value.ln).toBe(0);
  });

  it('does not move by a bin that is not judged, has no canary rows or no baseline rows', () => {
    const blind = fc.oneof(
      fc.constant(null),
      fc.nat(5000).map((n): Quad => [0, n, 0, n]),
      fc.nat(5000).map((n): Quad => [n, 0, n, 0]),
    );
    fc.assert(
      fc.property(fc.array(anyQuad, { maxLength: 8 }), blind, (quads, nothing) => {
        const before = last(HARM_AFFINE, quads);
        expect(last(HARM_AFFINE, [...quads, nothing])).toBe(before);
      }),
    );
  });

  it('lets the start-time index advance by a bin without data, exactly as by one not judged', () => {
    const broken: Quad = [100, 1900, 6, 2];
    expect(last(STRICT, [null, null, broken])).toBe(last(STRICT, [[0, 9, 0, 1], null, broken]));
    expect(last(STRICT, [null, null, broken])).not.toBeCloseTo(last(STRICT, [broken]), 6);
  });

  it('does not change when both request counts grow by one factor and delta is 0', () => {
    fc.assert(
      fc.property(
        fc.array(anyQuad, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 2, max: 1000 }),
        (quads, factor) => {
          const scaled = quads.map(([nc, nb, xc, xb]): Quad => [nc * factor, nb * factor, xc, xb]);
          const expected = last(STRICT, quads);
          expect(Math.abs(last(STRICT, scaled) - expected)).toBeLessThan(
            1e-9 * (1 + Math.abs(expected)),
          );
        },
      ),
    );
  });

  it('is only shrunk by phi, bin by bin and bet by bet', () => {
    const phi = fc.double({ min: 1, max: 20, noNaN: true });
    fc.assert(
      fc.property(anyQuad, phi, (quad, by) => {
        const plain = startHarm(AT_ONCE);
        const shrunk = startHarm({ ...AT_ONCE, phi: by });
        foldHarm(plain, arms(quad));
        foldHarm(shrunk, arms(quad));
        for (const j of plain.masses.keys()) {
          const [found, expected] = [lnMassOf(shrunk, j), lnMassOf(plain, j)];
          expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(expected) + 1e-12);
          expect(found * by).toBeCloseTo(expected, 6);
        }
      }),
    );
  });

  it('gives the same product for each bet when a bin is split at the same traffic ratio', () => {
    const share = fc.nat(20);
    fc.assert(
      fc.property(share, share, fc.nat(20), fc.nat(20), (a, b, xc, xb) => {
        const none: HarmNull = { ...HARM_AFFINE, horizonBins: 1 };
        const whole = startHarm(none);
        foldHarm(whole, arms([(a + b + 2) * 20, (a + b + 2) * 300, xc, xb]));
        const split = startHarm(none);
        const early = Math.min(xc, a);
        foldHarm(split, arms([(a + 1) * 20, (a + 1) * 300, early, 0]));
        foldHarm(split, arms([(b + 1) * 20, (b + 1) * 300, xc - early, xb]));
        for (const j of whole.masses.keys()) {
          expect(lnMassOf(split, j)).toBeCloseTo(lnMassOf(whole, j), 9);
        }
      }),
    );
  });

  it('stays finite at the extremes: a tiny baseline, huge traffic, everything failing', () => {
    const extremes: Quad[] = [
      [1e9, 1, 1e9, 0],
      [1e9, 1, 0, 1],
      [1, 1e9, 1, 1e9],
      [1e9, 1e9, 1e9, 1e9],
      [1e9, 1e9, 0, 1e9],
    ];
    for (const harmNull of [STRICT, HARM_AFFINE, { ...STRICT, rho: 0, delta: 0.02 }]) {
      for (const logE of path(harmNull, extremes)) expect(Number.isFinite(logE)).toBe(true);
    }
  });

  it('hardly bets where there is almost no baseline to compare with', () => {
    // pi is nearly 1: 50 canary failures of 1e6 against one baseline row say next to nothing.
    expect(Math.abs(last(STRICT, [[1_000_000, 1, 50, 0]]))).toBeLessThan(0.02);
  });
});

describe('harm: the start-time mixture', () => {
  it('spreads a mass of exactly one over the horizon and nothing beyond it', () => {
    for (const horizonBins of [1, 2, 3, 60, 1001]) {
      const state = startHarm({ ...STRICT, horizonBins });
      for (let i = 0; i < horizonBins; i += 1) foldHarm(state, null);
      expect(Math.exp(lnMassOf(state, 0))).toBeCloseTo(1, 12);
      foldHarm(state, null);
      expect(Math.exp(lnMassOf(state, 0))).toBeCloseTo(1, 12);
      // All mass is on bets now, so bins that speak for the canary take the e-value below any floor.
      for (let i = 0; i < 200; i += 1) foldHarm(state, arms([1000, 1000, 0, 50]));
      expect(state.value.ln).toBeLessThan(-100);
    }
  });

  it('keeps late harm visible: healthy bins cannot take the evidence below the unused reserve', () => {
    const healthy = Array.from({ length: 30 }, (): Quad => [2000, 18_000, 0, 40]);
    expect(last({ ...STRICT, horizonBins: 60 }, healthy)).toBeGreaterThan(Math.log(0.25 / 2.1));
    expect(last(AT_ONCE, healthy)).toBeLessThan(-30);
  });
});

/** statistics.md 3 as it is written there: everything in logarithms, every term added in each bin. */
function byTheBook({ rho, delta, phi, horizonBins }: HarmNull, quads: readonly (Quad | null)[]) {
  const psi = [1.35, 1.8, 2.6, 4.5, 10, 35, 250];
  const weight = [0.16, 0.22, 0.19, 0.15, 0.12, 0.09, 0.07];
  const logs = psi.map(() => -Infinity);
  return quads.map((quad, index) => {
    const late = index >= horizonBins ? 0 : 0.25 / (horizonBins - 1);
    const start = index === 0 ? 0.75 : late;
    const reserve = (0.25 * Math.max(0, horizonBins - 1 - index)) / (horizonBins - 1);
    const [nc, nb, xc, xb] = quad ?? [0, 0, 0, 0];
    const compared = nc > 0 && (rho === 0 || nb > 0);
    const pi = rho === 0 ? 0 : (rho * nc) / (rho * nc + nb);
    for (const [j, one] of psi.entries()) {
      const k = ((one - 1) * (1 - pi)) / (1 + pi * (one - 1));
      const gain = xc * Math.log(one) - (xc + xb) * Math.log1p(pi * (one - 1)) - k * nc * delta;
      logs[j] = logSumExp([logs[j] ?? NaN, Math.log(start)]) + (compared ? gain / phi : 0);
    }
    return logSumExp([
      Math.log(reserve),
      ...logs.map((log, j) => Math.log(weight[j] ?? NaN) + log),
    ]);
  });
}

describe('harm: what it bets on', () => {
  it.each([
    ['counts alone', mixtureOf(false)],
    ['a release', mixtureOf(undefined)],
  ])('is one stake in all, on worse only, for %s', (_what, { firstShare, effects }) => {
    expect(effects.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(effects.every(({ psi, weight }) => psi > 1 && weight > 0)).toBe(true);
    expect(firstShare > 0 && firstShare < 1).toBe(true);
  });

  it('is, for counts alone, what the reference has, and another thing in a release', () => {
    expect(mixtureOf(false)).toBe(REFERENCE_MIXTURE);
    expect(mixtureOf(undefined)).toBe(mixtureOf(true));
    expect(mixtureOf(true)).not.toBe(REFERENCE_MIXTURE);
  });
});

describe('harm: the range of its masses', () => {
  const scale = fc.constantFrom(1, 1, 30, 1000, 100_000);
  const anyScaled = fc.tuple(anyQuad, scale).map(([quad, by]): Quad => {
    return [quad[0] * by, quad[1] * by, quad[2] * by, quad[3] * by];
  });
  const nulls = fc.constantFrom({ ...STRICT, horizonBins: 5 }, STRICT, HARM_AFFINE, {
    ...STRICT,
    rho: 0,
    delta: 0.02,
    horizonBins: 12,
  });

  it('does not show: the same as in logarithms throughout, to 1e-9', () => {
    const bins = fc.array(fc.option(anyScaled, { freq: 8 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(nulls, bins, (harmNull, quads) => {
        const found = path(harmNull, quads);
        for (const [i, expected] of byTheBook(harmNull, quads).entries()) {
          const difference = Math.abs((found[i] ?? NaN) - expected);
          expect(difference).toBeLessThan(1e-9 * (1 + Math.abs(expected)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('holds from one end to the other and back, after all starts', () => {
    const good = Array.from({ length: 20 }, (): Quad => [20_000, 20_000, 0, 2000]);
    const bad = Array.from({ length: 40 }, (): Quad => [20_000, 20_000, 2000, 0]);
    const quads = [...good, ...bad, ...good, ...good];
    const harmNull = { ...STRICT, horizonBins: 10 };
    const expected = byTheBook(harmNull, quads);
    expect(Math.min(...expected)).toBeLessThan(-5000);
    expect(Math.max(...expected)).toBeGreaterThan(5000);
    for (const [i, found] of path(harmNull, quads).entries()) {
      expect(found / (expected[i] ?? NaN)).toBeCloseTo(1, 9);
    }
  });
});

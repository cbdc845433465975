import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, log1p } from '../../src/judge/fast-math.ts';

/** Three units in the last place: what two good libraries differ by. */
const ROUNDING = 7e-16;

const EDGES = [0, -0, 1, -1, 0.5, 1e-300, Number.MIN_VALUE, 1e-17, 1 - 2 ** -53, 127 / 128];

function relative(found: number, expected: number): number {
  return found === expected ? 0 : Math.abs(found / expected - 1);
}

describe('exp', () => {
  it('is that of the language to the last digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -720, max: 720, noNaN: true }), (x) => {
        expect(relative(exp(x), Math.exp(x))).toBeLessThan(ROUNDING);
      }),
      { numRuns: 5_000 },
    );
    for (let i = -1_000; i <= 1_000; i += 1) {
      const border = (i * Math.LN2) / 128;
      for (const x of [border, border * (1 + 1e-15), border * (1 - 1e-15)]) {
        expect(relative(exp(x), Math.exp(x))).toBeLessThan(ROUNDING);
      }
    }
  });

  it.each([...EDGES, -745, 709.7, 710, 1e300, -1e300, Infinity, -Infinity, NaN])('of %d', (x) => {
    expect(Object.is(exp(x), Math.exp(x)) || relative(exp(x), Math.exp(x)) < ROUNDING).toBe(true);
  });
});

describe('log1p', () => {
  it('is that of the language to the last digits, however small its argument', () => {
    const any = fc.double({ min: 0, max: 1.2, noNaN: true });
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 60 }), (x, halvings) => {
        const small = x / 2 ** halvings;
        expect(relative(log1p(small), Math.log1p(small))).toBeLessThan(ROUNDING);
      }),
      { numRuns: 5_000 },
    );
    for (let i = 1; i <= 128; i += 1) {
      for (const x of [i / 128, i / 128 - 2 ** -53, i / 128 + 2 ** -52]) {
        expect(relative(log1p(x), Math.log1p(x))).toBeLessThan(ROUNDING);
      }
    }
  });

  it.each([...EDGES, 1e300, -2, Infinity, -Infinity, NaN])('of %d', (x) => {
    const [found, expected] = [log1p(x), Math.log1p(x)];
    expect(
      found === expected || Object.is(found, expected) || relative(found, expected) < ROUNDING,
    ).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logAddExp, logSumExp } from '../../src/judge/log-math.ts';

const moderate = fc.double({ min: -300, max: 300, noNaN: true });

describe('log-math', () => {
  it('agrees with the plain formula where that does not overflow', () => {
    fc.assert(
      fc.property(moderate, moderate, (a, b) => {
        const plain = Math.log(Math.exp(a) + Math.exp(b));
        expect(logAddExp(a, b)).toBeCloseTo(plain, 10);
        expect(logSumExp([a, b])).toBeCloseTo(plain, 10);
      }),
    );
  });

  it.each([
    [-Infinity, -Infinity, -Infinity],
    [-Infinity, 3, 3],
    [3, -Infinity, 3],
    [1e6, 1e6, 1e6 + Math.LN2],
    [1e6, -1e6, 1e6],
    [Infinity, 0, Infinity],
  ])('adds masses of e^%d and e^%d', (a, b, expected) => {
    expect(logAddExp(a, b)).toBe(expected);
    expect(logSumExp([a, b])).toBe(expected);
  });

  it('has no mass without values', () => {
    expect(logSumExp([])).toBe(-Infinity);
  });
});

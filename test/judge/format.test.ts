import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBound,
  formatChance,
  formatDuration,
  formatEvidence,
  formatExpected,
  formatPercent,
  formatShare,
} from '../../src/judge/format.ts';

describe('format', () => {
  it.each([
    [19, 1000, '1.9 %'],
    [8, 2000, '0.4 %'],
    [0, 1000, '0 %'],
    [1, 3_000_000, '0.000033 %'],
    [123, 1000, '12 %'],
    [1000, 1000, '100 %'],
    [9_999_999, 10_000_000, '99.9 %'],
    [999, 1000, '99.9 %'],
    [0, 0, '0 %'],
  ])('says %d of %d as %s', (part, whole, text) => {
    expect(formatShare(part, whole)).toBe(text);
  });

  it.each([
    [Math.log(3172), '1 in 3,100'],
    [Math.log(100) + 1e-12, '1 in 100'],
    [Math.log(999.9999), '1 in 990'],
    [Math.log(2.9), '1 in 2'],
    [1e6, '1 in 1,000,000,000'],
    [Math.log(1.25), '80 %'],
    [0, null],
    [-5, null],
  ])('bounds a log e-value of %d by %s', (logE, text) => {
    expect(formatChance(logE)).toBe(text);
  });

  it('never promises more than the evidence, and never "1 in 1"', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 40, noNaN: true }), (logE) => {
        const text = formatChance(logE);
        expect(text).not.toBe('1 in 1');
        const odds = /^1 in ([\d,]+)$/.exec(text ?? '')?.[1]?.replaceAll(',', '');
        expect(Number(odds ?? 0)).toBeLessThanOrEqual(Math.exp(logE));
      }),
    );
  });

  it.each([
    [0.02, '2 %'],
    [0.0125, '1.25 %'],
    [0.0002, '0.02 %'],
  ])('says a setting of %d as %s', (fraction, text) => {
    expect(formatPercent(fraction)).toBe(text);
  });

  it.each([
    [-50, 'below 0.01'],
    [0, '1'],
    [Math.log(100), '100'],
    [Math.log(0.254), '0.25'],
    [Math.log(1e9), '1,000,000,000'],
    [Math.log(1e12), '10^12'],
    [Math.log(2e12), '10^12.3'],
    [5000, '10^2,170'],
  ])('says evidence of e^%d as %s', (logE, text) => {
    expect(formatEvidence(logE)).toBe(text);
  });

  it.each([
    [2.17, '2.1', '2.2'],
    [2.1, '2.1', '2.1'],
    [9, '9', '9'],
    [9.96, '9.9', '10'],
    [0.0123, '0.012', '0.013'],
    [1234, '1,200', '1,300'],
    [0, '0', '0'],
  ])('says an end of an interval at %d as %s below and %s above', (value, low, high) => {
    expect([formatBound(value, 'low'), formatBound(value, 'high')]).toEqual([low, high]);
  });

  it('never says an interval smaller than it is', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (value) => {
        const said = (end: 'low' | 'high') => Number(formatBound(value, end).replaceAll(',', ''));
        expect(said('low')).toBeLessThanOrEqual(value * (1 + 1e-12));
        expect(said('high')).toBeGreaterThanOrEqual(value * (1 - 1e-12));
        expect(said('high') / said('low')).toBeLessThan(1.12);
      }),
    );
  });

  it.each([
    [4317, '4,400'],
    [86.2, '87'],
    [1, '1'],
  ])('says %d expected ones as %s', (count, text) => {
    expect(formatExpected(count)).toBe(text);
  });

  it.each([
    [40_000, '40 s'],
    [20.5 * 60_000, '21 min'],
    [120 * 60_000, '120 min'],
    [4.2 * 3_600_000, '5 h'],
    [300 * 3_600_000, '13 days'],
  ])('says %d ms that are expected as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

import { describe, expect, it } from 'vitest';

import { ratioBounds } from '../../src/judge/clauses.ts';

describe('the ends of an interval that are told', () => {
  it.each([
    // A lower end of four digits has a separator: it is a number all the same.
    [{ low: 1_024, high: Infinity }, false, { low: '1,000', high: null }],
    [{ low: 999, high: Infinity }, false, { low: '990', high: null }],
    [{ low: 1.0000001, high: Infinity }, false, { low: null, high: null }],
    [{ low: 0.77, high: Infinity }, false, { low: null, high: null }],
    [{ low: 0.77, high: 9 }, true, { low: null, high: null }],
    [{ low: 0.77, high: 9 }, false, { low: '0.77', high: '9' }],
    [{ low: 0, high: 9 }, false, { low: null, high: '9' }],
  ])('of %o, harm %s: %o', (ratio, isHarm, told) => {
    expect(ratioBounds(ratio, isHarm)).toEqual(told);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JudgeInputError } from '../../src/judge/errors.ts';
import { margins } from '../../src/judge/margins.ts';

describe('margins', () => {
  it('scales the budget to the next weight, and to 1 before the swap', () => {
    const found = margins([0.05, 0.25, 0.5], { absolute: 0.001, relative: 0.5 });
    expect(found).toEqual([
      { rho: 3, delta: 0.004 },
      { rho: 2, delta: 0.002 },
      { rho: 1.5, delta: 0.001 },
    ]);
  });

  it('gives none without steps', () => {
    expect(margins([], { absolute: 0.001, relative: 0.5 })).toEqual([]);
  });

  it('never widens from one step to the next', () => {
    const weight = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.uniqueArray(weight, { minLength: 2, maxLength: 9 }), (percents) => {
        const weights = percents.toSorted((a, b) => a - b).map((percent) => percent / 100);
        const found = margins(weights, { absolute: 0.0002, relative: 0.5 });
        const deltas = found.map(({ delta }) => delta);
        expect(deltas).toEqual(deltas.toSorted((a, b) => b - a));
        expect(found.at(-1)).toEqual({ rho: 1.5, delta: 0.0002 });
      }),
    );
  });

  it.each([
    ['a percent instead of a fraction', [5, 25], { absolute: 0, relative: 0 }, 'weights[0] is 5'],
    ['weights that fall', [0.5, 0.25], { absolute: 0, relative: 0 }, 'weights[1] is 0.25'],
    ['a weight of zero', [0], { absolute: 0, relative: 0 }, 'weights[0] is 0'],
    ['NaN', [NaN], { absolute: 0, relative: 0 }, 'weights[0] is NaN'],
    ['a negative budget', [0.5], { absolute: -1, relative: 0 }, 'budget.absolute is -1'],
    [
      'an infinite budget',
      [0.5],
      { absolute: 0, relative: Infinity },
      'budget.relative is Infinity',
    ],
  ])('refuses %s', (_, weights, budget, message) => {
    expect(() => margins(weights, budget)).toThrow(JudgeInputError);
    expect(() => margins(weights, budget)).toThrow(message);
  });
});

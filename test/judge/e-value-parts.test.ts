import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EValue, heaviest, type Part, setMean } from '../../src/judge/e-value.ts';
import { logSumExp } from '../../src/judge/log-math.ts';
import { Recent } from '../../src/judge/recent.ts';

function valueOf(ln: number): EValue {
  const value = new EValue();
  value.ln = ln;
  return value;
}

/** From what no double holds to what none holds. */
const anyLn = fc.oneof(
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.double({ min: -2_000, max: 2_000, noNaN: true }),
);
const anyParts = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), anyLn), { minLength: 1, maxLength: 6 })
  .filter((parts) => parts.some(([share]) => share > 0))
  .map((parts) => {
    const all = parts.reduce((sum, [share]) => sum + share, 0);
    return parts.map(([share, ln]) => ({ share: share / all, ln, value: valueOf(ln) }));
  });

describe('an e-value', () => {
  it('begins at 1 and keeps its logarithm, in the range of a double or not', () => {
    expect(new EValue().ln).toBe(0);
    fc.assert(
      fc.property(anyLn, (ln) => {
        expect(Math.abs(valueOf(ln).ln - ln)).toBeLessThan(1e-12 * (1 + Math.abs(ln)));
      }),
    );
  });

  it('is compared, and taken over, by its logarithm', () => {
    fc.assert(
      fc.property(anyLn, anyLn, (a, b) => {
        expect(valueOf(a).isAbove(valueOf(b))).toBe(valueOf(a).ln > valueOf(b).ln);
        const taken = valueOf(a);
        taken.takeOver(valueOf(b));
        expect(taken.ln).toBe(valueOf(b).ln);
      }),
    );
  });
});

describe('the mean of e-values', () => {
  it('is that of the values by their shares', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const mean = new EValue();
        setMean(mean, parts);
        const expected = logSumExp(parts.map(({ share, ln }) => Math.log(share) + ln));
        expect(Math.abs(mean.ln - expected)).toBeLessThan(1e-11 * (1 + Math.abs(expected)));
      }),
    );
  });

  it('is 1 where nothing was bet on, in however many parts', () => {
    for (let parts = 1; parts <= 30; parts += 1) {
      const mean = new EValue();
      setMean(
        mean,
        Array.from({ length: parts }, () => ({ share: 1 / parts, value: valueOf(0) })),
      );
      expect(mean.isAbove(new EValue())).toBe(false);
      expect(mean.ln).toBe(0);
    }
  });

  it('names the part that weighs most', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const weights = parts.map(({ share, ln }) => Math.log(share) + ln);
        const most = heaviest(parts);
        expect(most).toBeDefined();
        const weight = Math.log(most?.share ?? NaN) + (most?.ln ?? NaN);
        expect(weight).toBeGreaterThanOrEqual(Math.max(...weights) - 1e-9);
      }),
    );
    expect(heaviest<Part>([])).toBeUndefined();
  });
});

describe('what was made of the requests last asked for', () => {
  it('is always that of the requests, however they come', () => {
    const requests = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 60 });
    fc.assert(
      fc.property(requests, (asked) => {
        const recent = new Recent(
          () => ({ text: '' }),
          (made, canary, baseline) => {
            made.text = `${canary}/${baseline}`;
          },
        );
        for (const [canary, baseline] of asked) {
          expect(recent.at(canary, baseline).text).toBe(`${canary}/${baseline}`);
        }
      }),
    );
  });

  it('is made once for a bin of a few metrics, and not at all for a rate that does not change', () => {
    let made = 0;
    const recent = new Recent(
      () => ({}),
      () => {
        made += 1;
      },
    );
    for (let bin = 1; bin <= 10; bin += 1) {
      for (const n of [bin, bin, 3 * bin + 1_000, bin, 7_000]) recent.at(n, 2 * n);
    }
    expect(made).toBe(10 + 10 + 1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Release } from '../../src/release/release.ts';
import { silentBins } from '../../src/release/usage.ts';

type Known = Pick<Release, 'history' | 'dispersion'>;

/** Six hours of minutes, so many of which have a request. */
function known(requests: number, busyBins: number | undefined, bins = 360): Known {
  const history = { bins, requests, failures: 0, more: [] };
  if (busyBins === undefined) return { history };
  return { history, dispersion: { failures: 1, more: [], bins: busyBins } };
}

describe('bins without anybody that are no accident', () => {
  it.each<[string, Known, number]>([
    ['a busy app: fewer than one', known(36_000, 360), 0.2],
    ['two a minute, one by one: ten, as ever', known(720, 360), 10],
    ['how many bins were busy is not known: by the requests alone', known(720, undefined), 10],
    ['nothing was measured: by the requests alone', known(720, 0), 10],
    ['hardly anybody', known(99, 90), Infinity],
    ['nobody knows', { history: undefined }, Infinity],
  ])('%s', (_what, app, bins) => {
    expect(silentBins(app)).toBeCloseTo(bins, 9);
  });

  it('are hours for an app whose people come on the hour, however many they are', () => {
    expect(silentBins(known(6_000, 6))).toBeGreaterThan(6 * 60);
    expect(silentBins(known(6_000_000, 6))).toBeGreaterThan(6 * 60);
  });

  it('are what the requests say where these come one by one', () => {
    for (const each of [0.5, 1, 2, 4]) {
      const busy = Math.round(100_000 * (1 - Math.exp(-each)));
      expect(silentBins(known(100_000 * each, busy, 100_000))).toBeCloseTo(20 / each, 1);
    }
  });

  it('are always a number above 0, and never fewer than the requests say', () => {
    const any = fc.tuple(fc.integer({ min: 5, max: 360 }), fc.integer({ min: 100, max: 1e9 }));
    fc.assert(
      fc.property(any, fc.nat(400), ([bins, requests], busy) => {
        const found = silentBins(known(requests, busy, bins));
        expect(found).toBeGreaterThan(((20 * bins) / requests) * (1 - 1e-12));
        expect(found).toBeLessThan(Infinity);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { BINS_PER_ROW, binRows, binsOf } from '../../../src/adapters/store/bin-rows.ts';
import { StoreFailure } from '../../../src/adapters/store/store-failure.ts';
import type { Bin, MetricTally } from '../../../src/judge/types.ts';
import { AT, MINUTE_MS, freshAppKey, sampleRelease } from '../../support/store-samples.ts';

const release = sampleRelease(freshAppKey());
const counts = { requests: 120, failures: 3, items: 600 };

function binAt(index: number, more?: Bin['more']): Bin {
  return {
    startMs: AT + index * MINUTE_MS,
    final: true,
    canary: counts,
    baseline: counts,
    judged: true,
    watch: false,
    ...(more === undefined ? {} : { more }),
  };
}

const metric = (n: number, measures: number): MetricTally => {
  const tally = { n, x: Array.from({ length: measures }, () => n) };
  return { canary: tally, baseline: tally };
};

const stored = (all: readonly Bin[]) =>
  binRows(release, { all, firstNew: 0 }).map((row) => ({ ...row, etag: 'e' }));

describe('rows of bins with metrics', () => {
  it('give them back, those that were not measured too', () => {
    const asymmetric: MetricTally = {
      canary: { n: 9, x: [3, 2, 1] },
      baseline: { n: 90, x: [30, 20, 10] },
    };
    const all = [
      binAt(0, [metric(7, 1), null, asymmetric]),
      binAt(1, [null, null, null]),
      binAt(2, []),
      binAt(3),
    ];
    expect(binsOf(release.id, stored(all))).toEqual(all);
    expect(binsOf(release.id, stored(all))[3]).not.toHaveProperty('more');
  });

  it('are as ever without them: eight numbers a bin', () => {
    expect(stored([binAt(0)])).toMatchObject([
      { bins: `{"from":${AT},"bins":[[0,1,120,3,600,120,3,600]]}` },
    ]);
  });

  it('hold an hour of 60 measures with the largest counts there are', () => {
    const largest = Number.MAX_SAFE_INTEGER;
    const more = [...Array.from({ length: 18 }, () => metric(largest, 1)), metric(largest, 42)];
    const all = Array.from({ length: 2 * BINS_PER_ROW }, (_, index) => binAt(index, more));
    const rows = stored(all);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      const texts = Object.values(row).filter((value) => typeof value === 'string');
      for (const text of texts) expect(text.length).toBeLessThanOrEqual(32_768);
      // Strings are stored as UTF-16; a row holds 1 MB.
      expect(2 * texts.join('').length).toBeLessThan(1_000_000);
    }
    expect(binsOf(release.id, rows)).toEqual(all);
  });

  it.each([
    ['an odd list', '[[0,1,0,0,0,0,0,0,[[1,2,3]]]]'],
    ['a metric without measures', '[[0,1,0,0,0,0,0,0,[[1,2]]]]'],
    ['a text', '[[0,1,0,0,0,0,0,0,[["1",2,3,4]]]]'],
    ['something else', '[[0,1,0,0,0,0,0,0,7]]'],
  ])('with %s are refused, with their name', (_what, bins) => {
    const broken = stored([binAt(0)]).map((row) => ({ ...row, bins: `{"from":0,"bins":${bins}}` }));
    const read = (): unknown => binsOf(release.id, broken);
    expect(read).toThrow(StoreFailure);
    expect(read).toThrow(/does not hold bins/);
  });
});

/** Where a percentile lies is said as far as the requests tell, and no further. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Bounds, p95 } from '../../src/dashboard/view/pool.ts';
import { evidenceSeries } from '../../src/release/evidence-series.ts';
import { samplePlan, sampleRelease } from '../support/release-samples.ts';

const NOBODY = { requests: 0, failures: 0, items: 0 };
const BIN = {
  ...{ startMs: 0, final: true, judged: true, watch: false },
  ...{ canary: NOBODY, baseline: NOBODY },
};

describe('where the 95th percentile lies', () => {
  const edges = [50, 100, 1_000];
  const tally = fc
    .tuple(
      fc.integer({ min: 1, max: 20_000 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
    )
    .map(([n, shares]) => ({
      n,
      x: shares.toSorted((one, other) => other - one).map((share) => Math.floor(share * share * n)),
    }));
  const ends = (bounds: Bounds | null): readonly [number, number] => [
    bounds?.low ?? NaN,
    bounds === null ? NaN : (bounds.high ?? Infinity),
  ];

  it.each([
    // Of 20 nobody knows, of 20,000 everybody does.
    [20, [1, 0, 0], 0, null],
    [20_000, [900, 0, 0], 0, 50],
    [20_000, [1_000, 0, 0], 0, 100],
    [20_000, [1_100, 0, 0], 50, 100],
    [72, [0, 0, 0], 0, null],
    [73, [0, 0, 0], 0, 50],
    [100, [100, 40, 12], 1_000, null],
  ])('of %i with %j slower than each edge: over %d, under %j ms', (n, x, low, high) => {
    expect(p95(edges, [{ n, x }])).toEqual({ low, high });
  });

  it('adds up what it is given; of nothing it says nothing', () => {
    const parts = [
      { n: 60, x: [60, 20, 3] },
      { n: 40, x: [40, 20, 9] },
    ];
    expect(p95(edges, parts)).toEqual(p95(edges, [{ n: 100, x: [100, 40, 12] }]));
    expect(p95(edges, [])).toBeNull();
  });

  it('is between bounds that contain the one that was measured', () => {
    fc.assert(
      fc.property(tally, ({ n, x }) => {
        const at = x.findIndex((slower) => slower <= 0.05 * n);
        const [low, high] = ends(p95(edges, [{ n, x }]));
        expect(low).toBeLessThanOrEqual((at === -1 ? edges.at(-1) : edges[at - 1]) ?? 0);
        expect(high).toBeGreaterThanOrEqual(edges[at] ?? Infinity);
      }),
    );
  });

  it('is known better, never worse, by more requests of the same kind', () => {
    fc.assert(
      fc.property(tally, fc.integer({ min: 2, max: 50 }), (few, times) => {
        const many = { n: few.n * times, x: few.x.map((slower) => slower * times) };
        const [low, high] = ends(p95(edges, [few]));
        const [lowOfMany, highOfMany] = ends(p95(edges, [many]));
        expect(lowOfMany).toBeGreaterThanOrEqual(low);
        expect(highOfMany).toBeLessThanOrEqual(high);
      }),
    );
  });

  it('is what the server says of the same counts', () => {
    fc.assert(
      fc.property(tally, (one) => {
        const plan = samplePlan({
          analysis: { metrics: { latency: { on: 'notify', edges: ['50ms', '100ms', '1s'] } } },
        });
        const { metrics } = evidenceSeries({
          release: sampleRelease({ phase: 'promoting', since: 0 }, { baseline: '1.9.0' }),
          plan,
          bins: [{ ...BIN, more: [{ canary: one, baseline: { n: 0, x: [0, 0, 0] } }] }],
        });
        expect(metrics[0]?.points[0]?.canary.p95Ms).toEqual(p95(edges, [one]));
      }),
      { numRuns: 50 },
    );
  });
});

// The series says of each bin what the judge says of all bins up to it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { judge } from '../../src/judge/judge.ts';
import type { Bin, Counts } from '../../src/judge/types.ts';
import { evidenceSeries, POINTS_AT_MOST } from '../../src/release/evidence-series.ts';
import { judgeConfig } from '../../src/release/judge-config.ts';
import type { Plan } from '../../src/release/plan.ts';
import { rateInterval } from '../../src/release/rate-interval.ts';
import type { Release } from '../../src/release/release.ts';
import { stepOf } from '../../src/release/verdict-summary.ts';
import { NOW, samplePlan, sampleRelease } from '../support/release-samples.ts';

const MINUTE_MS = 60_000;
const RAMPING = {
  phase: 'ramping',
  step: 1,
  since: NOW,
  confirmedAt: NOW,
  patienceFrom: NOW,
} as const;

const counts = fc
  .tuple(fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 4 }))
  .map(([good, failures, each]) => ({
    requests: good + failures,
    failures,
    items: (good + failures) * each,
  }));

const bins = (most: number): fc.Arbitrary<readonly Bin[]> =>
  fc
    .array(fc.record({ canary: counts, baseline: counts, judged: fc.boolean() }), {
      maxLength: most,
      size: 'max',
    })
    .chain((made) =>
      fc.nat(made.length).map((swap) =>
        made.map((one, index) => ({
          ...one,
          startMs: NOW + index * MINUTE_MS,
          final: true,
          watch: index >= swap,
        })),
      ),
    );

const release = sampleRelease(RAMPING, { baseline: '1.9.0', ceiling: 0.1 });
const plan = samplePlan();

function verdictOn(all: readonly Bin[], of: Release = release, by: Plan = plan) {
  return judge({
    config: judgeConfig(by, of),
    bins: all,
    step: stepOf(of),
    data: { kind: 'ok' },
    versions: { canary: of.version, baseline: of.baseline ?? null },
  });
}

describe('the series', () => {
  it('has, after each bin, the numbers of a verdict on all bins up to it', () => {
    fc.assert(
      fc.property(bins(40), (all) => {
        const { points, harmThreshold, certifyThreshold } = evidenceSeries({
          release,
          plan,
          bins: all,
        });
        expect(points).toHaveLength(all.length);
        points.forEach((point, index) => {
          const { evidence } = verdictOn(all.slice(0, index + 1));
          expect(point.harm).toBe(evidence.harm);
          expect(point.certify).toBe(evidence.certify[1]);
          expect(harmThreshold).toBe(evidence.harmThreshold);
          expect(certifyThreshold).toBe(evidence.certifyThreshold);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('has every request in exactly one point, and never more points than it may', () => {
    fc.assert(
      fc.property(bins(2_500), (all) => {
        const { points } = evidenceSeries({ release, plan, bins: all });
        expect(points.length).toBeLessThanOrEqual(POINTS_AT_MOST);
        expect(total(points.map(({ canary }) => ({ ...canary, items: 0 })))).toEqual({
          ...total(all.map(({ canary }) => canary)),
          items: 0,
        });
        expect(points.reduce((sum, point) => sum + point.bins, 0)).toBe(all.length);
        expect(points.map(({ startMs }) => startMs)).toEqual(
          points.map(({ startMs }) => startMs).toSorted((one, other) => one - other),
        );
        if (all.length > 0) expect(points.at(-1)?.harm).toBe(verdictOn(all).evidence.harm);
      }),
      { numRuns: 20 },
    );
  });

  it('adds up no bins across the swap', () => {
    const all = Array.from({ length: 2_000 }, (_none, index) =>
      bin(index, { watch: index >= 999 }),
    );
    const { points } = evidenceSeries({ release, plan, bins: all });
    const first = points.find(({ watch }) => watch);
    expect(first?.startMs).toBe(NOW + 999 * MINUTE_MS);
    expect(points.filter(({ watch }) => !watch).reduce((sum, one) => sum + one.bins, 0)).toBe(999);
  });

  it('has of each bin the evidence of the step that it was judged in', () => {
    fc.assert(
      fc.property(bins(30), fc.nat(30), fc.nat(30), (all, first, second) => {
        const [next, over] = [first, first + second].map((index) => NOW + index * MINUTE_MS);
        const { points } = evidenceSeries({
          ...{ release, plan, bins: all },
          steps: [
            { fromMs: -Infinity, step: 0 },
            { fromMs: next ?? 0, step: 1 },
            { fromMs: over ?? 0, step: null },
          ],
        });
        points.forEach((point, index) => {
          const step = index < first ? 0 : index < first + second ? 1 : null;
          const { evidence } = verdictOn(all.slice(0, index + 1));
          expect(point.step).toBe(step === null ? null : step + 1);
          expect(point.certify).toBe(step === null ? null : evidence.certify[step]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('adds up no bins across steps', () => {
    const all = Array.from({ length: 2_000 }, (_none, index) => bin(index));
    const steps = [
      { fromMs: -Infinity, step: 0 },
      { fromMs: NOW + 777 * MINUTE_MS, step: 1 },
    ];
    const { points } = evidenceSeries({ release, plan, bins: all, steps });
    expect(points.find(({ step }) => step === 2)?.startMs).toBe(NOW + 777 * MINUTE_MS);
    expect(points.reduce((sum, point) => sum + (point.step === 1 ? point.bins : 0), 0)).toBe(777);
  });

  it('of a release without bins has its thresholds and no point', () => {
    expect(evidenceSeries({ release, plan, bins: [] })).toEqual({
      binMs: plan.analysis.intervalMs,
      harmThreshold: -Math.log(0.01),
      certifyThreshold: -Math.log(0.05),
      points: [],
      metrics: [],
    });
  });

  it('certifies nothing in the watch', () => {
    const watching = sampleRelease(
      { phase: 'watching', since: NOW, until: NOW + MINUTE_MS, extended: false },
      { baseline: '1.9.0', ceiling: 0.1 },
    );
    const { points } = evidenceSeries({ release: watching, plan, bins: [bin(0, { watch: true })] });
    expect(points.map(({ certify }) => certify)).toEqual([null]);
  });

  it('says no share and no rate where nobody came', () => {
    const nobody = { requests: 0, failures: 0, items: 0 };
    const { points } = evidenceSeries({
      ...{ release, plan },
      bins: [bin(0, { canary: nobody, baseline: nobody })],
    });
    expect(points).toMatchObject([{ share: null, canary: { rate: null }, judged: true }]);
  });
});

describe('the metrics of a series', () => {
  const timed = samplePlan({
    analysis: {
      metrics: { exceptions: 'rollback', latency: { on: 'rollback', edges: ['200ms', '1s'] } },
    },
  });
  const names = (): (string | undefined)[] =>
    evidenceSeries({ release, plan: timed, bins: [] }).metrics.map(({ name }) => name);
  const more = (n: number, slow: readonly [number, number]): NonNullable<Bin['more']> =>
    names().map((name) => {
      const x = name === 'latency' ? slow : [0];
      return { canary: { n, x }, baseline: { n: 0, x: x.map(() => 0) } };
    });

  it('has the p95 between edges, as far as the counts tell', () => {
    const all = [
      bin(0, { more: more(1_000, [30, 10]) }),
      bin(1, { more: more(1_000, [600, 30]) }),
      bin(2, { more: more(1_000, [600, 200]) }),
      // At the same rates as the first, of too few.
      bin(3, { more: more(100, [3, 1]) }),
      bin(4, { more: names().map(() => null) }),
    ];
    const { metrics } = evidenceSeries({ release, plan: timed, bins: all });
    const latency = metrics.find(({ kind }) => kind === 'latency');
    expect(latency?.edgesMs).toEqual([200, 1_000]);
    expect(latency?.points.map((point) => point?.canary.p95Ms ?? null)).toEqual([
      { low: 0, high: 200 },
      { low: 200, high: 1_000 },
      { low: 1_000, high: null },
      { low: 0, high: null },
      null,
    ]);
    expect(latency?.points.map((point) => point?.baseline.p95Ms ?? null)).toEqual(
      Array(5).fill(null),
    );
    const exceptions = metrics.find(({ kind }) => kind === 'exceptions');
    expect(exceptions?.edgesMs).toBeNull();
    expect(exceptions?.points[0]?.canary).toEqual({ n: 1_000, x: [0], p95Ms: null });
  });
});

function bin(index: number, change: Partial<Bin> = {}): Bin {
  return {
    startMs: NOW + index * MINUTE_MS,
    final: true,
    judged: true,
    watch: false,
    canary: { requests: 10, failures: 1, items: 10 },
    baseline: { requests: 90, failures: 9, items: 90 },
    ...change,
  };
}

function total(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, one) => ({
      requests: sum.requests + one.requests,
      failures: sum.failures + one.failures,
      items: sum.items + one.items,
    }),
    { requests: 0, failures: 0, items: 0 },
  );
}

describe('the interval of a rate', () => {
  // R: binom::binom.wilson(x, n)
  it.each([
    [0, 10, 0, 0.277_533],
    [1, 10, 0.017_876_2, 0.404_15],
    [5, 50, 0.043_475_5, 0.213_602],
    [10, 10, 0.722_467, 1],
  ])('of %i in %i is %d to %d', (bad, of, low, high) => {
    const found = rateInterval(bad, of);
    expect(found?.low).toBeCloseTo(low, 5);
    expect(found?.high).toBeCloseTo(high, 5);
  });

  it('holds its rate, within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (bad, good) => {
        const found = rateInterval(bad, bad + good);
        if (found === null) {
          expect(bad + good).toBe(0);
          return;
        }
        expect(found.low).toBeGreaterThanOrEqual(0);
        expect(found.low).toBeLessThanOrEqual(found.value);
        expect(found.high).toBeGreaterThanOrEqual(found.value);
        expect(found.high).toBeLessThanOrEqual(1);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyOf, measureDispersion } from '../../src/release/dispersion.ts';
import type { CountRow } from '../../src/release/facts.ts';
import { judgedMetrics } from '../../src/release/judged-metrics.ts';
import { LATENCY, PROBES, planWith } from '../support/metric-plans.ts';
import { createPrng } from '../support/prng.ts';

const MINUTE = 60_000;
const HOURS = 60;

const row = (minute: number, failures: number, requests = 1_000): CountRow => ({
  startMs: minute * MINUTE,
  version: '1.0.0',
  requests,
  failures,
  items: requests,
});

/** A number of failures for each minute of these hours. */
const history = (hours: number, failuresAt: (minute: number) => number): CountRow[] =>
  Array.from({ length: hours * HOURS }, (_, minute) => row(minute, failuresAt(minute)));

const phi = (rows: readonly CountRow[]): number =>
  measureDispersion({ rows, intervalMs: MINUTE, metrics: [] }).failures;

/** Failures that come by chance alone, each cause `size` times. */
function clusters(seed: number, mean: number, size: number): (minute: number) => number {
  const random = createPrng(seed);
  return () => {
    const limit = Math.exp(-mean / size);
    let causes = -1;
    for (let product = 1; product > limit; product *= random.next()) causes += 1;
    return size * causes;
  };
}

describe('the dispersion of a baseline', () => {
  it.each([1, 2, 3, 4, 5])('is near 1 by chance alone (seed %s)', (seed) => {
    const measured = phi(history(6, clusters(seed, 10, 1)));
    expect(measured).toBeGreaterThanOrEqual(1);
    expect(measured).toBeLessThan(1.7);
  });

  it.each([3, 5, 10])('is about the size of clusters, and rather more: %s at a time', (size) => {
    const measured = phi(history(6, clusters(7, 30, size)));
    expect(measured).toBeGreaterThan(0.8 * size);
    expect(measured).toBeLessThan(2 * size);
  });

  it('does not take a drift of the failure rate for clusters, nor one incident of ten minutes', () => {
    const chance = clusters(3, 10, 1);
    const drifting = history(
      6,
      (minute) => chance(minute) + Math.round(10 * Math.sin(minute / 60)) + 10,
    );
    expect(phi(drifting)).toBeLessThan(1.7);
    const broken = history(
      6,
      (minute) => chance(minute) * (minute >= 101 && minute < 111 ? 10 : 1),
    );
    expect(phi(broken)).toBeLessThan(2.5);
  });

  it('is 1 where nothing ever failed, and where everything is the same', () => {
    expect(phi(history(6, () => 0))).toBe(1);
    expect(phi(history(6, () => 5))).toBe(1);
  });

  it('does not depend on the order of the rows', () => {
    const rows = history(4, clusters(11, 5, 3));
    expect(phi(rows.toReversed())).toBe(phi(rows));
  });

  it('pairs neighbours only: what lies apart says nothing', () => {
    const rows = history(10, (minute) => (minute % 4 === 0 ? 0 : 20)).filter(
      ({ startMs }) => (startMs / MINUTE) % 2 === 0,
    );
    expect(phi(rows)).toBe(1);
  });

  it('is not measured on less than four hours of traffic, and says so', () => {
    const metrics = judgedMetrics(planWith([LATENCY]));
    const measure = (rows: readonly CountRow[]) =>
      measureDispersion({ rows, intervalMs: MINUTE, metrics });
    const short = measure(history(3, clusters(1, 10, 5)));
    expect(short).toEqual({
      failures: 1,
      more: [1],
      bins: 180,
      note: 'not measured: 3 h of history',
    });
    const idle = history(6, () => 0).map((one, index) =>
      index < 200 ? one : { ...one, requests: 0 },
    );
    expect(measure(idle).note).toBe('not measured: 3.3 h of history');
    expect(measure([]).note).toBe('not measured: 0 h of history');
    expect(measure(history(4, () => 0)).note).toBeUndefined();
  });

  it('of a metric is that of the measure that scatters most; probes have no history', () => {
    const plan = planWith([LATENCY], { plan: { probes: PROBES } });
    const metrics = judgedMetrics(plan);
    const clustered = clusters(5, 40, 8);
    const rows = history(6, () => 0).map((one, minute) => ({
      ...one,
      more: [{ n: 1_000, x: [100, clustered(minute)] }],
    }));
    const measured = measureDispersion({ rows, intervalMs: MINUTE, metrics });
    expect(measured.more[0]).toBeGreaterThan(6);
    expect(measured.more.slice(1)).toEqual([1, 1]);
    const unknown = measureDispersion({ rows: history(6, () => 0), intervalMs: MINUTE, metrics });
    expect(unknown.more).toEqual([1, 1, 1]);
  });

  it('is a finite number of at least 1, whatever was counted', () => {
    const counts = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 5_000 }), fc.nat({ max: 5_000 }));
    fc.assert(
      fc.property(fc.array(counts, { minLength: 240, maxLength: 300 }), (minutes) => {
        let at = 0;
        const rows = minutes.map(([gap, requests, failed]) => {
          at += gap === 0 ? 2 : 1;
          return row(at, Math.min(failed, requests), requests);
        });
        const measured = phi(rows);
        expect(Number.isFinite(measured)).toBe(true);
        expect(measured).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the history of a baseline', () => {
  it('adds up what was counted, over the time from the first bin with traffic to the last', () => {
    const metrics = judgedMetrics(planWith([LATENCY]));
    const rows = [row(10, 1, 100), row(11, 2, 200), row(29, 0, 300)].map((one, index) => ({
      ...one,
      more: [index === 1 ? null : { n: one.requests, x: [10, 1] }],
    }));
    expect(historyOf({ rows, intervalMs: MINUTE, metrics })).toEqual({
      bins: 20,
      requests: 600,
      failures: 3,
      more: [{ n: 400, x: [20, 2] }],
    });
  });

  it('is none without rows, and of a metric that was never measured nothing', () => {
    const metrics = judgedMetrics(planWith([LATENCY], { plan: { probes: PROBES } }));
    expect(historyOf({ rows: [], intervalMs: MINUTE, metrics })).toBeUndefined();
    expect(historyOf({ rows: [row(1, 1)], intervalMs: MINUTE, metrics })?.more).toEqual([null]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BOUNDS } from '../../src/limits.ts';
import { judgedMetrics } from '../../src/release/judged-metrics.ts';
import { metricsOf } from '../../src/release/normalise-metrics.ts';
import type { Plan } from '../../src/release/plan.ts';
import { presetNames } from '../../src/release/written-plan.ts';
import { samplePlan } from '../support/release-samples.ts';
import { problemsOf, QUERY } from './written-plans.ts';

/** Mostly within the range, sometimes over an end of it. */
const about = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.double({ min, max, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(min - 1, min, max, max + 1) },
  );
const edges = fc
  .uniqueArray(fc.integer({ min: 1, max: 230_000 }), { minLength: 1, maxLength: 20 })
  .map((list) => list.toSorted((one, other) => one - other).map((value) => `${value}ms`));
const role = {
  on: fc.constantFrom('rollback', 'notify', 'off'),
  importance: about(0.01, 100),
  rho: about(1, 10),
  delta: about(0, 0.999),
};
const rates = { ...role, ceiling: about(0.001, 0.999) };
const some = (model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc.record(model, { requiredKeys: [] });
const query = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  query: fc.constant(QUERY),
});

const writtenPlans = some({
  preset: fc.constantFrom(...presetNames),
  analysis: fc.record({
    metrics: some({
      failures: some(rates),
      exceptions: fc.constantFrom('rollback', 'notify', 'off'),
      dependencies: some(rates),
      latency: some({ ...role, edges }),
      kql: fc.array(query, { maxLength: 3 }),
    }),
  }),
  probes: some({
    rate: fc.oneof(
      fc.integer({ min: 1, max: 21 }).map((count) => `${count}/s`),
      fc.integer({ min: 5, max: 90 }).map((count) => `${count}/m`),
    ),
    requests: fc.array(fc.constant({ path: '/' }), { minLength: 1, maxLength: 20 }),
    timeout: fc.integer({ min: 1, max: 8 }).map((count) => `${count}s`),
    edges: fc.constantFrom([], ['10ms'], ['500ms', '900ms'], ['1s', '5s']),
  }),
});

/** Numbers that a bin keeps: its place and flags, three counts and each metric's an arm. */
function numbersOfBin(plan: Plan): number {
  const tallies = judgedMetrics(plan).reduce((sum, { measures }) => sum + 1 + measures, 0);
  return 8 + 2 * tallies;
}

/** An hour of bins is one row: eight texts of 32,000 characters (src/adapters/store/text-parts.ts). */
const ROW_CHARS = 8 * 32_000;
const NUMBER_CHARS = String(Number.MAX_SAFE_INTEGER).length + ','.length;

describe('every plan that is taken', () => {
  it('stays within the bounds with its defaults written out', () => {
    let taken = 0;
    fc.assert(
      fc.property(writtenPlans, (written) => {
        if (problemsOf(written).length > 0) return;
        taken += 1;
        const plan = samplePlan(written);
        const { failures, more } = metricsOf(plan.analysis);
        for (const { importance, rho, delta, ceiling = 0.5 } of [failures, ...more]) {
          expect(importance > 0 && importance <= 100).toBe(true);
          expect(rho >= 1 && rho <= 10 && delta >= 0 && delta < 1).toBe(true);
          expect(ceiling > 0 && ceiling < 1).toBe(true);
        }
        const judged = judgedMetrics(plan);
        expect(1 + judged.length).toBeLessThanOrEqual(12);
        expect(judged.reduce((sum, one) => sum + one.measures, 1)).toBeLessThanOrEqual(60);
        if (plan.probes === undefined) return;
        const { perSecond, timeoutMs, edgesMs, requests } = plan.probes;
        expect(perSecond >= 0.1 && perSecond <= 20).toBe(true);
        expect((perSecond * timeoutMs) / 1_000).toBeLessThanOrEqual(BOUNDS.probesWaiting);
        expect(requests.length).toBeLessThanOrEqual(BOUNDS.probeRequests);
        for (const edgeMs of edgesMs) expect(edgeMs).toBeLessThan(timeoutMs);
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  it('has bins of which an hour fits one row, at the most that it can ask for', () => {
    const edges = Array.from({ length: BOUNDS.edges }, (_, index) => `${index + 1}ms`);
    const most = samplePlan({
      analysis: {
        metrics: {
          exceptions: {},
          dependencies: {},
          latency: { edges },
          kql: Array.from({ length: BOUNDS.kqlMetrics }, (_, index) => ({
            name: `query-${index}`,
            query: 'T'.padEnd(BOUNDS.kqlChars),
          })),
        },
      },
      probes: { edges },
    });
    const judged = judgedMetrics(most);
    expect(1 + judged.length).toBe(9);
    expect(judged.reduce((sum, one) => sum + one.measures, 1)).toBe(47);
    expect(60 * numbersOfBin(most) * NUMBER_CHARS).toBeLessThan(ROW_CHARS);
  });
});

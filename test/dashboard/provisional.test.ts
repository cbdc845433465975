/** What is not final yet is shown once, and only where it is known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { CountsView } from '../../src/api/contract.ts';
import { evidenceAnswer } from '../../src/api/evidence-answer.ts';
import { groupsOf, pool, type Pooled } from '../../src/dashboard/view/pool.ts';
import { provisionalPart } from '../../src/dashboard/view/provisional.ts';
import { judge } from '../../src/judge/judge.ts';
import type { Bin } from '../../src/judge/types.ts';
import { evidenceSeries } from '../../src/release/evidence-series.ts';
import { judgeConfig } from '../../src/release/judge-config.ts';
import { samplePlan, sampleRelease } from '../support/release-samples.ts';

const BIN_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1);

const counts = fc
  .tuple(fc.nat(500), fc.nat(500))
  .map(([good, failures]) => ({ requests: good + failures, failures, items: good + failures }));
/** The swap is somewhere among them; the newest are not final. */
const releases = fc
  .tuple(
    fc.array(fc.record({ canary: counts, baseline: counts }), { minLength: 1, maxLength: 700 }),
    fc.nat(700),
    fc.nat(20),
  )
  .map(([made, swap, newest]) =>
    made.map((one, index): Bin => ({
      ...bin(index),
      ...one,
      watch: index >= swap,
      final: index < made.length - newest,
    })),
  );

describe('what is not final yet', () => {
  const release = sampleRelease(
    { phase: 'watching', since: START_MS, until: START_MS, extended: false },
    { baseline: '1.9.0', ceiling: 0.1 },
  );
  const plan = samplePlan();
  /** As the controller and the API make both of the same bins: harm is read from all of them. */
  const answers = (all: readonly Bin[]) => {
    const { evidence } = judge({
      ...{ config: judgeConfig(plan, release), bins: all, step: null, data: { kind: 'ok' } },
      versions: { canary: '2.0.0', baseline: '1.9.0' },
    });
    const final = all.filter((one) => one.final);
    const answer = evidenceAnswer(release, evidenceSeries({ release, plan, bins: final }));
    const at = new Date(START_MS + all.length * BIN_MS).toISOString();
    return { answer, verdict: verdictOf(at, evidence.canary, evidence.baseline) };
  };
  const verdictOf = (at: string, canary: CountsView, baseline: CountsView) => ({
    ...{ at, outcome: 'harm', sentence: 'worse', harm: 5, harmThreshold: 4 },
    ...{ certify: null, certifyThreshold: 3, ratio: null, outlook: null, by: null },
    ...{ phi: 1, metrics: [], canary, baseline },
  });

  it('makes up with the final bins what the verdict counts, over the ramp and the watch', () => {
    fc.assert(
      fc.property(releases, (bins) => {
        const { answer, verdict } = answers(bins);
        const provisional = provisionalPart(answer, { verdict });
        const final = pool(answer, groupsOf(answer.points, 10));
        const shown = provisional === undefined ? final : [...final, provisional];
        const left = bins.filter((one) => !one.final);
        const counted = provisional === undefined ? bins.filter((one) => one.final) : bins;
        expect(provisional !== undefined).toBe(
          left.length < bins.length && left.some(({ canary }) => canary.requests > 0),
        );
        for (const version of ['canary', 'baseline'] as const) {
          for (const what of ['requests', 'failures'] as const) {
            const sum = (of: readonly Pick<Bin | Pooled, 'canary' | 'baseline'>[]): number =>
              of.reduce((total, one) => total + one[version][what], 0);
            expect(sum(shown)).toBe(sum(counted));
            expect(provisional?.[version][what] ?? 0).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is all that the verdict counts where no bin was final when harm was found', () => {
    const { answer, verdict } = answers([0, 1, 2].map((at) => ({ ...bin(at), final: false })));
    expect(answer.points).toEqual([]);
    expect(provisionalPart(answer, { verdict }, START_MS)).toMatchObject({
      ...{ fromMs: START_MS, toMs: START_MS + 3 * BIN_MS },
      canary: { requests: 30, failures: 3 },
      baseline: { requests: 270, failures: 27 },
    });
    // Nobody knows from when, or it began only then.
    expect(provisionalPart(answer, { verdict })).toBeUndefined();
    expect(provisionalPart(answer, { verdict }, START_MS + 3 * BIN_MS)).toBeUndefined();
    expect(provisionalPart(answer, { verdict: null }, START_MS)).toBeUndefined();
  });

  it('is nothing where all is final, or where the two were read at different times', () => {
    const { answer, verdict } = answers([bin(0), { ...bin(1), final: false }]);
    expect(provisionalPart(answer, { verdict })).toMatchObject({
      ...{ fromMs: START_MS + BIN_MS, toMs: START_MS + 2 * BIN_MS },
      canary: { requests: 10, failures: 1 },
      baseline: { requests: 90, failures: 9 },
    });
    const of = (canary: CountsView, baseline: CountsView): unknown =>
      provisionalPart(answer, { verdict: verdictOf(verdict.at, canary, baseline) });
    const counts = (requests: number, failures: number): CountsView => ({ requests, failures });
    expect(provisionalPart(answer, { verdict: null })).toBeUndefined();
    expect(of(counts(10, 1), counts(90, 9))).toBeUndefined();
    expect(of(counts(9, 1), counts(180, 18))).toBeUndefined();
    expect(of(counts(20, 2), counts(80, 9))).toBeUndefined();
    expect(of(counts(20, 0), counts(180, 18))).toBeUndefined();
    expect(of(counts(12, 4), counts(180, 18))).toBeUndefined();
  });
});

function bin(index: number): Bin {
  return {
    ...{ startMs: START_MS + index * BIN_MS, final: true, judged: true, watch: false },
    canary: { requests: 10, failures: 1, items: 10 },
    baseline: { requests: 90, failures: 9, items: 90 },
  };
}

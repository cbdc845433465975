import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.ts';
import { judgeConfig } from '../../src/release/judge-config.ts';
import type { Plan } from '../../src/release/plan.ts';
import { replayed } from '../../src/release/replay.ts';
import { CHECKOUT, EXCEPTIONS, LATENCY, PROBES, planWith } from '../support/metric-plans.ts';
import { NOW, STAGES, bin, counts, samplePlan, sampleRelease } from '../support/release-samples.ts';

const tally = (n: number, ...x: readonly number[]) => ({ canary: { n, x }, baseline: { n, x } });
const stored = {
  plan: planWith([EXCEPTIONS, LATENCY, CHECKOUT]),
  release: sampleRelease(STAGES.ramping, {
    dispersion: { failures: 2, more: [3, 4, 5], bins: 300 },
    ceilings: [[0.1], [0.2, 0.3], [0.4]],
  }),
  bins: [
    bin(NOW, {
      canary: counts(9),
      baseline: counts(90),
      more: [tally(9, 1), tally(9, 2, 3), tally(9, 4)],
    }),
    bin(NOW + 60_000, { more: [null, tally(9, 5, 6), null] }),
  ],
};

const others: readonly (readonly [string, Plan])[] = [
  ['the same', stored.plan],
  ['none', samplePlan()],
  ['another order', planWith([CHECKOUT, EXCEPTIONS])],
  [
    'other edges, and probes',
    planWith([{ ...LATENCY, edgesMs: [50] }], { plan: { probes: PROBES } }),
  ],
  ['another query', planWith([{ ...CHECKOUT, query: 'AppRequests' }])],
];

describe('a stored release under another plan', () => {
  it.each(others)('with %s of its metrics is judged', (_name, plan) => {
    const { release, bins } = replayed(stored, plan);
    const config = judgeConfig(plan, release);
    const versions = { canary: '2.0.0', baseline: '1.0.0' };
    const verdict = judge({ config, bins, step: 0, data: { kind: 'ok' }, versions });
    expect(verdict.outcome).toBe('undecided');
    expect(verdict.evidence.canary.requests).toBe(9);
  });

  it('keeps what was counted, and what was found out about it', () => {
    const { release, bins } = replayed(stored, planWith([CHECKOUT, EXCEPTIONS]));
    expect(bins.map(({ more }) => more)).toEqual([
      [tally(9, 4), tally(9, 1)],
      [null, null],
    ]);
    expect(release.dispersion?.more).toEqual([5, 3]);
    expect(release.ceilings).toEqual([[0.4], [0.1]]);
  });

  it('takes for not measured what the first plan did not count', () => {
    const plan = planWith([{ ...LATENCY, edgesMs: [50] }, EXCEPTIONS]);
    const { release, bins } = replayed(stored, plan);
    expect(bins.map(({ more }) => more)).toEqual([
      [null, tally(9, 1)],
      [null, null],
    ]);
    expect(release.dispersion?.more).toEqual([1, 3]);
    expect(release.ceilings).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { fixCeilings, judgeConfig } from '../../src/release/judge-config.ts';
import { judgedMetrics } from '../../src/release/judged-metrics.ts';
import type { Release } from '../../src/release/release.ts';
import {
  CHECKOUT,
  DEPENDENCIES,
  EXCEPTIONS,
  LATENCY,
  PROBES,
  planWith,
} from '../support/metric-plans.ts';
import { STAGES, samplePlan, sampleRelease } from '../support/release-samples.ts';

const ramping = sampleRelease(STAGES.ramping);
const all = planWith([EXCEPTIONS, LATENCY, CHECKOUT], { plan: { probes: PROBES } });

describe('what is judged', () => {
  it('stands in one order: as the plan has it, then answers of probes, then their times', () => {
    expect(judgedMetrics(all).map(({ name, kind, measures }) => [name, kind, measures])).toEqual([
      ['exceptions', 'exceptions', 1],
      ['latency', 'latency', 2],
      ['checkout', 'kql', 1],
      ['probes', 'probes', 1],
      ['probes latency', 'latency', 3],
    ]);
  });

  it('of probes without edges is their answers alone, by their whole importance', () => {
    const probes = { ...PROBES, edgesMs: [], importance: 3 };
    const [only, ...others] = judgedMetrics(planWith([], { plan: { probes } }));
    expect(only).toMatchObject({ name: 'probes', role: { importance: 3 } });
    expect(others).toEqual([]);
  });

  it('of a plan that names nothing is nothing', () => {
    expect(judgedMetrics(samplePlan())).toEqual([]);
  });
});

describe('the configuration of the judge', () => {
  it('of a plan that names nothing says nothing of metrics, shares or roles', () => {
    const config = judgeConfig(samplePlan(), ramping);
    for (const key of ['more', 'share', 'on', 'ceilingFrom'])
      expect(config).not.toHaveProperty(key);
    expect(config).toMatchObject({ rho: 1, delta: 0, phi: 1 });
  });

  it('shares by importance; answers and times of probes share theirs; what is only told has none', () => {
    const plan = planWith(
      [
        { ...EXCEPTIONS, importance: 2 },
        { ...DEPENDENCIES, on: 'notify' },
      ],
      {
        failures: { importance: 4 },
        plan: { probes: { ...PROBES, importance: 2 } },
      },
    );
    const { share = 0, more = [] } = judgeConfig(plan, ramping);
    expect(share).toBe(0.5);
    expect(more.map((metric) => metric.share)).toEqual([0.25, 0, 0.125, 0.125]);
    expect(share + more.reduce((sum, metric) => sum + metric.share, 0)).toBeCloseTo(1, 12);
  });

  it.each(['notify', 'off'] as const)(
    'leaves the verdict to the others when failures are %s',
    (on) => {
      const {
        share,
        more = [],
        ...config
      } = judgeConfig(planWith([EXCEPTIONS, LATENCY], { failures: { on } }), ramping);
      expect(config.on).toBe(on);
      expect(share).toBe(0);
      expect(more.map((metric) => metric.share)).toEqual([0.5, 0.5]);
    },
  );

  it('takes rho, delta and the measured dispersion of each metric', () => {
    const plan = planWith([{ ...EXCEPTIONS, rho: 1.2, delta: 0.01 }, LATENCY], {
      failures: { rho: 1.1, delta: 0.001 },
    });
    const dispersion = { failures: 3, more: [1, 4.5], bins: 300 };
    const config = judgeConfig(plan, { ...ramping, dispersion });
    expect(config).toMatchObject({ rho: 1.1, delta: 0.001, phi: 3 });
    expect(config.more?.map(({ rho, delta, phi }) => [rho, delta, phi])).toEqual([
      [1.2, 0.01, 1],
      [1, 0, 4.5],
    ]);
  });

  it('gives latency its edges and its own budget, others the budget of the plan', () => {
    const [exceptions, latency] = judgeConfig(planWith([EXCEPTIONS, LATENCY]), ramping).more ?? [];
    // The next weights of `standard` are 25, 50 and 100 %.
    const deltas = (budget: number): number[] => [budget / 0.25, budget / 0.5, budget];
    expect(exceptions?.margins.map(({ delta }) => delta)).toEqual(deltas(0.001));
    expect(latency?.margins.map(({ delta }) => delta)).toEqual(deltas(0.01));
    expect(latency?.edges).toEqual([100, 1_000]);
    expect(exceptions).not.toHaveProperty('edges');
  });

  it('holds a ceiling of the plan against it from the first bin on, for failures too', () => {
    const plan = planWith([{ ...EXCEPTIONS, ceiling: 0.05 }, DEPENDENCIES], {
      failures: { ceiling: 0.03 },
    });
    const config = judgeConfig(plan, { ...ramping, ceiling: 0.2 });
    expect(config).toMatchObject({ ceiling: 0.03, ceilingFrom: 'start' });
    expect(config.more?.map(({ ceilings, ceilingFrom }) => [ceilings, ceilingFrom])).toEqual([
      [[0.05], 'start'],
      // Not fixed yet: nothing can exceed it, and the shares are already those of the watch.
      [[1], 'watch'],
    ]);
  });

  it('lets probes compare in the watch, where nothing else can', () => {
    const { more = [] } = judgeConfig(all, ramping);
    expect(more.map((metric) => metric.comparesInWatch)).toEqual([false, false, false, true, true]);
    expect(more.map(({ ceilings }) => ceilings.length)).toEqual([1, 2, 1, 0, 0]);
  });

  it.each([
    [
      'blue-green',
      planWith([EXCEPTIONS], { preset: 'blue-green', plan: { probes: PROBES } }),
      ramping,
    ],
    [
      'a first release',
      planWith([EXCEPTIONS], { plan: { probes: PROBES } }),
      { ...ramping, baseline: null },
    ],
  ] as const)('of %s compares probes alone', (_name, plan, release) => {
    const { mode, more = [] } = judgeConfig(plan, release);
    const steps = plan.steps.length;
    expect(mode).toBe('ceiling');
    expect(more.map(({ margins }) => margins.length)).toEqual([0, steps, steps]);
  });
});

describe('ceilings of the watch', () => {
  const seen = (baseline: { n: number; x: readonly number[] }): Partial<Release> => ({
    verdict: {
      at: 0,
      outcome: 'undecided',
      sentence: '',
      harm: 0,
      harmThreshold: 5,
      certify: undefined,
      certifyThreshold: 3,
      canary: { requests: 0, failures: 0 },
      baseline: { requests: 0, failures: 0 },
      more: [
        {
          name: 'latency',
          kind: 'latency',
          on: 'rollback',
          harm: 0,
          canary: baseline,
          baseline,
          phi: 1,
        },
      ],
    },
  });
  const plan = planWith([LATENCY]);

  it('are three times the baseline of the ramp, with one bad more, plus the budget, for each measure', () => {
    const release = { ...ramping, ...seen({ n: 1_000, x: [99, 9] }) };
    expect(fixCeilings(plan, release)[0]).toEqual([3 * 0.1 + 0.01, 3 * 0.01 + 0.01]);
    const config = judgeConfig(plan, { ...release, ceilings: fixCeilings(plan, release) });
    expect(config.more?.[0]).toMatchObject({
      ceilings: [3 * 0.1 + 0.01, 0.04],
      ceilingFrom: 'watch',
    });
  });

  it('come from the last hours where the ramp showed nothing: blue-green has none', () => {
    const history = { bins: 360, requests: 1_000, failures: 0, more: [{ n: 1_000, x: [49, 0] }] };
    const release = { ...ramping, ...seen({ n: 0, x: [0, 0] }), history };
    expect(fixCeilings(plan, release)).toEqual([[3 * 0.05 + 0.01, 3 * 0.001 + 0.01]]);
  });

  it('are of the last hours where these show more: there, as in the watch, whole operations count', () => {
    const more = [{ n: 9_999, x: [5_999, 0] }];
    const history = { bins: 360, requests: 9_999, failures: 0, more };
    const release = { ...ramping, ...seen({ n: 999, x: [49, 9] }), history };
    const [ceilings] = fixCeilings(plan, release);
    expect(ceilings?.[0]).toBeCloseTo((3 * 6_000) / 9_999 + 0.01, 12);
    expect(ceilings?.[1]).toBeCloseTo((3 * 10) / 999 + 0.01, 12);
    const few = { ...history, more: [{ n: 5, x: [5, 0] }] };
    expect(fixCeilings(plan, { ...release, history: few })[0]?.[0]).toBeCloseTo(
      150 / 999 + 0.01,
      12,
    );
  });

  it('let a version live that is as good as the old one, of whose few chances none was bad', () => {
    const dependencies = planWith([DEPENDENCIES]);
    const release = { ...ramping, ...seen({ n: 45, x: [0] }) };
    const [[ceiling = 0] = []] = fixCeilings(dependencies, release);
    // At a true 1 % two of three such ramps show none; a ceiling of the budget alone is a tenth of that.
    expect(ceiling).toBeGreaterThan(0.01);
  });

  it('are none, and no harm, for a metric of which nobody knows what is normal', () => {
    expect(fixCeilings(plan, ramping)).toEqual([[1, 1]]);
  });
});

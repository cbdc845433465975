import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeConfig, fixCeiling } from '../../src/release/judge-config.ts';
import { duration } from '../../src/release/written-plan.ts';
import { STAGES, samplePlan, sampleRelease } from '../support/release-samples.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** design section 3, the table of presets, column by column. */
const TABLE = [
  ['careful', [1, 5, 10, 25, 50], 15, 120, 0.0002, 0.5, 0.01, 'pause'],
  ['standard', [5, 25, 50], 10, 30, 0.001, 0.5, 0.02, 'advance'],
  ['fast', [10, 50], 3, 10, 0.005, 0.5, 0.05, 'advance'],
  ['blue-green', [], undefined, 30, undefined, undefined, 0.02, 'advance'],
] as const;

describe('presets', () => {
  it.each(TABLE)(
    '%s is as the table says',
    (name, weights, bake, watch, absolute, relative, ceiling, onUndecided) => {
      const plan = samplePlan(name);
      expect(plan.name).toBe(name);
      expect(plan.strategy).toBe(name === 'blue-green' ? 'blue-green' : 'canary');
      expect(plan.steps.map((step) => step.weight)).toEqual(weights);
      for (const step of plan.steps) {
        expect(step.bakeMs).toBe((bake ?? 0) * MINUTE);
        expect(step.maxBakeMs).toBe(3 * step.bakeMs);
      }
      expect(plan.watchMs).toBe(watch * MINUTE);
      if (absolute !== undefined) expect(plan.analysis.budget).toEqual({ absolute, relative });
      expect(plan.analysis.ceiling).toBe(ceiling);
      expect(plan.onUndecided).toBe(onUndecided);
    },
  );

  it('and an empty plan write out every default of design section 3', () => {
    const plan = samplePlan({});
    expect(plan).toEqual({
      ...samplePlan('standard'),
      name: 'custom',
      maxBlindMs: 10 * MINUTE,
      maxPauseMs: 24 * HOUR,
      deadlineMs: 8 * HOUR,
      onBlind: 'pause',
      onDeadline: 'roll-back',
      validate: [],
      label: { path: '/', require: true },
      pinned: 'wait',
    });
    expect(plan.analysis).toMatchObject({
      intervalMs: MINUTE,
      settleMs: 5 * MINUTE,
      alpha: 0.01,
      beta: 0.05,
      failures: [{ from: 500, to: 599 }],
    });
    expect(JSON.stringify(plan)).not.toContain('null');
  });

  it('write out the defaults of a request', () => {
    expect(samplePlan({ validate: [{ http: { path: '/health' } }] }).validate).toEqual([
      {
        path: '/health',
        method: 'GET',
        headers: {},
        status: [{ from: 200, to: 200 }],
        bodyContains: undefined,
        passes: 3,
        everyMs: 10 * SECOND,
        timeoutMs: expect.any(Number) as number,
      },
    ]);
  });
});

describe('a written plan', () => {
  it('takes from a preset what it does not say', () => {
    const plan = samplePlan({
      preset: 'careful',
      watch: '1h',
      analysis: { budget: { absolute: 0.01 } },
    });
    expect(plan.steps).toEqual(samplePlan('careful').steps);
    expect(plan.watchMs).toBe(HOUR);
    expect(plan.analysis.budget).toEqual({ absolute: 0.01, relative: 0.5 });
    expect(plan.onUndecided).toBe('pause');
  });

  it.each([
    ['3x', 5, 15],
    ['1.5x', 10, 15],
    ['30m', 10, 30],
  ])('maxBake %s of a bake of %d min is %d min', (maxBake, bake, wanted) => {
    const [step] = samplePlan({ steps: [{ weight: 5, bake: `${bake}m` }], maxBake }).steps;
    expect(step?.maxBakeMs).toBe(wanted * MINUTE);
  });

  it.each([
    [200, [{ from: 200, to: 200 }]],
    ['5xx', [{ from: 500, to: 599 }]],
    ['500-504', [{ from: 500, to: 504 }]],
    [
      [429, '5xx'],
      [
        { from: 429, to: 429 },
        { from: 500, to: 599 },
      ],
    ],
  ])('failures %j are the ranges %j', (failures, wanted) => {
    expect(samplePlan({ analysis: { failures } }).analysis.failures).toEqual(wanted);
  });

  it('of durations holds whole milliseconds over 0 and at most 7 days, or none', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.constantFrom('ms', 's', 'm', 'h', 'd'),
        (n, unit) => {
          const parsed = duration.safeParse(`${n.toFixed(4)}${unit}`);
          if (!parsed.success) return;
          expect(Number.isInteger(parsed.data)).toBe(true);
          expect(parsed.data).toBeGreaterThan(0);
          expect(parsed.data).toBeLessThanOrEqual(7 * 24 * HOUR);
        },
      ),
    );
    expect(duration.parse('7d')).toBe(7 * 24 * HOUR);
    expect(duration.parse('1.5h')).toBe(90 * MINUTE);
    expect(duration.safeParse('7.0001d').success).toBe(false);
  });
});

describe('percents become fractions in one place', () => {
  it('weights of the plan are percents, those of the judge fractions', () => {
    const plan = samplePlan('standard');
    const config = judgeConfig(plan, sampleRelease(STAGES.ramping));
    // delta = B / next weight; the swap's weight is 1 (statistics.md 3).
    expect(config.margins.map(({ delta }) => delta)).toEqual([0.001 / 0.25, 0.001 / 0.5, 0.001]);
    expect(config.horizonBins).toBe((8 * HOUR + 30 * MINUTE) / MINUTE);
    expect(config.mode).toBe('concurrent');
  });

  it('a first release and blue-green are judged against the ceiling throughout', () => {
    const first = sampleRelease(STAGES.ramping, { baseline: null });
    expect(judgeConfig(samplePlan('standard'), first).mode).toBe('ceiling');
    expect(judgeConfig(samplePlan('blue-green'), sampleRelease(STAGES.watching)).mode).toBe(
      'ceiling',
    );
  });

  it('a fixed ceiling wins over the plan, and without one it is 3x the baseline with one failure more, plus the budget', () => {
    const plan = samplePlan('standard');
    expect(judgeConfig(plan, sampleRelease(STAGES.watching, { ceiling: 0.2 })).ceiling).toBe(0.2);
    expect(fixCeiling(plan, { requests: 100, failures: 50 })).toBe(0.02);
    const open = { ...plan, analysis: { ...plan.analysis, ceiling: undefined } };
    expect(fixCeiling(open, { requests: 1_000, failures: 9 })).toBeCloseTo(0.031, 10);
    expect(fixCeiling(open, { requests: 0, failures: 0 })).toBeCloseTo(0.001, 10);
  });
});

describe('going back', () => {
  it('may be spelled either way wherever a plan says it', () => {
    const kql = (on: string) => [{ name: 'checkout', query: 'AppRequests', on }];
    const spelled = (word: string) => ({
      onUndecided: word,
      onBlind: word,
      onNoData: word,
      onDeadline: word,
      analysis: {
        metrics: { failures: word, exceptions: { on: word, ceiling: 0.1 }, kql: kql(word) },
      },
      probes: { on: word },
    });
    const plan = samplePlan(spelled('rollback'));
    expect(plan).toEqual(samplePlan(spelled('roll-back')));
    expect(plan).toMatchObject({
      onUndecided: 'roll-back',
      onBlind: 'roll-back',
      onNoData: 'roll-back',
      onDeadline: 'roll-back',
      probes: { on: 'rollback' },
    });
    const { metrics } = plan.analysis;
    expect(metrics?.failures.on).toBe('rollback');
    expect(metrics?.more.map(({ on }) => on)).toEqual(['rollback', 'rollback']);
  });
});

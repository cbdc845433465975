import { describe, expect, it } from 'vitest';

import type { HttpValidation, Plan } from '../../src/release/plan.ts';
import { weakerThan } from '../../src/release/plan-floor.ts';
import { presetNames } from '../../src/release/written-plan.ts';
import { samplePlan } from '../support/release-samples.ts';

const pathsOf = (plan: Plan, floor: Plan): readonly string[] =>
  weakerThan(plan, floor).map(({ path }) => path);

const HEALTH: HttpValidation = {
  path: '/health',
  method: 'GET',
  headers: { 'x-shop': '1' },
  status: [{ from: 200, to: 204 }],
  bodyContains: 'all well',
  passes: 3,
  everyMs: 10_000,
  timeoutMs: 5_000,
};

/** Every field that counts, with room on both sides. */
const FLOOR: Plan = {
  ...samplePlan('standard'),
  onUndecided: 'advance',
  onBlind: 'roll-back',
  validate: [HEALTH],
};

const analysis = (change: Partial<Plan['analysis']>): Plan => ({
  ...FLOOR,
  analysis: { ...FLOOR.analysis, ...change },
});
const step = (index: number, change: Partial<Plan['steps'][number]>): Plan => ({
  ...FLOOR,
  steps: FLOOR.steps.map((one, at) => (at === index ? { ...one, ...change } : one)),
});
const health = (change: Partial<HttpValidation>): Plan => ({
  ...FLOOR,
  validate: [{ ...HEALTH, ...change }],
});

describe('a plan that protects less than the floor is told where', () => {
  const cases: readonly (readonly [what: string, plan: Plan, path: string])[] = [
    ['blue-green', { ...FLOOR, strategy: 'blue-green', steps: [] }, 'strategy'],
    ['more visitors at once', step(0, { weight: 6 }), 'steps[0].weight'],
    ['a step that comes too early', step(1, { weight: 26 }), 'steps[1].weight'],
    [
      'a last step that is too small',
      step(2, { weight: 40, bakeMs: 750_000, maxBakeMs: 2_250_000 }),
      'steps[2].weight',
    ],
    [
      'hours at a small weight for a leap to a large one',
      {
        ...FLOOR,
        steps: [
          { weight: 5, bakeMs: 36_000_000, maxBakeMs: 36_000_000 },
          { weight: 56, bakeMs: 1, maxBakeMs: 1 },
        ],
      },
      'steps[1].weight',
    ],
    ['a short first bake', step(0, { bakeMs: 599_999 }), 'steps[0].bake'],
    ['a short last bake', step(2, { bakeMs: 1 }), 'steps[2].bake'],
    [
      'going on undecided sooner',
      { ...FLOOR, steps: FLOOR.steps.map((one) => ({ ...one, maxBakeMs: one.bakeMs })) },
      'maxBake',
    ],
    ['blind for longer', { ...FLOOR, maxBlindMs: FLOOR.maxBlindMs + 1 }, 'maxBlind'],
    ['pausing when blind', { ...FLOOR, onBlind: 'pause' }, 'onBlind'],
    ['pausing at the deadline', { ...FLOOR, onDeadline: 'pause' }, 'onDeadline'],
    ['bins that are longer', analysis({ intervalMs: 60_001 }), 'analysis.interval'],
    ['bins final too early', analysis({ settleMs: 1_000 }), 'analysis.settle'],
    ['more proof of harm wanted', analysis({ alpha: 0.001 }), 'analysis.alpha'],
    ['certified more lightly', analysis({ beta: 0.1 }), 'analysis.beta'],
    [
      'a larger absolute budget',
      analysis({ budget: { absolute: 0.01, relative: 0.5 } }),
      'analysis.budget.absolute',
    ],
    [
      'a larger relative budget',
      analysis({ budget: { absolute: 0.001, relative: 1 } }),
      'analysis.budget.relative',
    ],
    ['a higher ceiling', analysis({ ceiling: 0.03 }), 'analysis.ceiling'],
    ['no ceiling', analysis({ ceiling: undefined }), 'analysis.ceiling'],
    ['fewer failures', analysis({ failures: [{ from: 500, to: 598 }] }), 'analysis.failures'],
    ['noise as failures', analysis({ failures: [{ from: 400, to: 599 }] }), 'analysis.failures'],
    ['a deadline of more bins', { ...FLOOR, deadlineMs: FLOOR.deadlineMs + 1 }, 'deadline'],
    ['more bins to the deadline', analysis({ intervalMs: 30_000 }), 'deadline'],
    ['a shorter watch', { ...FLOOR, watchMs: FLOOR.watchMs - 1 }, 'watch'],
    ['no request', { ...FLOOR, validate: [] }, 'validate'],
    ['a request elsewhere', health({ path: '/' }), 'validate'],
    ['a request without the body', health({ method: 'HEAD' }), 'validate'],
    ['a request with other headers', health({ headers: {} }), 'validate[0].http.headers'],
    ['more statuses', health({ status: [{ from: 200, to: 299 }] }), 'validate[0].http.status'],
    ['any body', health({ bodyContains: undefined }), 'validate[0].http.bodyContains'],
    ['another text', health({ bodyContains: 'well' }), 'validate[0].http.bodyContains'],
    ['fewer passes', health({ passes: 2 }), 'validate[0].http.passes'],
    ['passes in quick succession', health({ everyMs: 9_999 }), 'validate[0].http.every'],
    ['more time to answer', health({ timeoutMs: 5_001 }), 'validate[0].http.timeout'],
    ['no label', { ...FLOOR, label: { path: '/', require: false } }, 'label.require'],
    ['pinned visitors', { ...FLOOR, pinned: 'accept' }, 'pinned'],
  ];

  it.each(cases)('%s', (_what, plan, path) => {
    expect(pathsOf(plan, FLOOR)).toEqual([`plan.${path}`]);
    for (const { message } of weakerThan(plan, FLOOR)) expect(message).toContain('asks for');
  });

  it.each(['onUndecided'] as const)('%s, from the most careful to the least', (key) => {
    const order = ['roll-back', 'pause', 'advance'] as const;
    for (const [said, plan] of order.entries()) {
      for (const [asked, floor] of order.entries()) {
        const paths = pathsOf({ ...FLOOR, [key]: plan }, { ...FLOOR, [key]: floor });
        expect(paths).toEqual(said > asked ? [`plan.${key}`] : []);
      }
    }
  });

  it('all at once, each with its path', () => {
    const plan = {
      ...analysis({ alpha: 0.001, beta: 0.2 }),
      watchMs: 1,
      pinned: 'accept',
    } as const;
    expect(pathsOf(plan, FLOOR)).toEqual([
      'plan.analysis.alpha',
      'plan.analysis.beta',
      'plan.watch',
      'plan.pinned',
    ]);
  });

  it('but never the value of a header', () => {
    const plan = health({ headers: { authorization: 'Bearer s3cret' } });
    const floor = health({ headers: { authorization: 'Bearer an0ther' } });
    expect(JSON.stringify(weakerThan(plan, floor))).not.toMatch(/s3cret|an0ther/);
  });
});

describe('time at a small weight pays for a large one only by the visitors who were judged', () => {
  const written = (...steps: readonly (readonly [weight: number, bake: string])[]): Plan =>
    samplePlan({ steps: steps.map(([weight, bake]) => ({ weight, bake })) });

  it.each([
    ['nearly everybody after 1 %', written([1, '30m'], [99, '1s']), 'steps[1].weight'],
    ['half of them after 1 %', written([1, '20m'], [50, '10m']), 'steps[1].weight'],
    ['everything at 5 %, and a second at 50 %', written([5, '30m'], [50, '1s']), 'steps[1].weight'],
    ['a second at 50 %', written([5, '10m'], [25, '10m'], [50, '1s']), 'steps[2].bake'],
    ['hours at 2 %, and a second at 99 %', written([2, '7h'], [99, '1s']), 'steps[1].weight'],
  ])('%s is too early', (_what, plan, path) => {
    expect(pathsOf(plan, samplePlan('standard'))).toContain(`plan.${path}`);
  });

  it('in numbers that can be told apart', () => {
    const plan = written([1, '20m'], [25, '10m'], [50, '10m']);
    const [{ path, message } = { path: '', message: '' }] = weakerThan(
      plan,
      samplePlan('standard'),
    );
    expect(path).toBe('plan.steps[1].weight');
    expect(message).toBe(
      'the weakest plan allowed asks for 50 percent-minutes (weight x bake, summed) at 5 % or less; this plan says 20',
    );
  });

  it('so more and smaller steps are as good', () => {
    const plan = written([1, '15m'], [5, '15m'], [10, '15m'], [25, '15m'], [50, '15m']);
    expect(weakerThan(plan, samplePlan('standard'))).toEqual([]);
  });
});

describe('a plan that protects in another way is as good', () => {
  const cases: readonly (readonly [what: string, plan: Plan])[] = [
    ['longer bakes', step(0, { bakeMs: 900_000 })],
    [
      'a larger weight after the last',
      { ...FLOOR, steps: [...FLOOR.steps, { weight: 90, bakeMs: 1, maxBakeMs: 1 }] },
    ],
    [
      'as many visitors at fewer weights',
      {
        ...FLOOR,
        steps: [
          { weight: 5, bakeMs: 3_600_000, maxBakeMs: 10_800_000 },
          { weight: 50, bakeMs: 600_000, maxBakeMs: 1_800_000 },
        ],
      },
    ],
    [
      'as many visitors at other weights',
      {
        ...FLOOR,
        steps: [
          { weight: 4, bakeMs: 750_000, maxBakeMs: 2_250_000 },
          { weight: 20, bakeMs: 750_000, maxBakeMs: 2_250_000 },
          { weight: 40, bakeMs: 750_000, maxBakeMs: 2_250_000 },
          { weight: 60, bakeMs: 1, maxBakeMs: 1 },
        ],
      },
    ],
    ['a shorter deadline', { ...FLOOR, deadlineMs: FLOOR.deadlineMs / 2 }],
    ['a longer watch: only late bins are added', { ...FLOOR, watchMs: FLOOR.watchMs * 9 }],
    [
      'shorter bins, no more of them',
      { ...analysis({ intervalMs: 30_000 }), deadlineMs: FLOOR.deadlineMs / 2 },
    ],
    ['a longer pause: the judge looks on', { ...FLOOR, maxPauseMs: FLOOR.maxPauseMs * 7 }],
    [
      'impatience that ends in a pause',
      {
        ...FLOOR,
        onUndecided: 'pause',
        steps: FLOOR.steps.map((one) => ({ ...one, maxBakeMs: one.bakeMs })),
      },
    ],
    [
      'failures said in two ranges',
      analysis({
        failures: [
          { from: 500, to: 549 },
          { from: 550, to: 599 },
        ],
      }),
    ],
    ['one request more', { ...FLOOR, validate: [{ ...HEALTH, path: '/' }, HEALTH] }],
    ['a stricter request', health({ status: [{ from: 200, to: 200 }], passes: 5 })],
    ['a header name in another case', health({ headers: { 'X-Shop': '1' } })],
  ];
  it.each(cases)('%s', (_what, plan) => {
    expect(weakerThan(plan, FLOOR)).toEqual([]);
  });

  it('a canary, where the floor asks for blue-green', () => {
    const floor = samplePlan({ strategy: 'blue-green', analysis: { ceiling: 0.05 }, watch: '10m' });
    expect(weakerThan(samplePlan('fast'), floor)).toEqual([]);
  });

  it.each([
    ['careful', ['careful']],
    ['standard', ['careful', 'standard']],
    ['fast', ['careful', 'standard', 'fast']],
  ])('for a floor of %s: %j', (floor, enough) => {
    const canaries = presetNames.filter((name) => name !== 'blue-green');
    const good = canaries.filter(
      (name) => weakerThan(samplePlan(name), samplePlan(floor)).length === 0,
    );
    expect(good.toSorted()).toEqual(enough.toSorted());
  });
});

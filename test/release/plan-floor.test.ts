import fc from 'fast-check';
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

const MINUTES = fc.integer({ min: 1, max: 4 }).map((count) => `${count * 5}m`);
const few = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const KEYS: (keyof Choice)[] = [
  ...(['weights', 'bakes', 'maxBake', 'onUndecided', 'onBlind', 'maxBlind', 'watch'] as const),
  ...(['alpha', 'absolute', 'ceiling', 'failures', 'validate', 'require', 'pinned'] as const),
  ...(['deadline', 'interval'] as const),
];

/** Small ranges, so that plans often are comparable. */
const choices = fc.record({
  strategy: few('canary' as const, 'canary' as const, 'blue-green' as const),
  weights: fc.uniqueArray(few(2.2, 5, 10, 25, 50), { minLength: 1, maxLength: 4 }),
  bakes: fc.tuple(MINUTES, MINUTES, MINUTES, MINUTES),
  maxBake: few('1x', '2x', '3x'),
  onUndecided: few('roll-back' as const, 'pause' as const, 'advance' as const),
  onBlind: few('roll-back' as const, 'pause' as const),
  onDeadline: few('roll-back' as const, 'pause' as const),
  maxBlind: few('5m', '10m'),
  watch: few('10m', '30m'),
  deadline: few('4h', '8h'),
  interval: few('30s', '1m'),
  alpha: few(0.01, 0.02),
  beta: few(0.05, 0.1),
  absolute: few(0.001, 0.002),
  ceiling: few(0.01, 0.02),
  failures: few('5xx', '500-503', '400-599'),
  validate: fc.array(
    fc.record({
      http: fc.record({
        path: few('/health', '/'),
        passes: few(2, 3),
        status: few('2xx', '200'),
        timeout: few('5s', '6s'),
      }),
    }),
    { maxLength: 2 },
  ),
  require: fc.boolean(),
  pinned: few('wait' as const, 'accept' as const),
});

type Choice = typeof choices extends fc.Arbitrary<infer One> ? One : never;

function planOf(one: Choice): Plan {
  const steps = one.weights
    .toSorted((a, b) => a - b)
    .map((weight, index) => ({ weight, bake: one.bakes[index] ?? '5m' }));
  return samplePlan({
    strategy: one.strategy,
    ...(one.strategy === 'canary' ? { steps } : {}),
    ...{ maxBake: one.maxBake, onUndecided: one.onUndecided, onBlind: one.onBlind },
    ...{ onDeadline: one.onDeadline, maxBlind: one.maxBlind, watch: one.watch },
    deadline: one.deadline,
    analysis: {
      interval: one.interval,
      alpha: one.alpha,
      beta: one.beta,
      budget: { absolute: one.absolute },
      ceiling: one.ceiling,
      failures: one.failures,
    },
    ...{ validate: one.validate, label: { require: one.require }, pinned: one.pinned },
  });
}

const plans = choices.map(planOf);

/** Three that differ in a few choices, each from the one before. */
const chains = fc
  .tuple(choices, choices, choices, fc.subarray(KEYS), fc.subarray(KEYS))
  .map(([three, forTwo, forOne, inTwo, inOne]) => {
    const two = { ...three, ...picked(forTwo, inTwo.slice(0, 3)) };
    const one = { ...two, ...picked(forOne, inOne.slice(0, 3)) };
    return [planOf(one), planOf(two), planOf(three)] as const;
  });

function picked(from: Choice, keys: readonly (keyof Choice)[]): Partial<Choice> {
  return Object.fromEntries(keys.map((key) => [key, from[key]]));
}

const isEnough = (plan: Plan, floor: Plan): boolean => weakerThan(plan, floor).length === 0;

/** Changes of one field of the floor that make it weaker, with the path that must be told. */
function loosened(floor: Plan): (readonly [path: string, plan: Plan])[] {
  const { analysis: judged, steps } = floor;
  const within = (change: Partial<Plan['analysis']>): Plan => ({
    ...floor,
    analysis: { ...judged, ...change },
  });
  const at = (index: number, change: Partial<Plan['steps'][number]>): Plan => ({
    ...floor,
    steps: steps.map((one, place) => (place === index ? { ...one, ...change } : one)),
  });
  const canary = floor.strategy === 'canary';
  const budget = { ...judged.budget, absolute: judged.budget.absolute + 0.001 };
  return [
    ['maxBlind', { ...floor, maxBlindMs: floor.maxBlindMs + 1 }],
    ['watch', { ...floor, watchMs: floor.watchMs - 1 }],
    ['analysis.interval', within({ intervalMs: judged.intervalMs + 1 })],
    ['analysis.settle', within({ settleMs: judged.settleMs - 1 })],
    ['analysis.alpha', within({ alpha: judged.alpha / 2 })],
    ['analysis.beta', within({ beta: judged.beta * 2 })],
    ['analysis.ceiling', within({ ceiling: undefined })],
    ['analysis.ceiling', within({ ceiling: 0.5 })],
    ['analysis.failures', within({ failures: [{ from: 501, to: 501 }] })],
    ['analysis.failures', within({ failures: [...judged.failures, { from: 404, to: 600 }] })],
    ['deadline', { ...floor, deadlineMs: floor.deadlineMs + 1 }],
    ['deadline', within({ intervalMs: judged.intervalMs / 2 })],
    ...(canary ? [['analysis.budget.absolute', within({ budget })] as const] : []),
    ...(canary ? [['strategy', { ...floor, strategy: 'blue-green', steps: [] }] as const] : []),
    ...steps.map(
      ({ bakeMs }, index) => [`steps[${index}].bake`, at(index, { bakeMs: bakeMs - 1 })] as const,
    ),
    ...steps
      .map(
        ({ weight }, index) =>
          [`steps[${index}].weight`, at(index, { weight: weight + 0.5 })] as const,
      )
      .slice(0, -1),
    ...(floor.onUndecided === 'advance'
      ? []
      : [['onUndecided', { ...floor, onUndecided: 'advance' }] as const]),
    ...(floor.onBlind === 'pause' ? [] : [['onBlind', { ...floor, onBlind: 'pause' }] as const]),
    ...(floor.onDeadline === 'pause'
      ? []
      : [['onDeadline', { ...floor, onDeadline: 'pause' }] as const]),
    ...(floor.label.require
      ? [['label.require', { ...floor, label: { path: '/', require: false } }] as const]
      : []),
    ...(floor.pinned === 'wait' ? [['pinned', { ...floor, pinned: 'accept' }] as const] : []),
    ...(floor.validate.length === 1 ? [['validate', { ...floor, validate: [] }] as const] : []),
  ];
}

describe('for all plans', () => {
  it('none is weaker than itself', () => {
    fc.assert(fc.property(plans, (plan) => isEnough(plan, plan)));
  });

  it('what is enough for a plan that is enough is enough', () => {
    let met = 0;
    fc.assert(
      fc.property(chains, ([one, two, three]) => {
        if (!isEnough(one, two) || !isEnough(two, three)) return;
        met += 1;
        expect(weakerThan(one, three)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
    expect(met).toBeGreaterThan(50);
  });

  it('each field that is loosened is told at its path', () => {
    fc.assert(
      fc.property(plans, (floor) => {
        for (const [path, plan] of loosened(floor)) {
          expect([path, pathsOf(plan, floor)]).toEqual([
            path,
            expect.arrayContaining([`plan.${path}`]),
          ]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

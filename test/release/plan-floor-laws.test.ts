import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Plan } from '../../src/release/plan.ts';
import { weakerThan } from '../../src/release/plan-floor.ts';
import { samplePlan } from '../support/release-samples.ts';

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
          const told = weakerThan(plan, floor).map((weaker) => weaker.path);
          expect([path, told]).toEqual([path, expect.arrayContaining([`plan.${path}`])]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

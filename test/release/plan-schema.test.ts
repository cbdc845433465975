import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { planSchema } from '../../src/release/plan-schema.ts';
import { presetNames } from '../../src/release/written-plan.ts';
import { EVERY_KEY } from './written-plans.ts';

const schema = z.fromJSONSchema(planSchema());
const takes = (plan: unknown): boolean => schema.safeParse(plan).success;

describe('the schema of a plan', () => {
  it.each(presetNames)('takes the preset %s', (name) => {
    expect(takes(name)).toBe(true);
    expect(takes({ preset: name })).toBe(true);
  });

  it('takes a plan with every key, as it is written and as it is read from text', () => {
    expect(takes(EVERY_KEY)).toBe(true);
    expect(takes(JSON.parse(JSON.stringify(EVERY_KEY)))).toBe(true);
  });

  it.each([
    ['an unknown preset', 'quick'],
    ['an unknown key', { wach: '5m' }],
    ['an unknown key inside', { analysis: { metrics: { latncy: 'rollback' } } }],
    ['a weight that is none', { steps: [{ weight: 100 }] }],
    ['a word that is none', { analysis: { metrics: { latency: 'warn' } } }],
    ['a number as a duration', { watch: 5 }],
    [
      'too many queries',
      { analysis: { metrics: { kql: Array(4).fill({ name: 'a', query: 'b' }) } } },
    ],
    ['a method that is none', { probes: { requests: [{ path: '/', method: 'TRACE' }] } }],
  ])('refuses %s', (_what, plan) => {
    expect(takes(plan)).toBe(false);
  });
});

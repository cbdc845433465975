import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

import { planSchema } from '../../src/release/plan-schema.ts';
import { DESCRIBED_PATHS, planWords } from '../../src/release/plan-words.ts';
import { planPaths, publishedPlanSchema } from '../../src/release/published-plan-schema.ts';
import { presetNames } from '../../src/release/written-plan.ts';
import { EVERY_KEY } from './written-plans.ts';

describe('the published schema of a plan', () => {
  it('says of every key what it means', () => {
    const paths = planPaths();
    expect(paths.length).toBeGreaterThan(60);
    expect(paths.filter((path) => planWords(path) === undefined)).toEqual([]);
  });

  it('describes no key that a plan does not have', () => {
    const paths = planPaths();
    expect(DESCRIBED_PATHS.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('is the schema that is checked with, and words', () => {
    const bare: unknown = JSON.parse(
      JSON.stringify(publishedPlanSchema(), (key, value: unknown) =>
        key === 'description' || key === 'title' ? undefined : value,
      ),
    );
    expect(bare).toEqual(planSchema());
  });

  it('is taken by a validator that editors use, and takes what it shall', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
      publishedPlanSchema(),
    );
    for (const plan of [...presetNames, EVERY_KEY, { steps: [{ weight: 5 }] }]) {
      expect(validate(JSON.parse(JSON.stringify(plan)))).toBe(true);
    }
    for (const plan of ['quick', { wach: '5m' }, { steps: [{ weight: 100 }] }]) {
      expect(validate(plan)).toBe(false);
    }
  });
});

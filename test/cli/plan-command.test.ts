// `slipway plan`: every problem with its path, and what to think twice about.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkedPlan, planProblemsIn, planWarnings } from '../../src/cli/plan-check.ts';
import { presetNames } from '../../src/release/written-plan.ts';
import { buildSlipway, type Slipway } from './api-server.ts';

const paths = (plan: unknown): readonly string[] => planProblemsIn(plan).map((one) => one.path);
const warnings = (plan: unknown): string => planWarnings(checkedPlan('it', plan)).join('\n');

describe('problems of a plan', () => {
  it.each([
    ['standard', []],
    [{ preset: 'fast' }, []],
    [{ steps: [{ weight: 5 }, { weight: 5 }] }, ['steps[1].weight']],
    [{ steps: [{ weight: 0 }], wach: '1h' }, ['steps[0].weight', 'wach']],
    [{ watch: 'long', analysis: { alpha: 2 } }, ['watch', 'analysis.alpha']],
    ['cautious', ['']],
    [7, ['']],
  ])('of %j are at %j', (plan, at) => {
    expect([...paths(plan)].sort()).toEqual([...at].sort());
  });
});

describe('warnings', () => {
  it('are few for the presets', () => {
    for (const name of presetNames) {
      expect(planWarnings(checkedPlan(name, name)).length, name).toBeLessThanOrEqual(2);
    }
  });

  it.each([
    [{ strategy: 'blue-green', analysis: { ceiling: 0.02 } }, /validate: nothing is asked/],
    [{ steps: [{ weight: 50, bake: '10m' }] }, /steps\[0\]\.weight: 50 % of all visitors/],
    [
      {
        steps: [
          { weight: 1, bake: '10m' },
          { weight: 25, bake: '10m' },
        ],
      },
      /steps\[1\]\.weight: from 1 % to 25 %/,
    ],
    [{ steps: [{ weight: 5, bake: '2m' }] }, /steps\[0\]\.bake: 5 % is judged by fewer than 3/],
    [{ watch: '6m' }, /watch: telemetry that settles later/],
  ])('of %j', (plan, says) => {
    expect(warnings(plan)).toMatch(says);
  });
});

describe('slipway plan', () => {
  let slipway: Slipway;

  beforeAll(async () => {
    slipway = await buildSlipway();
  });

  afterAll(() => {
    slipway.remove();
  });

  const written = (name: string, body: string): string => {
    writeFileSync(path.join(slipway.folder, name), body);
    return name;
  };

  it('check shows the plan with every default, offline', async () => {
    const file = written('plan.yaml', 'preset: fast\nsteps: [{weight: 20, bake: 5m}]\n');
    const { code, stdout } = await slipway.run(['plan', 'check', file]);
    expect(code).toBe(0);
    expect(stdout).toContain('plan.yaml is a good plan\ncanary     20 % for 5m → production');
    expect(stdout).toContain('failures:\n    - 500-599');
    const json = await slipway.run(['plan', 'check', file, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      plan: { steps: [{ weight: 20, bakeMs: 300_000 }] },
    });
  });

  it('check exits 2 with every problem and its path', async () => {
    const file = written('bad.json', '{"steps": [{"weight": 0}], "wach": "1h"}');
    const { code, stdout, stderr } = await slipway.run(['plan', 'check', file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^slipway: bad\.json is not valid:\n  steps\[0\]\.weight: .*\n  wach: /);
    const json = await slipway.run(['plan', 'check', file, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'invalid-input', details: [{ path: 'steps[0].weight' }, { path: 'wach' }] },
    });
  });

  it('schema is a JSON Schema that takes what a start takes', async () => {
    const { code, stdout } = await slipway.run(['plan', 'schema']);
    expect(code).toBe(0);
    const isPlan = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
    expect(isPlan('careful')).toBe(true);
    expect(isPlan({ steps: [{ weight: 5, bake: '10m' }], watch: '1h' })).toBe(true);
    expect(isPlan({ wach: '1h' })).toBe(false);
  });
});

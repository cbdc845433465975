import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PLAN_DEFAULTS } from '../../src/release/normalise-plan.ts';
import { COMMANDS } from '../../src/release/event.ts';
import { REASONS } from '../../src/release/reason.ts';
import { planObject, presetNames } from '../../src/release/written-plan.ts';
import { STAGES, samplePlan } from '../support/release-samples.ts';

const read = (name: string): Promise<string> =>
  readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** Names in backticks anywhere in the first column of the tables. */
function firstCells(markdown: string): Set<string> {
  const cells = markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|')[1] ?? '');
  return new Set(
    cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')),
  );
}

describe('docs/operations.md', () => {
  it('explains every reason, every phase and every command', async () => {
    const told = firstCells(await read('operations.md'));
    const wanted = [...REASONS, ...Object.keys(STAGES), ...COMMANDS];
    expect(wanted.filter((name) => !told.has(name))).toEqual([]);
  });
});

describe('the table of reasons', () => {
  it('says of each what to do, and be it nothing', async () => {
    const [, table = ''] = (await read('operations.md')).split('\n## Reasons\n');
    const rows = (table.split('\n## ')[0] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter(([, , meaning, todo]) => meaning === '' || todo === '')).toEqual([]);
  });
});

describe('docs/plans.md', () => {
  it('explains every key of a plan and every preset', async () => {
    const text = await read('plans.md');
    const told = firstCells(text);
    const keys = Object.keys(planObject.shape).filter(
      (key) => key !== 'preset' && key !== 'analysis',
    );
    expect([...keys, ...presetNames].filter((name) => !told.has(name))).toEqual([]);
  });

  it.each(['careful', 'standard', 'fast'])('says the weights of %s as they are', async (name) => {
    const row = (await read('plans.md'))
      .split('\n')
      .find((line) => line.startsWith(`| \`${name}\``));
    const weights = samplePlan(name)
      .steps.map((step) => step.weight)
      .join(', ');
    expect(row).toContain(`| ${weights} % `);
  });

  it('says the defaults as they are', async () => {
    const text = await read('plans.md');
    expect(text).toContain(`\`${PLAN_DEFAULTS.alpha}\``);
    expect(text).toContain(`\`${PLAN_DEFAULTS.beta}\``);
  });
});

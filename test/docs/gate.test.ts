// The gate in docs/ci.md: its settings are those of the check, and its words are those of the API.
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { gateAnswer } from '../../src/api/gate-answer.ts';
import { Links } from '../../src/api/links.ts';
import { parseFindGateQuery } from '../../src/api/parse-request.ts';
import { gateOf, GATES } from '../../src/release/gate.ts';
import { sampleRelease, STAGES } from '../support/release-samples.ts';

const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');
const [, section = ''] = page.split(/^## A gate$/m);
const links = new Links('https://slipway.example.net/api/gates');

/** What the check's field says, of the table. */
function setting(field: string): string {
  const row = section.split('\n').find((line) => line.startsWith(`| ${field}`));
  const [, , value = ''] = (row ?? '').split('|');
  return value.trim();
}

/** `eq(root['a'], 'b')` of Azure Pipelines' expressions, and no more of them. */
function holds(criteria: string, root: unknown): boolean {
  const [, name = '', wanted] = /^`eq\(root\['(\w+)'\], '(\w+)'\)`$/.exec(criteria) ?? [];
  return (
    typeof root === 'object' &&
    root !== null &&
    Object.entries(root).some(([key, value]) => key === name && value === wanted)
  );
}

describe('the gate in docs/ci.md', () => {
  it('has every word of ?for=', () => {
    for (const kind of GATES) expect(section).toMatch(new RegExp(`^\\| \`${kind}\``, 'm'));
  });

  it.each([
    ['ramping', false],
    ['watching', true],
    ['succeeded', true],
    ['rolled-back', false],
  ] as const)('passes by its criteria a release that is %s: %s', (phase, passes) => {
    const release = sampleRelease(STAGES[phase]);
    const gate = gateOf(release, 'promoted', undefined);
    const criteria = setting('Advanced, success criteria');
    expect(holds(criteria, gateAnswer({ release, gate }, 'promoted', links))).toBe(passes);
  });

  it('waits by its criteria while nothing is started', () => {
    const answer = gateAnswer({ release: undefined, gate: undefined }, 'promoted', links);
    expect(holds(setting('Advanced, success criteria'), answer)).toBe(false);
  });

  it('has an address that the gate takes, and headers that are JSON', () => {
    const [, address = ''] = /`([^`]+)`/.exec(setting('URL suffix and parameters')) ?? [];
    const url = new URL(address.replace('$(Build.BuildId)', '4711'), 'https://slipway.example.net');
    expect(url.pathname).toBe('/api/gates');
    expect(parseFindGateQuery(url.searchParams)).toEqual({
      ...{ kind: 'promoted', key: 'azure-pipelines-4711', appKey: undefined },
    });
    const [, headers = ''] = /`([^`]+)`/.exec(setting('Headers')) ?? [];
    expect(JSON.parse(headers)).toEqual({ 'x-functions-key': '$(slipwayKey)' });
  });

  it('asks at most ten times, as Azure Pipelines wants it', () => {
    const minutes = (field: string): number =>
      Number(/`(\d+)`/.exec(setting(`Control options, ${field}`))?.[1]);
    const asked = minutes('timeout') / minutes('time between evaluations');
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThanOrEqual(10);
  });
});

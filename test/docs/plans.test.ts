// What docs/plans.md shows of metrics and probes is what the code does.
import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { METRIC_DEFAULTS } from '../../src/release/normalise-metrics.ts';
import { planSchema } from '../../src/release/plan-schema.ts';
import { PROBE_TRACE_PREFIX } from '../../src/release/probe-mark.ts';
import { samplePlan } from '../support/release-samples.ts';

const text = await readFile(new URL('../../docs/plans.md', import.meta.url), 'utf8');

const examples = [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, block = '']): unknown =>
  JSON.parse(block),
);

/** Names in backticks in the first cells of a section's tables. */
function toldUnder(heading: string): ReadonlySet<string> {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((row) => row.startsWith('|'));
  const cells = rows.map((row) => row.split('|')[1] ?? '');
  return new Set(
    cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)),
  );
}

const node = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});

/** Names of all keys in a part of the schema, at any depth. */
function keysOf(schema: unknown): readonly string[] {
  const { properties = {}, items, anyOf = [] } = node.catch({}).parse(schema);
  const inside = [...Object.values(properties), ...anyOf, items].filter(
    (part) => part !== undefined,
  );
  return [...Object.keys(properties), ...inside.flatMap(keysOf)];
}

/** The part of the schema under the named keys. */
function partOf(schema: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => {
    const { properties, anyOf = [] } = node.parse(part);
    const objects = [properties, ...anyOf.map((one) => node.parse(one).properties)];
    return objects.find((found) => found?.[key] !== undefined)?.[key];
  }, schema);
}

/** Said in the text or in another table of the page, or the name of nothing but a part. */
const KNOWN = new Set([
  'absolute',
  'relative',
  'name',
  'query',
  'path',
  'method',
  'headers',
  'status',
]);

describe('docs/plans.md', () => {
  it('shows plans that are taken, and that the schema takes', () => {
    const schema = z.fromJSONSchema(planSchema());
    expect(examples).toHaveLength(3);
    for (const example of examples) {
      expect(schema.safeParse(example).error).toBeUndefined();
      expect(samplePlan(example).name).toBe('custom');
    }
  });

  it.each([
    ['Metrics', ['analysis', 'metrics']],
    ['Paired probes', ['probes']],
  ])('explains under %s every key of %j', (heading, path) => {
    const told = toldUnder(heading);
    const keys = keysOf(partOf(planSchema(), ...path));
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((key) => !told.has(key) && !KNOWN.has(key))).toEqual([]);
  });

  it('says the defaults as they are', () => {
    const { latency, probes } = METRIC_DEFAULTS;
    const listed = (edgesMs: readonly number[]): string =>
      edgesMs
        .map((edgeMs) => (edgeMs < 1_000 ? `\`${edgeMs}ms\`` : `\`${edgeMs / 1_000}s\``))
        .join(', ');
    for (const said of [
      listed(latency.edgesMs),
      listed(probes.edgesMs),
      `latency \`${latency.rho}\``,
      `\`${latency.budget.absolute}\`, \`${latency.budget.relative}\``,
      `\`${probes.perSecond}/s\``,
      `\`${probes.timeoutMs / 1_000}s\``,
      `\`${PROBE_TRACE_PREFIX}\``,
    ])
      expect(text).toContain(said);
  });
});

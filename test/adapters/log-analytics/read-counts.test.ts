import { describe, expect, it } from 'vitest';
import type { Table } from '../../../src/adapters/log-analytics/answers.ts';
import { countColumns } from '../../../src/adapters/log-analytics/count-query.ts';
import { readCounts, readProblems } from '../../../src/adapters/log-analytics/read-counts.ts';
import type { Ask } from '../../../src/adapters/log-analytics/read-counts.ts';
import { TelemetryError } from '../../../src/controller/ports/telemetry.ts';
import { START_MS, asked } from './asked.ts';
import { EXCEPTIONS, kqlMetric, metrics } from './metric-samples.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const query = asked({
  metrics: metrics([EXCEPTIONS, ...NAMES.map((name) => kqlMetric(`T${name}`, { name }))]),
});
const OWN: Table = {
  columns: countColumns(query).map(([name, type]) => ({ name, type })),
  rows: [[START_MS, '2.4.0', 10, 1, 10, null, null, 3]],
};
const METRIC: Table = {
  columns: ['Bin: datetime', 'Version: string', 'Requests: long', 'Failures: long'].map((spec) => {
    const [name = '', type = ''] = spec.split(': ');
    return { name, type };
  }),
  rows: [[new Date(START_MS), '2.4.0', 8, 2]],
};

/** Answers each query with its table, and counts how many are under way. */
function asking(of: (kql: string) => Table | undefined): {
  readonly ask: Ask;
  readonly most: () => number;
} {
  let underWay = 0;
  let most = 0;
  return {
    most: () => most,
    ask: async (kql) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return of(kql);
    },
  };
}

const isOwn = (kql: string): boolean => kql.includes('percentiles(');

describe("a count beside the plan's own queries", () => {
  it('asks each once, two at a time', async () => {
    const sent: string[] = [];
    const { ask, most } = asking((kql) => {
      sent.push(kql);
      return isOwn(kql) ? OWN : METRIC;
    });
    const { rows, query: kql, answer } = await readCounts(query, ask);
    expect(sent).toHaveLength(6);
    expect(most()).toBe(2);
    expect(rows).toEqual([
      {
        ...{ startMs: START_MS, version: '2.4.0', requests: 10, failures: 1, items: 10 },
        more: [{ n: 10, x: [3] }, ...NAMES.map(() => ({ n: 8, x: [2] }))],
      },
    ]);
    for (const text of sent) expect(kql).toContain(text);
    expect(JSON.parse(answer)).toEqual([
      OWN.rows[0],
      ...NAMES.map((metric) => ({
        metric,
        rows: [[new Date(START_MS).toISOString(), '2.4.0', 8, 2]],
      })),
    ]);
  });

  it('is nothing at all in an empty workspace', async () => {
    const { rows, answer } = await readCounts(query, async () => undefined);
    expect(rows).toEqual([]);
    expect(JSON.parse(answer)).toEqual(NAMES.map((metric) => ({ metric, rows: [] })));
  });

  it.each(['error', 'partial', 'throttled'] as const)(
    'says what was not measured when a metric fails as %s, and counts the others',
    async (kind) => {
      const ask: Ask = async (kql) => {
        if (kql.includes('Tc')) throw new TelemetryError(kind, 'no answer');
        return isOwn(kql) ? OWN : METRIC;
      };
      const able = await readCounts(query, ask);
      expect(able.unmeasured).toBe(
        'the metric "c", which can roll back, could not be read: no answer',
      );
      // Who was turned away comes first at the next turn.
      expect(able.throttled).toBe(kind === 'throttled');
      expect(able.rows[0]?.more).toContain(null);
      expect(able.rows[0]?.requests).toBeGreaterThan(0);
      const telling = asked({
        metrics: metrics([EXCEPTIONS, kqlMetric('Tc', { name: 'c', on: 'notify' })]),
      });
      const { rows, answer, unmeasured } = await readCounts(telling, ask);
      expect(unmeasured).toBeUndefined();
      expect(rows[0]?.more).toEqual([{ n: 10, x: [3] }, null]);
      expect(answer).toContain('{"metric":"c","error":"no answer"}');
    },
  );

  it('fails when its own query does, whatever the others say', async () => {
    const ask: Ask = async (kql) => {
      if (isOwn(kql)) throw new TelemetryError('throttled', 'too many');
      return METRIC;
    };
    await expect(readCounts(query, ask)).rejects.toMatchObject({ message: 'too many' });
  });
});

it('names every metric whose query is wrong, by its place among them', async () => {
  const ask: Ask = async (kql) => {
    if (kql.includes('Td')) return undefined;
    return kql.includes('Tb') || kql.includes('Te') ? OWN : METRIC;
  };
  const problems = await readProblems(query, ask);
  expect(problems.map(({ path }) => path)).toEqual([
    'analysis.metrics.kql[1].query',
    'analysis.metrics.kql[4].query',
  ]);
});

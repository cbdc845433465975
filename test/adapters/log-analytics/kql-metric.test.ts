import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  kqlMetricQuery,
  kqlMetrics,
  kqlTalliesOf,
} from '../../../src/adapters/log-analytics/kql-metric.ts';
import type { KqlTallies } from '../../../src/adapters/log-analytics/kql-metric.ts';
import { TelemetryError } from '../../../src/controller/ports/telemetry.ts';
import { START_MS, asked } from './asked.ts';
import { hostileText } from './hostile-text.ts';
import { analyse } from './kusto.ts';
import { CHECKOUT_QUERY, EXCEPTIONS, kqlMetric, metrics } from './metric-samples.ts';

beforeAll(() => void analyse('print 1'));

describe('what is sent for a metric of the plan', () => {
  it('is the names, the query as it was written, and a limit of rows', () => {
    expect(kqlMetricQuery(kqlMetric('T;\n'), asked())).toBe(
      [
        'let canary = "2.4.0"; let baseline = "2.3.9"; let windowStart = datetime(2026-01-01T00:00:00.000Z); let windowEnd = datetime(2026-01-01T00:10:00.000Z); let interval = 60000ms;',
        'T',
        // 20 versions in 11 bins, and one row more, so that a cut answer is seen.
        '| take 221',
      ].join('\n'),
    );
    expect(kqlMetricQuery(kqlMetric(), asked({ baseline: null }))).toContain('let baseline = "";');
  });

  it("binds to the real tables, says Microsoft's own binder", () => {
    const analysis = analyse(kqlMetricQuery(kqlMetric(), asked()));
    expect(analysis.errors).toEqual([]);
    const columns = analysis.statements.at(-1)?.child('Expression').columns;
    expect(columns?.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'Bin: datetime',
      'Version: string',
      'Requests: long',
      'Failures: long',
    ]);
  });

  it.each([
    { what: 'lets of its own', query: `let least = 300;\n${CHECKOUT_QUERY}` },
    { what: 'a comment at its end', query: `${CHECKOUT_QUERY} // of the shop` },
    { what: 'a semicolon at its end', query: `${CHECKOUT_QUERY};\n` },
  ])('may have $what', ({ query }) => {
    expect(analyse(kqlMetricQuery(kqlMetric(query), asked())).errors).toEqual([]);
  });

  it.each(['canary', 'baseline', 'windowStart', 'windowEnd', 'interval'])(
    'is refused by the binder when it gives %s another meaning',
    (name) => {
      const query = `let ${name} = 1;\n${CHECKOUT_QUERY}`;
      expect(analyse(kqlMetricQuery(kqlMetric(query), asked())).errors).not.toEqual([]);
    },
  );

  it.each(['.drop table AppRequests', '.show tables', '', '```', '"'])(
    'is refused by the parser when it is %j',
    (query) => {
      expect(analyse(kqlMetricQuery(kqlMetric(query), asked())).errors).not.toEqual([]);
    },
  );

  it('has its names intact whatever the versions are', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (canary, baseline) => {
        const analysis = analyse(kqlMetricQuery(kqlMetric(), asked({ canary, baseline })));
        expect(analysis.errors).toEqual([]);
        expect(analysis.statements).toHaveLength(6);
      }),
      { numRuns: 40 },
    );
  });
});

const COLUMNS = [
  { name: 'Bin', type: 'datetime' },
  { name: 'Version', type: 'string' },
  { name: 'Requests', type: 'long' },
  { name: 'Failures', type: 'long' },
];
const BIN = new Date(START_MS);

function tallies(rows: readonly (readonly unknown[])[], columns = COLUMNS): KqlTallies {
  return kqlTalliesOf({ columns, rows }, kqlMetric(), asked());
}

describe('what a metric of the plan answers', () => {
  it('is read by name, whatever the order is', () => {
    const columns = COLUMNS.toReversed();
    const rows = [
      [1, 9, '2.4.0', BIN],
      [0, 5, '2.3.9', BIN],
      [7, 7, '2.3.8', BIN],
      [0, 0, '2.4.0', new Date(START_MS + 540_000)],
    ];
    expect([...tallies(rows, columns).values()]).toEqual([
      { startMs: START_MS, version: '2.4.0', tally: { n: 9, x: [1] } },
      { startMs: START_MS, version: '2.3.9', tally: { n: 5, x: [0] } },
      { startMs: START_MS + 540_000, version: '2.4.0', tally: { n: 0, x: [0] } },
    ]);
  });

  it.each([
    { what: 'more failures than requests', row: [BIN, '2.4.0', 1, 2], says: /2 Failures of 1/ },
    { what: 'fewer than none', row: [BIN, '2.4.0', -1, 0], says: /Requests of -1; .*whole/ },
    { what: 'half a failure', row: [BIN, '2.4.0', 1, 0.5], says: /Failures of 0.5/ },
    { what: 'no number', row: [BIN, '2.4.0', null, 0], says: /Requests of null/ },
    { what: 'NaN, which comes as text', row: [BIN, '2.4.0', 1, 'NaN'], says: /Failures of "NaN"/ },
    { what: 'no version', row: [BIN, null, 1, 0], says: /Version null, no text/ },
    {
      what: 'a time between bins',
      row: [new Date(START_MS + 1_000), '2.4.0', 1, 0],
      says: /Bin 2026-01-01T00:00:01.000Z, which is not one of 60 s.*bin\(TimeGenerated, interval\)/,
    },
    // A null datetime comes as 1970 (azure.md 2).
    { what: 'no time', row: [new Date(0), '2.4.0', 1, 0], says: /Bin 1970-01-01/ },
    { what: 'a time that is none', row: [new Date(NaN), '2.4.0', 1, 0], says: /Bin no time/ },
    {
      what: 'a time after the window',
      row: [new Date(START_MS + 600_000), '2.4.0', 1, 0],
      says: /between windowStart and windowEnd/,
    },
    { what: 'too few values', row: [BIN, '2.4.0', 1], says: /3 values for 4 columns/ },
  ])('is refused with $what', ({ row, says }) => {
    expect(() => tallies([row])).toThrow(TelemetryError);
    expect(() => tallies([row])).toThrow(says);
  });

  it('is refused with a bin twice, or with more rows than bins and versions', () => {
    const row = [BIN, '2.4.0', 1, 0];
    expect(() => tallies([row, row])).toThrow(/2026-01-01T00:00:00.000Z of version 2.4.0 twice/);
    expect(() => tallies(Array.from({ length: 221 }, () => row))).toThrow(/more than the 220 rows/);
  });

  it.each([
    { what: 'one column more', columns: [...COLUMNS, { name: 'Items', type: 'long' }] },
    { what: 'one column fewer', columns: COLUMNS.slice(1) },
    { what: 'another name', columns: COLUMNS.with(2, { name: 'requests', type: 'long' }) },
    { what: 'another type', columns: COLUMNS.with(3, { name: 'Failures', type: 'real' }) },
  ])('is refused with $what', ({ columns }) => {
    expect(() => tallies([], columns)).toThrow(
      /"checkout" answered the columns \(.*exactly \(Bin: datetime, Version: string, Requests: long, Failures: long\)/,
    );
  });
});

it('finds the metrics of the plan that have a query', () => {
  const all = metrics([EXCEPTIONS, kqlMetric('a', { name: 'a' }), kqlMetric('b', { name: 'b' })]);
  expect(kqlMetrics(asked({ metrics: all })).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(kqlMetrics(asked())).toEqual([]);
});

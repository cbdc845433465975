import { describe, expect, it } from 'vitest';
import { countAnswerOf, versionsOf } from '../../../src/adapters/log-analytics/mapping.ts';
import type { Table } from '../../../src/adapters/log-analytics/mapping.ts';
import { COUNT_COLUMNS, countColumns } from '../../../src/adapters/log-analytics/count-query.ts';
import { VERSION_COLUMNS } from '../../../src/adapters/log-analytics/queries.ts';
import type { ColumnSpec } from '../../../src/adapters/log-analytics/query-parts.ts';
import type { CountAnswer } from '../../../src/controller/ports/telemetry.ts';
import { START_MS, asked } from './asked.ts';
import { DEPENDENCIES, EXCEPTIONS, LATENCY, kqlMetric, metrics } from './metric-samples.ts';

function table(specs: readonly ColumnSpec[], rows: Table['rows']): Table {
  return { columns: specs.map(([name, type]) => ({ name, type })), rows };
}

const MINUTE = 60_000;
const BIN = [START_MS, '2.4.0', 10, 2, 40, null, null];
const LAG = [null, '2.4.0', null, null, null, 4_000.5, 9_000];

function counted(...rows: Table['rows']): CountAnswer {
  return countAnswerOf(table(COUNT_COLUMNS, rows), { query: asked(), kql: 'AppRequests' });
}

describe('the answer to a count', () => {
  it('is bins, the lags of the slower version, and both texts for the audit', () => {
    const slower = [null, '2.3.9', null, null, null, 3_000, 12_000];
    expect(counted(LAG, slower, BIN)).toEqual({
      rows: [{ startMs: START_MS, version: '2.4.0', requests: 10, failures: 2, items: 40 }],
      lag: { p95Ms: 4_000.5, p999Ms: 12_000 },
      query: 'AppRequests',
      answer: JSON.stringify([LAG, slower, BIN]),
    });
  });

  it('has no lag when there are no rows', () => {
    expect(counted()).toMatchObject({ rows: [], lag: undefined, answer: '[]' });
  });

  it('takes the lag of a clock that is ahead for none', () => {
    expect(counted([null, '2.4.0', null, null, null, -250, -10]).lag).toEqual({
      p95Ms: 0,
      p999Ms: 0,
    });
  });

  it('may have a bin that began before the window', () => {
    const query = asked({ fromMs: START_MS + 30_000 });
    const answer = countAnswerOf(table(COUNT_COLUMNS, [BIN]), { query, kql: '' });
    expect(answer.rows).toHaveLength(1);
  });

  it.each([
    { what: 'a start between bins', row: [START_MS + 1, '2.4.0', 1, 0, 1, null, null] },
    { what: 'a start before the window', row: [START_MS - MINUTE, '2.4.0', 1, 0, 1, null, null] },
    { what: 'a start after it', row: [START_MS + 10 * MINUTE, '2.4.0', 1, 0, 1, null, null] },
    { what: 'a start at no time', row: [undefined, '2.4.0', 1, 0, 1, null, null] },
    // A null datetime comes as 1970 (azure.md 2), so no column here is one.
    { what: 'a start as a date', row: [new Date(0), '2.4.0', 1, 0, 1, null, null] },
    { what: 'no version', row: [START_MS, null, 1, 0, 1, null, null] },
    { what: 'half a request', row: [START_MS, '2.4.0', 1.5, 0, 1, null, null] },
    { what: 'fewer than no failures', row: [START_MS, '2.4.0', 1, -1, 1, null, null] },
    { what: 'items as text', row: [START_MS, '2.4.0', 1, 0, '1', null, null] },
    { what: 'a null lag', row: [null, '2.4.0', null, null, null, null, 1] },
    {
      what: 'a lag that is NaN, which comes as text',
      row: [null, '2.4.0', null, null, null, 1, 'NaN'],
    },
    { what: 'a value too few', row: [START_MS, '2.4.0', 1, 0, 1, null] },
  ])('is refused with $what', ({ row }) => {
    expect(() => counted(LAG, row)).toThrow(
      expect.objectContaining({ name: 'TelemetryError', kind: 'error' }),
    );
  });

  it('is refused with more rows than bins and versions allow', () => {
    const rows = Array.from({ length: 25 }, () => BIN);
    expect(() => counted(...rows)).toThrow(/more than the 24 rows/);
  });

  it.each([
    { what: 'another name', at: 2, column: { name: 'Total', type: 'long' } },
    { what: 'another type', at: 0, column: { name: 'StartMs', type: 'datetime' } },
    { what: 'one more', at: 7, column: { name: 'More', type: 'long' } },
  ])('is refused with columns of $what', ({ at, column }) => {
    const columns = table(COUNT_COLUMNS, []).columns.toSpliced(at, 1, column);
    expect(() => countAnswerOf({ columns, rows: [] }, { query: asked(), kql: '' })).toThrow(
      new RegExp(`its columns are \\(.*${column.name}: ${column.type}.*\\), asked were \\(StartMs`),
    );
  });
});

describe('the answer to a count of metrics', () => {
  const query = asked({ metrics: metrics([LATENCY, kqlMetric(), DEPENDENCIES, EXCEPTIONS]) });
  const answered = (...counts: readonly unknown[]): CountAnswer =>
    countAnswerOf(
      table(countColumns(query), [
        [...BIN, ...counts],
        [...LAG, ...counts.map(() => null)],
      ]),
      {
        query,
        kql: '',
      },
    );

  it('has a tally a metric, in the order of the plan, and null for those asked elsewhere', () => {
    expect(answered(5, 1, 7, 2, 3).rows[0]?.more).toEqual([
      { n: 10, x: [5, 1] },
      null,
      { n: 7, x: [2] },
      { n: 10, x: [3] },
    ]);
  });

  it.each([
    { what: 'more bad ones than there are', counts: [5, 1, 7, 8, 3] },
    { what: 'more exceptions than requests', counts: [5, 1, 7, 2, 11] },
    { what: 'a null where a count was asked for', counts: [5, null, 7, 2, 3] },
    { what: 'a value too few', counts: [5, 1, 7, 2] },
  ])('is refused with $what', ({ counts }) => {
    expect(() => answered(...counts)).toThrow(expect.objectContaining({ kind: 'error' }));
  });
});

describe('the answer to what versions there are', () => {
  it('is one entry a row, in its order', () => {
    const rows = [
      ['2.3.9', 20, 80],
      ['', 1, 1],
    ];
    expect(versionsOf(table(VERSION_COLUMNS, rows))).toEqual([
      { version: '2.3.9', requests: 20, items: 80 },
      { version: '', requests: 1, items: 1 },
    ]);
  });

  it.each([
    { what: 'values of another type', columns: VERSION_COLUMNS, row: ['2.3.9', '20', 80] },
    { what: 'no items', columns: VERSION_COLUMNS, row: ['2.3.9', 20, null] },
    { what: 'other columns', columns: COUNT_COLUMNS, row: BIN },
  ])('is refused with $what', ({ columns, row }) => {
    expect(() => versionsOf(table(columns, [row]))).toThrow(
      expect.objectContaining({ code: 'telemetry-error' }),
    );
  });
});

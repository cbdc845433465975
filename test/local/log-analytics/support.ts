import { QueryError } from '../../../src/local/log-analytics/kql/query-error.ts';
import type { InnerError } from '../../../src/local/log-analytics/kql/query-error.ts';
import { QueryEngine } from '../../../src/local/log-analytics/kql/run-query.ts';
import { renderValue } from '../../../src/local/log-analytics/kql/values.ts';
import type { Value } from '../../../src/local/log-analytics/kql/values.ts';
import { RowStore } from '../../../src/local/log-analytics/row-store.ts';
import { TABLES, isTableName } from '../../../src/local/log-analytics/schema.ts';
import type { StoredRow } from '../../../src/local/log-analytics/row-store.ts';
import { ALWAYS } from '../../../src/local/log-analytics/timespan.ts';

/** now() in the tests of this folder. */
export const NOW_MS = Date.UTC(2026, 10, 23, 1, 10);

const engine = new QueryEngine(Object.values(TABLES));

/** The answer of a query as Log Analytics would write it. */
export interface Answer {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

/** Loads the parser outside of any test's time limit: seconds on a busy machine. */
export function warmUp(): void {
  ask('print 1');
}

export function newStore(): RowStore {
  return new RowStore(
    { rowsPerTable: 250_000, retentionMs: 86_400_000 },
    new Map<string, Value>([['TenantId', 'tenant']]),
  );
}

/** A request that began `agoMs` before NOW_MS and became visible a second after it began. */
export function request(agoMs: number, columns: Readonly<Record<string, Value>> = {}): StoredRow {
  const timeMs = NOW_MS - agoMs;
  return {
    table: 'AppRequests',
    ingestedMs: timeMs + 1000,
    columns: { TimeGenerated: timeMs, ItemCount: 1, ResultCode: '200', Success: true, ...columns },
  };
}

/** Runs a query over stored rows. */
export function ask(query: string, rows: readonly StoredRow[] = []): Answer {
  const store = newStore();
  for (const row of rows) {
    store.add(row, NOW_MS);
  }
  const { columns, rows: found } = engine.run(query, {
    nowMs: NOW_MS,
    table: (name) => (isTableName(name) ? store.relation(name, ALWAYS, NOW_MS) : undefined),
  });
  return {
    names: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    rows: found.map((row) => columns.map(({ read, type }) => renderValue(read(row), type))),
  };
}

/** The value of one scalar expression. */
export function valueOf(expression: string): Value | undefined {
  return ask(`print x = ${expression}`).rows[0]?.[0];
}

/** The innermost reason of the 400 that a query gets. */
export function refusalOf(query: string): InnerError {
  try {
    ask(query);
  } catch (error) {
    if (error instanceof QueryError && error.status === 400 && error.inner !== undefined) {
      return error.inner.innererror ?? error.inner;
    }
    throw error;
  }
  throw new Error(`The query was not refused: ${query}`);
}

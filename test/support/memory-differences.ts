import { DIFFERENCE_COLUMNS, differencesOf } from '../../src/adapters/log-analytics/differences.ts';
import type { CountQuery, Difference } from '../../src/controller/ports/telemetry.ts';
import type { MemoryRequests } from './memory-telemetry.ts';

type Rows = readonly MemoryRequests[];

/** Counts by name as the adapter's query gives them; ranked by the adapter's own code. */
export function memoryDifferences(
  seen: Rows,
  judgedOf: (seen: Rows, query: CountQuery) => Rows,
  query: CountQuery,
): readonly Difference[] {
  const judged = judgedOf(seen, query);
  const failed = ({ status = 200 }: MemoryRequests): boolean =>
    query.failures.some(({ from, to }) => status >= from && status <= to);
  const versions = (rows: Rows): readonly [Rows, Rows] => [
    rows.filter(({ version }) => version === query.canary),
    rows.filter(({ version }) => version !== query.canary),
  ];
  const all = versions(judged).map(sum);
  const failing = (
    kind: string,
    name: string,
    rows: Rows,
    bad: (row: MemoryRequests) => boolean,
  ) => [kind, name, ...versions(rows).flatMap((of) => [sum(of), sum(of.filter(bad))])];
  const shares = (kind: string, name: string, rows: Rows) => [
    kind,
    name,
    ...versions(rows).flatMap((of, index) => [all[index] ?? 0, sum(of)]),
  ];
  // What a judged request's operation threw and called, whoever's request of it did.
  const operations = new Set(judged.flatMap(({ operation }) => operation ?? []));
  const caused = seen.filter(
    (row) =>
      (row.version === query.canary || row.version === query.baseline) &&
      (row.operation === undefined ? judged.includes(row) : operations.has(row.operation)),
  );
  const rows = [
    ...by(judged, ({ path = '/cart' }) => `GET ${path}`).map(([name, of]) =>
      failing('operation', name, of, failed),
    ),
    ...by(caused, ({ exception }) => exception).map(([name, of]) =>
      shares('exception', name, onceEach(of)),
    ),
    ...by(judged, ({ status = 200 }) => String(status)).map(([name, of]) =>
      shares('result-code', name, of),
    ),
    ...by(caused, ({ dependency }) => dependency?.target).map(([name, of]) =>
      failing('dependency', name, of, ({ dependency }) => dependency?.failed === true),
    ),
  ];
  const columns = DIFFERENCE_COLUMNS.map(([name, type]) => ({ name, type }));
  return differencesOf({ columns, rows });
}

/** One row an operation and version. */
function onceEach(rows: Rows): Rows {
  const named = new Map<string, MemoryRequests>();
  for (const row of rows) {
    if (row.operation !== undefined)
      named.set(`${row.version} ${row.operation}`, { ...row, count: 1 });
  }
  return [...rows.filter(({ operation }) => operation === undefined), ...named.values()];
}

function sum(rows: Rows): number {
  return rows.reduce((total, { count = 1 }) => total + count, 0);
}

function by(
  rows: Rows,
  name: (row: MemoryRequests) => string | undefined,
): readonly (readonly [string, Rows])[] {
  return [...Map.groupBy(rows, name)].flatMap(([key, of]) =>
    key === undefined ? [] : [[key, of] as const],
  );
}

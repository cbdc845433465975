import type {
  CountAnswer,
  CountQuery,
  CountRow,
  VersionSeen,
} from '../../controller/ports/telemetry.ts';
import type { Tally } from '../../judge/types.ts';
import { checkColumns, countIn, shown, textIn, unusable } from './answers.ts';
import type { Table } from './answers.ts';
import { countColumns, countRowsAtMost, metricColumns } from './count-query.ts';
import { VERSION_COLUMNS } from './queries.ts';

export type { Table };

/** The lags stand behind the counts of every query, whatever its metrics are. */
const LAG_P95_AT = 5;
const LAG_P999_AT = 6;

/**
 * The answer to `countQuery`. Metrics with a query of their own are null in `more`.
 * @param asked the query, and its KQL as it was sent
 * @throws TelemetryError `error` when columns, values or the number of rows are not what was asked for:
 *   what is not understood is no evidence.
 */
export function countAnswerOf(
  table: Table,
  asked: { readonly query: CountQuery; readonly kql: string },
): CountAnswer {
  checkColumns(table, countColumns(asked.query));
  const atMost = countRowsAtMost(asked.query);
  if (table.rows.length > atMost) {
    throw unusable(`it has more than the ${atMost} rows that the bins and versions allow`);
  }
  const bins = table.rows.filter(([startMs]) => startMs !== null);
  const lags = table.rows.filter(([startMs]) => startMs === null);
  return {
    rows: bins.map((row) => countRowOf(row, asked.query)),
    lag: slowest(lags),
    query: asked.kql,
    answer: JSON.stringify(table.rows),
  };
}

/** The answer to `versionsQuery` or `probesQuery`. Throws TelemetryError as above. */
export function versionsOf(table: Table): readonly VersionSeen[] {
  checkColumns(table, VERSION_COLUMNS);
  return table.rows.map(([version, requests, items]) => ({
    version: textIn('AppVersion', version),
    requests: countIn('Requests', requests),
    items: countIn('Items', items),
  }));
}

/** True for the start of a bin that the query's window touches. */
export function isBinOf(startMs: number, query: CountQuery): boolean {
  return (
    startMs % query.intervalMs === 0 &&
    startMs > query.fromMs - query.intervalMs &&
    startMs < query.toMs
  );
}

function countRowOf(row: readonly unknown[], query: CountQuery): CountRow {
  const [start, version, requests, failures, items] = row;
  const startMs = countIn('StartMs', start);
  if (!isBinOf(startMs, query)) {
    throw unusable(`StartMs ${startMs} is not a bin of ${query.intervalMs} ms asked for`);
  }
  const counted = {
    startMs,
    version: textIn('AppVersion', version),
    requests: countIn('Requests', requests),
    failures: countIn('Failures', failures),
    items: countIn('Items', items),
  };
  return query.metrics === undefined ? counted : { ...counted, more: talliesOf(row, query) };
}

function talliesOf(row: readonly unknown[], query: CountQuery): readonly (Tally | null)[] {
  const names = countColumns(query).map(([name]) => name);
  const count = (name: string): number => countIn(name, row[names.indexOf(name)]);
  return (query.metrics?.more ?? []).map((metric) => {
    const columns = metricColumns(metric);
    if (columns === undefined) return null;
    const tally = { n: count(columns.n), x: columns.x.map(count) };
    const over = tally.x.find((x) => x > tally.n);
    if (over !== undefined) throw unusable(`of ${metric.name} it counts ${over} in ${tally.n}`);
    return tally;
  });
}

/** The lags of the slower version; undefined when no version had rows. */
function slowest(rows: readonly (readonly unknown[])[]): CountAnswer['lag'] {
  if (rows.length === 0) return undefined;
  return {
    p95Ms: Math.max(...rows.map((row) => lagIn('LagP95Ms', row[LAG_P95_AT]))),
    p999Ms: Math.max(...rows.map((row) => lagIn('LagP999Ms', row[LAG_P999_AT]))),
  };
}

/** Bins become final by lag, so one that cannot be read (null, or NaN, which comes as text) may not pass as none. */
function lagIn(column: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw unusable(`${column} is ${shown(value)}, no milliseconds`);
  }
  // An app's clock may be ahead of Azure's.
  return Math.max(0, value);
}

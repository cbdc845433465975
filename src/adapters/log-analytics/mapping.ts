import { TelemetryError } from '../../controller/ports/telemetry.ts';
import type {
  CountAnswer,
  CountQuery,
  CountRow,
  VersionSeen,
} from '../../controller/ports/telemetry.ts';
import { COUNT_COLUMNS, VERSION_COLUMNS, countRowsAtMost } from './queries.ts';
import type { ColumnSpec } from './queries.ts';

/** A table as it was answered. Values are what the SDK makes of them (azure.md 2, value gotchas). */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * The answer to `countQuery`.
 * @param asked the query, and its KQL as it was sent
 * @throws TelemetryError `error` when columns, values or the number of rows are not what was asked for:
 *   what is not understood is no evidence.
 */
export function countAnswerOf(
  table: Table,
  asked: { readonly query: CountQuery; readonly kql: string },
): CountAnswer {
  checkColumns(table, COUNT_COLUMNS);
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

function countRowOf(row: readonly unknown[], query: CountQuery): CountRow {
  const [start, version, requests, failures, items] = row;
  const startMs = countIn('StartMs', start);
  const isBin =
    startMs % query.intervalMs === 0 &&
    startMs > query.fromMs - query.intervalMs &&
    startMs < query.toMs;
  if (!isBin) throw unusable(`StartMs ${startMs} is not a bin of ${query.intervalMs} ms asked for`);
  return {
    startMs,
    version: textIn('AppVersion', version),
    requests: countIn('Requests', requests),
    failures: countIn('Failures', failures),
    items: countIn('Items', items),
  };
}

/** The lags of the slower version; undefined when no version had rows. */
function slowest(rows: readonly (readonly unknown[])[]): CountAnswer['lag'] {
  if (rows.length === 0) return undefined;
  return {
    p95Ms: Math.max(...rows.map((row) => lagIn('LagP95Ms', row[5]))),
    p999Ms: Math.max(...rows.map((row) => lagIn('LagP999Ms', row[6]))),
  };
}

function checkColumns(table: Table, wanted: readonly ColumnSpec[]): void {
  const came = table.columns.map(({ name, type }) => `${name}: ${type}`).join(', ');
  const asked = wanted.map(([name, type]) => `${name}: ${type}`).join(', ');
  if (came !== asked) throw unusable(`its columns are (${came}), asked were (${asked})`);
  const odd = table.rows.find((row) => row.length !== wanted.length);
  if (odd !== undefined)
    throw unusable(`a row has ${odd.length} values for ${wanted.length} columns`);
}

function countIn(column: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw unusable(`${column} is ${shown(value)}, no count`);
}

function textIn(column: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw unusable(`${column} is ${shown(value)}, no text`);
}

/** Bins become final by lag, so one that cannot be read (null, or NaN, which comes as text) may not pass as none. */
function lagIn(column: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw unusable(`${column} is ${shown(value)}, no milliseconds`);
  }
  // An app's clock may be ahead of Azure's.
  return Math.max(0, value);
}

function shown(value: unknown): string {
  // However deep it is: JSON.stringify would overflow.
  if (typeof value === 'object' && value !== null) return 'a list or an object';
  return JSON.stringify(value ?? null).slice(0, 100);
}

function unusable(what: string): TelemetryError {
  return new TelemetryError(
    'error',
    `Log Analytics answered what Slipway cannot use: ${what}; report it, the query is in Slipway's log`,
  );
}

import { TelemetryError } from '../../controller/ports/telemetry.ts';
import type { ColumnSpec } from './query-parts.ts';

/** A table as it was answered. Values are what the SDK makes of them (azure.md 2, value gotchas). */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** What every reader of an answer checks; what is not understood is no evidence. */

/** @throws TelemetryError `error` when the columns are others, or a row has more or fewer values */
export function checkColumns(table: Table, wanted: readonly ColumnSpec[]): void {
  const came = shownColumns(table);
  const asked = wanted.map(([name, type]) => `${name}: ${type}`).join(', ');
  if (came !== asked) throw unusable(`its columns are (${came}), asked were (${asked})`);
  checkWidth(table);
}

export function checkWidth({ columns, rows }: Table): void {
  const odd = rows.find((row) => row.length !== columns.length);
  if (odd !== undefined)
    throw unusable(`a row has ${odd.length} values for ${columns.length} columns`);
}

export function shownColumns({ columns }: Table): string {
  return columns.map(({ name, type }) => `${name}: ${type}`).join(', ');
}

export function countIn(column: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw unusable(`${column} is ${shown(value)}, no count`);
}

export function textIn(column: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw unusable(`${column} is ${shown(value)}, no text`);
}

export function shown(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no time' : value.toISOString();
  // However deep it is: JSON.stringify would overflow.
  if (typeof value === 'object' && value !== null) return 'a list or an object';
  return JSON.stringify(value ?? null).slice(0, 100);
}

export function unusable(what: string): TelemetryError {
  return new TelemetryError(
    'error',
    `Log Analytics answered what Slipway cannot use: ${what}; report it, the query is in Slipway's log`,
  );
}

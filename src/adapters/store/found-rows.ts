/**
 * Rows under suspicion: a row is as Slipway writes it when writing again what was read of it gives the
 * same row, to every column and its type. So a copy that was edited is seen, and so is a column that
 * Slipway never wrote, a text that was cut into other parts, or a tenth of a millisecond.
 */
import type { TableEntity } from '@azure/data-tables';

import type { FoundRelease } from '../../controller/ports/audit-scanner.ts';
import type { AuditRow } from '../../release/audit.ts';
import type { FoundRow } from '../../release/chain.ts';
import type { Release } from '../../release/release.ts';
import { fromJsonText } from './json-text.ts';
import { auditEntity, auditOf, releaseEntity, releaseOf } from './release-rows.ts';
import { StoreFailure } from './store-failure.ts';
import type { StoredRow } from './table-query.ts';
import { joinText } from './text-parts.ts';

/** A column as the table service gives it with `disableTypeConversion`. */
interface WireValue {
  readonly type: string;
  readonly value: string;
}

/** Written by the service, not by us. */
const SERVICE_COLUMNS: ReadonlySet<string> = new Set(['etag', 'timestamp']);

/** @param wire read with `disableTypeConversion` */
export function foundRow(wire: StoredRow): FoundRow {
  let row: AuditRow | undefined;
  try {
    row = auditOf(plainRow(wire));
    return { row, problem: columnProblem(wire, auditEntity(wire.partitionKey, row)) };
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    return { row, problem: error.message };
  }
}

/** @param wire read with `disableTypeConversion` */
export function foundRelease(wire: StoredRow): FoundRelease {
  try {
    const row = plainRow(wire);
    const { sequence, chainHead } = releaseOf(row);
    const where = `Row ${row.rowKey}`;
    // As it was written: what reading adds to rows of older versions is left out.
    const written = fromJsonText(joinText('state', row, where), where) as Release;
    const chain = { sequence, head: chainHead };
    return { chain, problem: columnProblem(wire, releaseEntity(written)) };
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    return { chain: undefined, problem: error.message };
  }
}

/** Undefined: the row is as written, to every column and its type. */
export function columnProblem(wire: StoredRow, expected: TableEntity): string | undefined {
  for (const [name, value] of Object.entries(expected)) {
    if (!isSame(wire[name], value)) return `column ${name} is not what Slipway wrote`;
  }
  const added = Object.keys(wire).find((name) => !(name in expected) && isColumn(name));
  return added === undefined ? undefined : `column ${added} is none of Slipway's`;
}

/** `odata.…` are the service's; a column's own name cannot hold a dot. */
function isColumn(name: string): boolean {
  return !SERVICE_COLUMNS.has(name) && !name.startsWith('odata.');
}

function isSame(found: unknown, written: unknown): boolean {
  // The keys come without a type.
  if (typeof found === 'string') return found === written;
  const wire = wireValue(found);
  if (wire === undefined) return false;
  if (typeof written === 'string') return wire.type === 'String' && wire.value === written;
  if (typeof written === 'number') return wire.type === 'Int32' && wire.value === String(written);
  if (!(written instanceof Date)) return false;
  return wire.type === 'DateTime' && fullTime(wire.value) === fullTime(written.toISOString());
}

/** The service keeps 100 ns, and writes as many digits as it likes. */
function fullTime(text: string): string {
  const [seconds, fraction = ''] = text.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(7, '0')}Z`;
}

/** @param wire read with `disableTypeConversion` */
export function plainRow(wire: StoredRow): StoredRow {
  const { etag, partitionKey, rowKey } = wire;
  const columns: Record<string, unknown> = Object.fromEntries(
    Object.entries(wire).map(([name, value]) => [name, plainValue(value)]),
  );
  return { ...columns, etag, partitionKey, rowKey };
}

function plainValue(value: unknown): unknown {
  const wire = wireValue(value);
  if (wire?.type === 'Int32') return Number(wire.value);
  if (wire?.type === 'DateTime') return new Date(wire.value);
  return wire?.type === 'String' ? wire.value : value;
}

function wireValue(value: unknown): WireValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('type' in value && 'value' in value)) return undefined;
  const { type, value: inner } = value;
  if (typeof type !== 'string') return undefined;
  return { type, value: typeof inner === 'string' ? inner : JSON.stringify(inner) };
}

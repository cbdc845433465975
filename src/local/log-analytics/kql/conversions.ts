import { parseJson } from './literals.ts';
import { parseDatetime, parseTimespan, textOf } from './values.ts';
import type { KqlType, Value } from './values.ts';

/** Kusto's conversion functions as plain functions: what does not convert is null. */

const WHOLE = /^\s*[+-]?(\d+|0x[0-9a-f]+)\s*$/i;
const REAL = /^\s*[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;

function fromTextToReal(text: string): number | null {
  const lower = text.trim().toLowerCase();
  if (lower === 'nan') {
    return NaN;
  }
  return REAL.test(text) ? Number(text) : null;
}

/** tolong(), toint(): reals are cut towards zero. */
export function toLong(value: Value): number | null {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? Math.trunc(value) : null;
  }
  if (typeof value === 'boolean') {
    return Number(value);
  }
  return typeof value === 'string' && WHOLE.test(value) ? Number(value) : null;
}

/** toreal(), todouble(). */
export function toReal(value: Value): number | null {
  if (typeof value === 'number') {
    return value;
  }
  if (typeof value === 'boolean') {
    return Number(value);
  }
  return typeof value === 'string' ? fromTextToReal(value) : null;
}

/** tobool(): `true`, `false` in any case, or a number. */
export function toBool(value: Value): boolean | null {
  if (typeof value === 'boolean') {
    return value;
  }
  if (typeof value === 'number') {
    return value !== 0;
  }
  if (typeof value !== 'string') {
    return null;
  }
  const lower = value.trim().toLowerCase();
  if (lower === 'true' || lower === '1') {
    return true;
  }
  return lower === 'false' || lower === '0' ? false : null;
}

/** todatetime(): a datetime stays, text is read as ISO 8601. */
export function toDatetime(value: Value): number | null {
  if (typeof value === 'number') {
    return value;
  }
  return typeof value === 'string' ? parseDatetime(value) : null;
}

/** totimespan(): a timespan stays, text is read as `1.02:03:04` or `5m`. */
export function toTimespan(value: Value): number | null {
  if (typeof value === 'number') {
    return value;
  }
  return typeof value === 'string' ? parseTimespan(value) : null;
}

/** parse_json(), todynamic(): text that is not JSON stays a string. */
export function toDynamic(value: Value): Value {
  if (typeof value !== 'string') {
    return value;
  }
  return value === '' ? null : (parseJson(value) ?? value);
}

/** tostring() for the values of one type. */
export function toStringOf(type: KqlType): (value: Value) => string {
  return (value) => textOf(value, type);
}

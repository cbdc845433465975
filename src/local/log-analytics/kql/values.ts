/**
 * The values of KQL and their text forms. A datetime is milliseconds since the Unix epoch and a
 * timespan is milliseconds, both as doubles: exact to the microsecond (Kusto's own ticks are 100 ns),
 * exact to the millisecond for everything that the Application Insights SDKs send. Longs are doubles
 * too, exact to 2^53. Null is `null`; a string is never null, as in Kusto.
 */

export type Value = null | boolean | number | string | readonly Value[] | Bag;

/** The property bag of a dynamic value. */
export interface Bag {
  readonly [key: string]: Value;
}

export type KqlType =
  | 'bool'
  | 'int'
  | 'long'
  | 'real'
  | 'decimal'
  | 'string'
  | 'datetime'
  | 'timespan'
  | 'dynamic'
  | 'guid';

const KQL_TYPES: ReadonlySet<string> = new Set<KqlType>([
  'bool',
  'int',
  'long',
  'real',
  'decimal',
  'string',
  'datetime',
  'timespan',
  'dynamic',
  'guid',
]);

/** True for the name of a scalar type that results can have. */
export function isKqlType(name: string | undefined): name is KqlType {
  return name !== undefined && KQL_TYPES.has(name);
}

/** True for a property bag, false for arrays and plain values. */
export function isBag(value: Value): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a column of this type holds when nothing was written: a string is empty, the rest is null. */
export function defaultOf(type: KqlType): Value {
  return type === 'string' ? '' : null;
}

const DATETIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Reads an ISO 8601 date or date and time; without a zone it is UTC. Null when it is none. */
export function parseDatetime(text: string): number | null {
  const match = DATETIME.exec(text.trim());
  if (match === null) {
    return null;
  }
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = match;
  // Not Date.UTC(): it takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  // The 31st of June rolls over into July; Kusto refuses it.
  if (Number(month) > 12 || date.getUTCDate() !== Number(day) || Number(hour) > 23) {
    return null;
  }
  return date.getTime() + Number(fraction) * 1000 - zoneOffsetMs(zone);
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') {
    return 0;
  }
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  microsecond: 0.001,
  microseconds: 0.001,
  micro: 0.001,
  micros: 0.001,
  us: 0.001,
  tick: 0.0001,
  ticks: 0.0001,
};
const WITH_UNIT = /^(-?\d+(?:\.\d+)?)\s*([a-z]+)$/i;
const CLOCK = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,9})?)?$/;

/** Reads `5m`, `1.02:03:04.5`, `00:00:01` or a whole number of days. Null when it is none. */
export function parseTimespan(text: string): number | null {
  const trimmed = text.trim();
  const unit = WITH_UNIT.exec(trimmed);
  if (unit !== null) {
    const unitMs = UNIT_MS[(unit[2] ?? '').toLowerCase()];
    return unitMs === undefined ? null : Number(unit[1]) * unitMs;
  }
  const clock = CLOCK.exec(trimmed);
  if (clock !== null) {
    const [, sign, days = '0', hours, minutes, seconds = '0', fraction = '0'] = clock;
    const ms =
      ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 +
      (Number(seconds) + Number(fraction)) * 1000;
    return sign === '-' ? -ms : ms;
  }
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) * 86_400_000 : null;
}

/**
 * Writes a datetime as ISO 8601.
 * @param digits `trimmed`: no trailing zeros, as Log Analytics answers; `all`: seven digits, as tostring().
 */
export function formatDatetime(ms: number, digits: 'trimmed' | 'all'): string {
  // Split before scaling: microseconds since the epoch are beyond what a double holds exactly.
  const seconds = Math.floor(ms / 1000);
  const micros = Math.round((ms - seconds * 1000) * 1000);
  const fraction = String(micros % 1_000_000).padStart(6, '0');
  const head = new Date((seconds + Math.floor(micros / 1_000_000)) * 1000)
    .toISOString()
    .slice(0, -5);
  if (digits === 'all') {
    return `${head}.${fraction}0Z`;
  }
  const trimmed = fraction.replace(/0{1,9}$/, '');
  return trimmed === '' ? `${head}Z` : `${head}.${trimmed}Z`;
}

/** Writes a timespan as .NET does: `[-][d.]hh:mm:ss[.fffffff]`. */
export function formatTimespan(ms: number): string {
  const ticks = Math.round(Math.abs(ms) * 10_000);
  const seconds = Math.floor(ticks / 10_000_000);
  const fraction = ticks - seconds * 10_000_000;
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const sign = ms < 0 && ticks > 0 ? '-' : '';
  const tail = fraction === 0 ? '' : `.${String(fraction).padStart(7, '0')}`;
  return `${sign}${days === 0 ? '' : `${String(days)}.`}${clock}${tail}`;
}

function realText(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? 'Infinity' : '-Infinity';
  }
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${String(value)}.0` : String(value);
}

/** The text that tostring() gives: null is the empty string, a dynamic is JSON unless it is a string. */
export function textOf(value: Value, type: KqlType): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value === null) {
    return '';
  }
  if (typeof value === 'number') {
    if (type === 'datetime') {
      return formatDatetime(value, 'all');
    }
    if (type === 'timespan') {
      return formatTimespan(value);
    }
    return type === 'real' ? realText(value) : String(value);
  }
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/** A value as Log Analytics puts it into a row of its JSON answer. */
export function renderValue(value: Value, type: KqlType): Value {
  if (value === null) {
    return null;
  }
  if (type === 'dynamic') {
    return typeof value === 'string' ? value : JSON.stringify(value);
  }
  if (typeof value !== 'number') {
    return value;
  }
  switch (type) {
    case 'datetime':
      return formatDatetime(value, 'trimmed');
    case 'timespan':
      return formatTimespan(value);
    case 'decimal':
      return String(value);
    default:
      return Number.isFinite(value) ? value : realText(value);
  }
}

/** Date arithmetic on milliseconds since the epoch, UTC, as Kusto does it. */

const DAY_MS = 86_400_000;
/** Milliseconds from 0001-01-01, where Kusto's datetime bins start, to the Unix epoch. */
const EPOCH_OFFSET_MS = 62_135_596_800_000;

/** bin(): rounds down to a multiple of `size`; null when the size is zero or either is null. */
export function binOf(
  value: number | null,
  size: number | null,
  isDatetime: boolean,
): number | null {
  if (value === null || size === null || size <= 0) {
    return null;
  }
  if (!isDatetime) {
    return Math.floor(value / size) * size;
  }
  return Math.floor((value + EPOCH_OFFSET_MS) / size) * size - EPOCH_OFFSET_MS;
}

const FIXED_UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
  ['microsecond', 0.001],
]);

function months(ms: number): number {
  const date = new Date(ms);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Whole days since a Sunday. */
function weeks(ms: number): number {
  // The epoch was a Thursday: four days after a Sunday.
  return Math.floor((Math.floor(ms / DAY_MS) + 4) / 7);
}

function ordinal(part: string, ms: number): number | null {
  switch (part) {
    case 'year':
      return Math.floor(months(ms) / 12);
    case 'quarter':
      return Math.floor(months(ms) / 3);
    case 'month':
      return months(ms);
    case 'week':
      return weeks(ms);
    default: {
      const unit = FIXED_UNITS_MS.get(part);
      return unit === undefined ? null : Math.floor(ms / unit);
    }
  }
}

/** datetime_diff(): boundaries of the period between the two; null for a period it does not know. */
export function datetimeDiff(part: string, first: number, second: number): number | null {
  const name = part.toLowerCase();
  const a = ordinal(name, first);
  const b = ordinal(name, second);
  return a === null || b === null ? null : a - b;
}

/** startofday() and its like; `name` is the period. */
export function startOf(period: 'hour' | 'day' | 'week' | 'month' | 'year', ms: number): number {
  const date = new Date(ms);
  switch (period) {
    case 'hour':
      return Math.floor(ms / 3_600_000) * 3_600_000;
    case 'day':
      return Math.floor(ms / DAY_MS) * DAY_MS;
    case 'week':
      return (weeks(ms) * 7 - 4) * DAY_MS;
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    case 'year':
      return Date.UTC(date.getUTCFullYear(), 0);
  }
}

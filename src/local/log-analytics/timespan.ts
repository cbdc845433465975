import { badArgument } from './kql/query-error.ts';
import { parseDatetime } from './kql/values.ts';
import type { TimeRange } from './row-store.ts';

const DURATION =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const PART_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000];

/** All of time: a query without a timespan. */
export const ALWAYS: TimeRange = { fromMs: -Infinity, toMs: Infinity };

function durationMs(text: string): number | null {
  const match = DURATION.exec(text);
  // An alternative that did not take part is undefined, whatever the array's type says.
  const parts: readonly (string | undefined)[] = match?.slice(1) ?? [];
  if (parts.every((part) => part === undefined)) {
    return null;
  }
  return parts.reduce((sum, part, index) => sum + Number(part ?? 0) * (PART_MS[index] ?? 0), 0);
}

function ends(first: string, second: string): TimeRange | undefined {
  const [start, end] = [parseDatetime(first), parseDatetime(second)];
  const [before, after] = [durationMs(first), durationMs(second)];
  if (start !== null && end !== null) {
    return { fromMs: start, toMs: end };
  }
  if (start !== null && after !== null) {
    return { fromMs: start, toMs: start + after };
  }
  return before !== null && end !== null ? { fromMs: end - before, toMs: end } : undefined;
}

/**
 * The interval of a request's `timespan`: an ISO duration up to now, `start/end`, `start/duration`
 * or `duration/end`; half-open. Errors: QueryError 400.
 */
export function parseTimespanOfRequest(text: string | undefined, nowMs: number): TimeRange {
  if (text === undefined || text === '') {
    return ALWAYS;
  }
  const [first = '', second] = text.split('/');
  const length = durationMs(first);
  // A row of this very millisecond is in the last five minutes, so the end is one beyond it.
  const upToNow =
    length === null ? undefined : { fromMs: nowMs - length, toMs: Math.floor(nowMs) + 1 };
  const range = second === undefined ? upToNow : ends(first, second);
  if (range === undefined) {
    throw badArgument({
      code: 'InvalidTimespan',
      message: `The timespan '${text}' is neither an ISO 8601 duration nor start/end.`,
    });
  }
  return range;
}

/** Result codes: as a plan writes them, as ranges, and which hold which. */
import type { StatusRange } from './plan.ts';
import type { Statuses } from './written-values.ts';

export function rangesOf(written: Statuses): readonly StatusRange[] {
  return (Array.isArray(written) ? written : [written]).map(rangeOf);
}

function rangeOf(status: number | string): StatusRange {
  if (typeof status === 'number') return { from: status, to: status };
  if (status.endsWith('xx')) {
    const hundred = Number(status[0]) * 100;
    return { from: hundred, to: hundred + 99 };
  }
  const [from = '', to] = status.split('-');
  return { from: Number(from), to: Number(to ?? from) };
}

/** What is wrong with each range that runs backwards. */
export function backwards(ranges: readonly StatusRange[]): readonly string[] {
  return ranges.flatMap(({ from, to }) =>
    from > to ? [`the range ${from}-${to} runs backwards`] : [],
  );
}

/** Whether the others together hold every code of the range. */
export function isCovered({ from, to }: StatusRange, others: readonly StatusRange[]): boolean {
  const rising = others.toSorted((one, other) => one.from - other.from);
  const end = rising.reduce(
    (next, other) => (other.from <= next ? Math.max(next, other.to + 1) : next),
    from,
  );
  return end > to;
}

export function holdSame(some: readonly StatusRange[], others: readonly StatusRange[]): boolean {
  return (
    some.every((range) => isCovered(range, others)) &&
    others.every((range) => isCovered(range, some))
  );
}

export function statusText(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

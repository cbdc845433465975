import type { MetricTally } from './types.ts';

interface Sums {
  readonly canary: { n: number; readonly x: number[] };
  readonly baseline: { n: number; readonly x: number[] };
}

/** Sums of a metric over bins, the final ones apart. Changed in place. */
export interface TallyTotal {
  readonly final: Sums;
  readonly open: Sums;
}

export function newTally(measures: number): TallyTotal {
  return { final: newSums(measures), open: newSums(measures) };
}

export function addTally(total: TallyTotal, tally: MetricTally, final: boolean): void {
  add(final ? total.final : total.open, tally);
}

/** All bins of several totals together, and the final ones of them; new objects. */
export function totalOf(totals: readonly TallyTotal[]): { all: MetricTally; final: MetricTally } {
  const measures = totals[0]?.final.canary.x.length ?? 0;
  const all = newSums(measures);
  const final = newSums(measures);
  for (const total of totals) {
    add(final, total.final);
    add(all, total.final);
    add(all, total.open);
  }
  return { all, final };
}

function newSums(measures: number): Sums {
  const zeros = () => Array.from({ length: measures }, () => 0);
  return { canary: { n: 0, x: zeros() }, baseline: { n: 0, x: zeros() } };
}

function add(sums: Sums, { canary, baseline }: MetricTally): void {
  addArm(sums.canary, canary);
  addArm(sums.baseline, baseline);
}

function addArm(sum: Sums['canary'], arm: MetricTally['canary']): void {
  sum.n += arm.n;
  for (let i = 0; i < sum.x.length; i += 1) sum.x[i] = (sum.x[i] ?? 0) + (arm.x[i] ?? 0);
}

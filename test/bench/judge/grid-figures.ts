/** From the results of the cells to the figures of the tables. */
import type { Kind, PlannedTask } from './grid-plan.ts';
import type { CellResult, GridResult, HarmFigures } from './grid-task.ts';

/** A result with the task it is of, as planned. */
export interface Done {
  readonly planned: PlannedTask;
  readonly result: GridResult;
}

export interface Alarms {
  /** Shares of runs. */
  readonly mean: number;
  readonly max: number;
  /** Cells above 1.5 %, and all. */
  readonly loud: number;
  readonly cells: number;
}

/** False rollbacks of a rule over the cells without harm of a kind. */
export function alarms(
  done: readonly Done[],
  id: string,
  { kinds, drifting }: { readonly kinds: readonly Kind[]; readonly drifting?: boolean },
): Alarms {
  const shares = done
    .filter(({ planned }) => kinds.includes(planned.kind))
    .flatMap(({ result }) => result.nulls)
    .filter((cell) => drifting === undefined || cell.drifting === drifting)
    .map(({ byRule }) => byRule[id]?.rolledBack ?? NaN);
  return {
    mean: mean(shares),
    max: Math.max(...shares),
    loud: shares.filter((share) => share > 0.015).length,
    cells: shares.length,
  };
}

/** A cell with harm, with what it is about. */
export interface HarmCell extends CellResult<HarmFigures> {
  readonly rate: number;
  readonly baselineRate: number;
  readonly share: number;
}

/** The cells whose harm the oracle that knows the ratio finds in at least 9 of 10 runs. */
export function detectableCells(done: readonly Done[]): HarmCell[] {
  return harmCells(done).filter(({ byRule }) => (byRule.o2?.found ?? 0) >= 0.9);
}

export function harmCells(done: readonly Done[]): HarmCell[] {
  return done.flatMap(({ planned: { rate, baselineRate, share }, result }) =>
    typeof share === 'number'
      ? result.harms.map((cell) => ({ ...cell, rate, baselineRate, share }))
      : [],
  );
}

export interface Detection {
  /** Share of harmful runs not rolled back. */
  readonly missed: number;
  /** Cells where the median of both is defined. */
  readonly timed: number;
  readonly cells: number;
  /** Canary requests until rollback against the other rule: geometric mean and 90th percentile. */
  readonly requests: number;
  readonly requestsP90: number;
  /** Failed canary requests until rollback or the end against the other rule: geometric mean. */
  readonly failed: number;
}

/** One rule against another over cells; NaN where there is nothing to compare. */
export function detection(cells: readonly HarmCell[], id: string, against: string): Detection {
  const pairs = cells.flatMap(({ byRule }) => {
    const [one, other] = [byRule[id], byRule[against]];
    return one === undefined || other === undefined ? [] : [{ one, other }];
  });
  const requests = pairs
    .map(({ one, other }) => one.requests / other.requests)
    .filter((ratio) => Number.isFinite(ratio) && ratio > 0);
  return {
    missed: mean(pairs.map(({ one }) => 1 - one.found)),
    timed: requests.length,
    cells: pairs.length,
    requests: geometricMean(requests),
    requestsP90: quantile(requests, 0.9),
    failed: geometricMean(pairs.map(({ one, other }) => one.failed / other.failed)),
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

/** Nearest rank; NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

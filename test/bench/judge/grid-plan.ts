/** Which cells the grid has, cut into tasks for the threads. */
import type { GridTask } from './grid-task.ts';
import { BASELINE_RATES, HARMS, MINUTES, RATES, SHARES } from './minutes.ts';

/** What the nulls of a task are about. */
export type Kind = 'grid' | 'share-off' | 'changing';

export interface PlannedTask extends GridTask {
  readonly kind: Kind;
}

interface Size {
  readonly nullRuns: number;
  readonly harmRuns: number;
  readonly rates: readonly number[];
  readonly baselineRates: readonly number[];
  readonly shares: readonly number[];
}

const FULL: Size = {
  nullRuns: 4_000,
  harmRuns: 2_000,
  rates: RATES,
  baselineRates: BASELINE_RATES,
  shares: SHARES,
};

/** Cells of every kind of difficulty, with runs enough to see what is wrong and not what is right. */
const QUICK: Size = {
  nullRuns: 800,
  harmRuns: 400,
  rates: [200, 20_000],
  baselineRates: [0.001, 0.01],
  shares: [0.05, 0.5],
};

/** The true share against the configured one. The judge reads what it sees, so it must not matter. */
const SHARE_OFF_BY = [0.8, 1.2];

/** Shares that change while the release runs: up step by step, and to and fro with nothing between. */
const SCHEDULES = [
  [0.01, 0.05, 0.1, 0.25, 0.5],
  [0.1, 0, 0.5, 0.01, 0.25, 0, 0.05, 0.5, 0.1, 0.01],
];

export function planGrid(quick: boolean): PlannedTask[] {
  const { nullRuns, harmRuns, rates, baselineRates, shares } = quick ? QUICK : FULL;
  const tasks: PlannedTask[] = [];
  const add = (task: Pick<PlannedTask, 'kind' | 'rate' | 'baselineRate' | 'share' | 'harms'>) =>
    tasks.push({ ...task, nullRuns, harmRuns, id: tasks.length });
  for (const rate of rates) {
    for (const baselineRate of baselineRates) {
      const cell = { rate, baselineRate };
      for (const share of shares) add({ ...cell, kind: 'grid', share, harms: HARMS });
      for (const share of shares) {
        for (const factor of SHARE_OFF_BY) {
          add({ ...cell, kind: 'share-off', share: share * factor, harms: [] });
        }
      }
      for (const schedule of SCHEDULES) {
        add({ ...cell, kind: 'changing', share: perMinute(schedule), harms: [] });
      }
    }
  }
  return tasks;
}

function perMinute(schedule: readonly number[]): number[] {
  const each = MINUTES / schedule.length;
  return Array.from({ length: MINUTES }, (_, minute) => schedule[Math.floor(minute / each)] ?? 0);
}

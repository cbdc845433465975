/** Every rule on the same simulated minutes: false rollbacks, missed harm, and what finding it costs. */
import { detectableCells, harmCells, type Done } from './grid-figures.ts';
import { gridGoals } from './grid-goals.ts';
import { gridPicture } from './grid-picture.ts';
import { planGrid, type PlannedTask } from './grid-plan.ts';
import {
  alarmData,
  alarmTable,
  effectTable,
  exampleTable,
  harmData,
  harmTable,
} from './grid-tables.ts';
import { GRID_SEED, work } from './grid-task.ts';
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts';
import { runTasks } from './workers.ts';

export const grid: Scenario = {
  name: 'grid',
  run: async (options) => gridResult(await runGrid(planGrid(options.quick), options)),
};

export async function runGrid(
  tasks: readonly PlannedTask[],
  { workers, say }: Pick<ScenarioOptions, 'workers' | 'say'>,
): Promise<Done[]> {
  const results = await runTasks({
    module: new URL('grid-task.ts', import.meta.url),
    work,
    tasks,
    workers,
    onDone: (count, all) => {
      if (count % 12 === 0 || count === all) say(`grid: ${count} of ${all} tasks`);
    },
  });
  return tasks.map((planned, index) => {
    const result = results[index];
    if (result === undefined) throw new Error(`The grid's task ${index} has no result.`);
    return { planned, result };
  });
}

export function gridResult(done: readonly Done[]): ScenarioResult {
  const cells = detectableCells(done);
  const first = done[0]?.planned;
  return {
    goals: gridGoals(done, cells),
    tables: [
      alarmTable(done),
      harmTable(cells, harmCells(done).length),
      effectTable(cells),
      exampleTable(done),
    ].filter(({ rows }) => rows.length > 0),
    data: {
      seed: GRID_SEED,
      runs: { null: first?.nullRuns ?? 0, harm: first?.harmRuns ?? 0 },
      falseRollback: alarmData(done),
      harm: harmData(cells),
    },
    pictures: [{ name: 'judge.svg', svg: gridPicture(cells) }],
  };
}

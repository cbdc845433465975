/** The work of one thread of the grid: all runs of one rate, baseline rate and share. */
import { drawRun, newMinutes, type Cell, type Effect, type Minute, NO_EFFECT } from './minutes.ts';
import { createRandom } from './random.ts';
import { IDEAS, JUDGES, ORACLES } from './rules/all.ts';
import type { Fold, Known, Rule } from './rules/rule.ts';

/** The seed of the whole grid; every run has its own below it. */
export const GRID_SEED = 4;

/** What false rollback the tuned rules are allowed. */
const TUNED_TO = 0.01;

export interface GridTask {
  /** Told apart in seeds and results. */
  readonly id: number;
  readonly rate: number;
  readonly baselineRate: number;
  readonly share: number | readonly number[];
  /** Empty: only false rollbacks are counted. */
  readonly harms: readonly Effect[];
  readonly nullRuns: number;
  readonly harmRuns: number;
}

/** How a rule did in the runs of a cell without harm. */
export interface NullFigures {
  /** Share of runs rolled back. */
  readonly rolledBack: number;
}

/** How a rule did in the runs of a cell with harm. */
export interface HarmFigures {
  /** Share of runs rolled back. */
  readonly found: number;
  /** Median of canary requests until rollback; Infinity: fewer than half were rolled back. */
  readonly requests: number;
  /** Median of minutes until rollback; Infinity likewise. */
  readonly minutes: number;
  /** Mean of failed canary requests until rollback or the end. */
  readonly failed: number;
}

export interface CellResult<Figures> {
  readonly drifting: boolean;
  readonly effect: string;
  /** By the id of the rule; a tuned rule a second time as `id:tuned`. */
  readonly byRule: Readonly<Record<string, Figures>>;
}

export interface GridResult {
  readonly task: GridTask;
  readonly nulls: readonly CellResult<NullFigures>[];
  readonly harms: readonly CellResult<HarmFigures>[];
  readonly tunedThresholds: Readonly<Record<string, number>>;
}

export const tunedId = (id: string): string => `${id}:tuned`;

export function work(task: GridTask): GridResult {
  const nulls = [false, true].map((drifting) => runNull(task, drifting));
  const tunedThresholds: Record<string, number> = {};
  for (const { id } of JUDGES.filter(({ tuned }) => tuned)) {
    // One threshold for both kinds of weather: nobody knows beforehand which it will be.
    tunedThresholds[id] = Math.max(...nulls.map(({ maxima }) => tune(maxima.get(id) ?? [])));
  }
  const harms = task.harms.flatMap((effect) =>
    [false, true].map((drifting) => runHarm(task, { effect, drifting, tunedThresholds })),
  );
  return { task, nulls: nulls.map(({ result }) => result), harms, tunedThresholds };
}

function runNull(task: GridTask, drifting: boolean) {
  const { nullRuns } = task;
  const rules = task.harms.length > 0 ? [...JUDGES, ...IDEAS] : JUDGES;
  const maxima = new Map(rules.map(({ id }) => [id, new Float64Array(nullRuns)]));
  const rolledBack = new Map(rules.map(({ id }) => [id, 0]));
  forEachRun(task, { drifting, effect: NO_EFFECT, runs: nullRuns }, (run, minutes, known) => {
    for (const { id, start, threshold, tuned } of rules) {
      const highest = highestOf(start(known), minutes, tuned ? Infinity : threshold);
      const all = maxima.get(id);
      if (all !== undefined) all[run] = highest;
      if (highest > threshold) rolledBack.set(id, (rolledBack.get(id) ?? 0) + 1);
    }
  });
  const byRule: Record<string, NullFigures> = {};
  for (const [id, count] of rolledBack) byRule[id] = { rolledBack: count / nullRuns };
  const result = { drifting, effect: NO_EFFECT.name, byRule };
  return { result, maxima };
}

/** The highest statistic of a run; what comes after one above `enough` is not asked for. */
function highestOf(fold: Fold, minutes: readonly Minute[], enough: number): number {
  let highest = -Infinity;
  for (const minute of minutes) {
    highest = Math.max(highest, fold(minute));
    if (highest > enough) break;
  }
  return highest;
}

/** The lowest of the values seen that at most 1 % of the runs rise above. */
function tune(maxima: ArrayLike<number>): number {
  const sorted = Float64Array.from(maxima).sort();
  return sorted[sorted.length - 1 - Math.floor(TUNED_TO * sorted.length)] ?? Infinity;
}

interface HarmOptions {
  readonly effect: Effect;
  readonly drifting: boolean;
  readonly tunedThresholds: Readonly<Record<string, number>>;
}

function runHarm(task: GridTask, { effect, drifting, tunedThresholds }: HarmOptions) {
  const runs = task.harmRuns;
  const rules = [...ORACLES, ...JUDGES, ...IDEAS].map((rule) =>
    watched(rule, runs, tunedThresholds[rule.id]),
  );
  forEachRun(task, { drifting, effect, runs }, (run, minutes, known) => {
    const { requests, failed } = totals(minutes);
    for (const { start, lines } of rules) {
      const fold = start(known);
      for (const line of lines) line.endMinute = -1;
      let open = lines.length;
      for (const minute of minutes) {
        const statistic = fold(minute);
        for (const line of lines) {
          if (line.endMinute >= 0 || !(statistic > line.threshold)) continue;
          line.endMinute = minute.index + 1;
          open -= 1;
        }
        if (open === 0) break;
      }
      for (const line of lines) endLine(line, run, { requests, failed });
    }
  });
  const byRule: Record<string, HarmFigures> = {};
  for (const line of rules.flatMap(({ lines }) => lines)) byRule[line.id] = lineFigures(line);
  return { drifting, effect: effect.name, byRule };
}

/** One rule at one threshold, over the runs of a cell. */
interface Line {
  readonly id: string;
  readonly threshold: number;
  readonly requests: Float64Array;
  readonly minutes: Float64Array;
  failed: number;
  found: number;
  /** Minutes of the present run until rollback; -1 before it. */
  endMinute: number;
}

function watched(rule: Rule, runs: number, tuned: number | undefined) {
  const line = (id: string, threshold: number): Line => ({
    id,
    threshold,
    requests: new Float64Array(runs),
    minutes: new Float64Array(runs),
    failed: 0,
    found: 0,
    endMinute: -1,
  });
  const lines = [line(rule.id, rule.threshold)];
  if (tuned !== undefined) lines.push(line(tunedId(rule.id), tuned));
  return { start: rule.start, lines };
}

function endLine(line: Line, run: number, { requests, failed }: ReturnType<typeof totals>): void {
  const found = line.endMinute >= 0;
  const minutes = found ? line.endMinute : requests.length - 1;
  line.failed += failed[minutes] ?? 0;
  line.found += found ? 1 : 0;
  line.requests[run] = found ? (requests[minutes] ?? 0) : Infinity;
  line.minutes[run] = found ? minutes : Infinity;
}

function lineFigures({ requests, minutes, failed, found }: Line): HarmFigures {
  const runs = requests.length;
  return {
    found: found / runs,
    requests: median(requests),
    minutes: median(minutes),
    failed: failed / runs,
  };
}

function median(values: Float64Array): number {
  return values.sort()[Math.ceil(values.length / 2) - 1] ?? Infinity;
}

/** What the canary had served and failed after each minute; the first entry is 0. */
function totals(minutes: readonly Minute[]) {
  const requests = new Float64Array(minutes.length + 1);
  const failed = new Float64Array(minutes.length + 1);
  for (const { index, canaryRequests, canaryFailures } of minutes) {
    requests[index + 1] = (requests[index] ?? 0) + canaryRequests;
    failed[index + 1] = (failed[index] ?? 0) + canaryFailures;
  }
  return { requests, failed };
}

interface RunOptions {
  readonly drifting: boolean;
  readonly effect: Effect;
  readonly runs: number;
}

function forEachRun(
  task: GridTask,
  { drifting, effect, runs }: RunOptions,
  onRun: (run: number, minutes: readonly Minute[], known: Known) => void,
): void {
  const { id, rate, baselineRate, share } = task;
  const minutes = newMinutes();
  const cell: Cell = { rate, baselineRate, effect, share, drifting };
  const known = { baselineRate, horizonMinutes: minutes.length };
  const harm = [Math.round(effect.times * 100), Math.round(effect.plus * 10_000)];
  for (let run = 0; run < runs; run += 1) {
    drawRun(minutes, cell, createRandom(GRID_SEED, id, drifting ? 1 : 0, ...harm, run));
    onRun(run, minutes, known);
  }
}

/** Whole rollouts 1-5-10-25-50-100 %, up to 240 minutes (statistics.md 5.3). */
import { BASELINE_RATES, type Effect, HARMS, NO_EFFECT, RATES } from './minutes.ts';
import { POLICIES } from './rollout-policies.ts';
import { type RolloutResult, type RolloutTask, work } from './rollout-task.ts';
import { atMost, type Goal, type Scenario, type ScenarioResult, together } from './scenario.ts';
import { runTasks } from './workers.ts';

const EFFECTS: readonly Effect[] = [NO_EFFECT, ...HARMS.filter(({ name }) => name !== '×1.5')];
/** Goals speak of apps with at least this traffic (requests a minute). */
const BUSY = 2_000;

export const rollouts: Scenario = {
  name: 'rollouts',
  run: async ({ quick, workers, say }) => {
    const tasks = makeTasks(quick);
    const results = await runTasks({
      module: new URL('rollout-task.ts', import.meta.url),
      work,
      tasks,
      workers,
      onDone: (done, all) => {
        if (done % 100 === 0) say(`rollouts: ${done} of ${all} settings`);
      },
    });
    return summarise(tasks.map((task, index) => ({ task, ...at(results, index) })));
  },
};

type Outcome = RolloutResult & { readonly task: RolloutTask };

function at(results: readonly RolloutResult[], index: number): RolloutResult {
  const result = results[index];
  if (result === undefined) throw new Error(`Setting ${index} has no result.`);
  return result;
}

function makeTasks(quick: boolean): RolloutTask[] {
  const runs = quick ? 20 : 300;
  const rates = quick ? [BUSY] : RATES.filter((rate) => rate >= 200);
  const baselineRates = quick ? [0.001] : BASELINE_RATES;
  const tasks: RolloutTask[] = [];
  let setting = 0;
  for (const rate of rates)
    for (const baselineRate of baselineRates)
      for (const drifting of [false, true])
        for (const effect of EFFECTS) {
          setting += 1;
          for (const policy of POLICIES.keys())
            tasks.push({ policy, setting, rate, baselineRate, effect, drifting, runs });
        }
  return tasks;
}

function summarise(outcomes: readonly Outcome[]): ScenarioResult {
  const busy = outcomes.filter(({ task }) => task.rate >= BUSY);
  const rows = POLICIES.map((policy, index) => ({
    policy,
    figures: figuresOf(busy.filter(({ task }) => task.policy === index)),
  }));
  const first = rows[0]?.figures;
  if (first === undefined) throw new Error('There is no policy.');
  const table = {
    title: 'Whole rollouts 1-5-10-25-50-100 %, at least 2,000 requests a minute, 240 minutes',
    head: [
      'policy',
      'false rollback mean; max',
      'good: minutes to 100 % (gm of medians)',
      'good promoted',
      'bad promoted: all; ×5 and worse',
      'excess failed against Slipway (gm)',
    ],
    rows: rows.map(({ policy, figures }) => [
      policy.title,
      `${percent(figures.falseMean)}; ${percent(figures.falseMax)}`,
      figures.goodMinutes.toFixed(0),
      percent(figures.goodPromoted),
      `${percent(figures.badPromoted)}; ${percent(figures.worsePromoted)}`,
      ratio(figures, first),
    ]),
    note: 'Good versions that half of the runs never brought to 100 % count 240 minutes. Excess: mean failures above those of the baseline until the rollback, or the end, plus one, as a ratio.',
  };
  return { goals: goalsOf(rows), tables: [table], data: { rollouts: outcomes.map(plain) } };
}

interface Figures {
  readonly falseMean: number;
  readonly falseMax: number;
  readonly goodMinutes: number;
  readonly goodPromoted: number;
  readonly badPromoted: number;
  readonly worsePromoted: number;
  /** The same in runs, for people. */
  readonly worse: string;
  /** Excess failures, one a harmful setting, always in the same order. */
  readonly excess: readonly number[];
}

function figuresOf(outcomes: readonly Outcome[]): Figures {
  const good = outcomes.filter(({ task }) => task.effect.name === NO_EFFECT.name);
  const bad = outcomes.filter(({ task }) => task.effect.name !== NO_EFFECT.name);
  const worse = bad.filter(({ task }) => task.effect.name !== '×2');
  const share = (list: readonly Outcome[], of: (outcome: Outcome) => number): number =>
    mean(list.map((outcome) => of(outcome) / outcome.task.runs));
  return {
    falseMean: share(good, ({ rolledBack }) => rolledBack),
    falseMax: Math.max(...good.map(({ rolledBack, task }) => rolledBack / task.runs)),
    goodMinutes: geometric(good.map(({ medianMinutes }) => Math.min(240, medianMinutes))),
    goodPromoted: share(good, ({ promoted }) => promoted),
    badPromoted: share(bad, ({ promoted }) => promoted),
    worsePromoted: share(worse, ({ promoted }) => promoted),
    worse: `${total(worse, ({ promoted }) => promoted)} of ${total(worse, ({ task }) => task.runs)} runs`,
    excess: bad.map(({ excessFailures }) => excessFailures),
  };
}

function total(list: readonly Outcome[], of: (outcome: Outcome) => number): number {
  return list.reduce((sum, outcome) => sum + of(outcome), 0);
}

/** "0.0 %", as the goal is written. */
const ROUNDS_TO_ZERO = 0.000_5;

function goalsOf(rows: readonly { readonly figures: Figures }[]): Goal[] {
  const [now, settled] = rows.map(({ figures }) => figures);
  if (now === undefined || settled === undefined) return [];
  const minutes = now.goodMinutes;
  return [
    {
      figure: 'whole rollout at 2,000/min and more: good canary to 100 %; ×5-or-worse promoted',
      must: '≤ 25 min; 0 %',
      stretch: '15 min; 0 %',
      value: `${minutes.toFixed(0)} min; ${percent(now.worsePromoted)} (${now.worse})`,
      reached: together([
        atMost(minutes, { must: 25, stretch: 15 }),
        atMost(now.worsePromoted, { must: ROUNDS_TO_ZERO, stretch: 0 }),
      ]),
      note: `with settle 5m: ${settled.goodMinutes.toFixed(0)} min; ${percent(settled.worsePromoted)} (${settled.worse})`,
    },
  ];
}

function ratio(figures: Figures, first: Figures): string {
  const ratios = figures.excess.map((excess, i) => (excess + 1) / ((first.excess[i] ?? 0) + 1));
  return geometric(ratios).toFixed(1);
}

function plain({ task, ...result }: Outcome) {
  const { policy, setting, rate, baselineRate, effect, drifting, runs } = task;
  const { medianMinutes, ...rest } = result;
  return {
    policy: POLICIES[policy]?.id ?? '',
    setting,
    rate,
    baselineRate,
    effect: effect.name,
    drifting,
    runs,
    ...rest,
    medianMinutes: Number.isFinite(medianMinutes) ? medianMinutes : null,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function geometric(values: readonly number[]): number {
  return Math.exp(mean(values.map((value) => Math.log(value))));
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** Runs of whole rollouts in one setting: one task of scenario-rollouts.ts, for any thread. */
import { calm, drawMinute, drawWeather, type Effect, type Minute, newMinutes } from './minutes.ts';
import { createRandom, type Random } from './random.ts';
import { POLICIES, type Policy, STEPS } from './rollout-policies.ts';

export const ROLLOUT_MINUTES = 240;
const SEED = 530;

export interface RolloutTask {
  /** Index of POLICIES. */
  readonly policy: number;
  /** Number of the setting: all policies get the same weather in it. */
  readonly setting: number;
  readonly rate: number;
  readonly baselineRate: number;
  readonly effect: Effect;
  readonly drifting: boolean;
  readonly runs: number;
}

export interface RolloutResult {
  readonly rolledBack: number;
  readonly promoted: number;
  /** Median minutes to 100 % of the runs; Infinity when less than half came there. */
  readonly medianMinutes: number;
  /** Mean of failures above the baseline's, until it was rolled back or 240 minutes were over. */
  readonly excessFailures: number;
}

export function work(task: RolloutTask): RolloutResult {
  const policy = POLICIES[task.policy];
  if (policy === undefined) throw new Error(`There is no policy ${task.policy}.`);
  const [minute] = newMinutes(1);
  if (minute === undefined) throw new Error('A minute was not made.');
  const arrived: number[] = [];
  let rolledBack = 0;
  let excess = 0;
  for (let run = 0; run < task.runs; run += 1) {
    const random = createRandom(SEED, task.setting, run);
    const end = rollOut(policy, task, { random, minute });
    if (end.how === 'roll-back') rolledBack += 1;
    arrived.push(end.how === 'promoted' ? end.minutes : Infinity);
    excess += end.excess;
  }
  arrived.sort((a, b) => a - b);
  return {
    rolledBack,
    promoted: arrived.filter((minutes) => minutes < Infinity).length,
    medianMinutes: arrived[Math.floor((arrived.length - 1) / 2)] ?? Infinity,
    excessFailures: excess / task.runs,
  };
}

interface End {
  readonly how: 'promoted' | 'roll-back' | 'unfinished';
  readonly minutes: number;
  readonly excess: number;
}

function rollOut(
  policy: Policy,
  task: RolloutTask,
  { random, minute }: { readonly random: Random; readonly minute: Minute },
): End {
  const weather = task.drifting ? drawWeather(random, ROLLOUT_MINUTES) : calm;
  const next = policy.start({ baselineRate: task.baselineRate, horizonMinutes: ROLLOUT_MINUTES });
  let step = 0;
  let excess = 0;
  for (let index = 0; index < ROLLOUT_MINUTES; index += 1) {
    const share = STEPS[step] ?? 1;
    const numbered = Object.assign(minute, { index });
    drawMinute(numbered, task, { random, weather: weather(index), share });
    excess += minute.canaryRequests * (minute.canaryRate - minute.baselineRate);
    const move = next(minute, step);
    if (move === 'roll-back') return { how: 'roll-back', minutes: index + 1, excess };
    if (move === 'advance') step += 1;
    if (step < STEPS.length) continue;
    const left = ROLLOUT_MINUTES - index - 1;
    const failing = task.baselineRate * (task.effect.times - 1) + task.effect.plus;
    return { how: 'promoted', minutes: index + 1, excess: excess + left * task.rate * failing };
  }
  return { how: 'unfinished', minutes: ROLLOUT_MINUTES, excess };
}

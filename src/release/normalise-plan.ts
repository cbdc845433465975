import { BOUNDS, limitsAt } from '../limits.ts';
import type { Problem } from './errors.ts';
import type { HttpValidation, Plan, StatusRange, Step } from './plan.ts';
import type { PresetName, Statuses, WrittenPlan } from './written-plan.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const PREFLIGHT_MS = limitsAt(1).preflightMs;

interface Preset {
  readonly weights: readonly number[];
  readonly bakeMs: number;
  readonly watchMs: number;
  readonly budget: { readonly absolute: number; readonly relative: number };
  readonly ceiling: number;
  readonly onUndecided: Plan['onUndecided'];
}

/** design section 3, the table of presets. Blue-green has no steps, so its budget is never used. */
const PRESETS: Readonly<Record<PresetName, Preset>> = {
  careful: {
    weights: [1, 5, 10, 25, 50],
    bakeMs: 15 * MINUTE,
    watchMs: 2 * HOUR,
    budget: { absolute: 0.0002, relative: 0.5 },
    ceiling: 0.01,
    onUndecided: 'pause',
  },
  standard: {
    weights: [5, 25, 50],
    bakeMs: 10 * MINUTE,
    watchMs: 30 * MINUTE,
    budget: { absolute: 0.001, relative: 0.5 },
    ceiling: 0.02,
    onUndecided: 'advance',
  },
  fast: {
    weights: [10, 50],
    bakeMs: 3 * MINUTE,
    watchMs: 10 * MINUTE,
    budget: { absolute: 0.005, relative: 0.5 },
    ceiling: 0.05,
    onUndecided: 'advance',
  },
  'blue-green': {
    weights: [],
    bakeMs: 10 * MINUTE,
    watchMs: 30 * MINUTE,
    budget: { absolute: 0.001, relative: 0.5 },
    ceiling: 0.02,
    onUndecided: 'advance',
  },
};

export const PLAN_DEFAULTS = {
  maxBakeTimes: 3,
  maxBlindMs: 10 * MINUTE,
  maxPauseMs: 24 * HOUR,
  deadlineMs: 8 * HOUR,
  intervalMs: MINUTE,
  settleMs: 5 * MINUTE,
  alpha: 0.01,
  beta: 0.05,
  failures: '5xx',
  everyMs: 10 * SECOND,
  passes: 3,
  timeoutMs: 5 * SECOND,
} as const;

export type Normalised = { readonly plan: Plan } | { readonly problems: readonly Problem[] };

/** Writes out every default; reports every problem that only the whole plan shows. */
export function normalisePlan(written: PresetName | WrittenPlan, at: string): Normalised {
  const object: WrittenPlan = typeof written === 'string' ? { preset: written } : written;
  const strategy = object.strategy ?? (object.preset === 'blue-green' ? 'blue-green' : 'canary');
  const presetName = object.preset ?? (strategy === 'blue-green' ? 'blue-green' : 'standard');
  const preset = PRESETS[presetName];
  const plan: Plan = {
    name: typeof written === 'string' ? written : 'custom',
    strategy,
    steps: strategy === 'blue-green' ? [] : makeSteps(object, preset),
    maxBlindMs: object.maxBlind ?? PLAN_DEFAULTS.maxBlindMs,
    maxPauseMs: object.maxPause ?? PLAN_DEFAULTS.maxPauseMs,
    deadlineMs: object.deadline ?? PLAN_DEFAULTS.deadlineMs,
    onUndecided: object.onUndecided ?? preset.onUndecided,
    onBlind: object.onBlind ?? 'pause',
    onDeadline: object.onDeadline ?? 'roll-back',
    analysis: makeAnalysis(object, preset),
    validate: (object.validate ?? []).map(({ http }) => makeValidation(http)),
    label: { path: object.label?.path ?? '/', require: object.label?.require ?? true },
    watchMs: object.watch ?? preset.watchMs,
    pinned: object.pinned ?? 'wait',
  };
  const problems = wholeProblems(object, plan, at);
  return problems.length === 0 ? { plan } : { problems };
}

function makeSteps(object: WrittenPlan, preset: Preset): readonly Step[] {
  const written: NonNullable<WrittenPlan['steps']> =
    object.steps ?? preset.weights.map((weight) => ({ weight }));
  return written.map((step) => {
    const bakeMs = step.bake ?? preset.bakeMs;
    return { weight: step.weight, bakeMs, maxBakeMs: maxBake(object, bakeMs) };
  });
}

function maxBake(object: WrittenPlan, bakeMs: number): number {
  const patience = object.maxBake ?? { times: PLAN_DEFAULTS.maxBakeTimes };
  return 'times' in patience ? patience.times * bakeMs : patience.ms;
}

function makeAnalysis(object: WrittenPlan, preset: Preset): Plan['analysis'] {
  const { analysis } = object;
  return {
    intervalMs: analysis?.interval ?? PLAN_DEFAULTS.intervalMs,
    settleMs: analysis?.settle ?? PLAN_DEFAULTS.settleMs,
    alpha: analysis?.alpha ?? PLAN_DEFAULTS.alpha,
    beta: analysis?.beta ?? PLAN_DEFAULTS.beta,
    budget: {
      absolute: analysis?.budget?.absolute ?? preset.budget.absolute,
      relative: analysis?.budget?.relative ?? preset.budget.relative,
    },
    ceiling: analysis?.ceiling ?? preset.ceiling,
    failures: ranges(analysis?.failures ?? PLAN_DEFAULTS.failures),
  };
}

type WrittenHttp = NonNullable<WrittenPlan['validate']>[number]['http'];

function makeValidation(http: WrittenHttp): HttpValidation {
  return {
    path: http.path,
    method: http.method ?? 'GET',
    headers: http.headers ?? {},
    status: ranges(http.status ?? 200),
    bodyContains: http.bodyContains,
    passes: http.passes ?? PLAN_DEFAULTS.passes,
    everyMs: http.every ?? PLAN_DEFAULTS.everyMs,
    timeoutMs: http.timeout ?? PLAN_DEFAULTS.timeoutMs,
  };
}

function ranges(statuses: Statuses): readonly StatusRange[] {
  return (Array.isArray(statuses) ? statuses : [statuses]).map(range);
}

function range(status: number | string): StatusRange {
  if (typeof status === 'number') return { from: status, to: status };
  if (status.endsWith('xx')) {
    const hundred = Number(status[0]) * 100;
    return { from: hundred, to: hundred + 99 };
  }
  const [from = '', to] = status.split('-');
  return { from: Number(from), to: Number(to ?? from) };
}

/** Weights rise from step to step; weights that are no numbers are somebody else's problem. */
export function risingProblems(
  steps: readonly { readonly weight?: unknown }[],
  at: string,
): readonly Problem[] {
  return steps.flatMap(({ weight }, index) => {
    const before = steps[index - 1]?.weight;
    if (typeof weight !== 'number' || typeof before !== 'number' || weight > before) return [];
    const message = `weights rise from step to step; ${weight} does not rise from ${before}`;
    return [{ path: `${at}.steps[${index}].weight`, code: 'weights-rise', message }];
  });
}

function requestProblems({ validate }: Plan, at: string): readonly Problem[] {
  return validate.flatMap(({ status, passes, everyMs }, index) => {
    const path = `${at}.validate[${index}].http`;
    const backwards = status
      .filter((entry) => entry.from > entry.to)
      .map(({ from, to }) => ({
        path: `${path}.status`,
        code: 'range',
        message: `the range ${from}-${to} runs backwards`,
      }));
    if ((passes - 1) * everyMs < PREFLIGHT_MS) return backwards;
    const message = `${passes} passes, one every ${everyMs / MINUTE} min, do not fit into preflight's ${PREFLIGHT_MS / MINUTE} min: ask more often, or for fewer passes`;
    return [...backwards, { path: `${path}.every`, code: 'preflight', message }];
  });
}

function wholeProblems(object: WrittenPlan, plan: Plan, at: string): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, code: string, message: string): void => {
    problems.push({ path: `${at}.${path}`, code, message });
  };
  if (plan.strategy === 'blue-green') {
    if (object.steps !== undefined)
      add(
        'steps',
        'blue-green-steps',
        'blue-green has no steps; leave them out, or use strategy canary',
      );
    if (object.preset === undefined && object.analysis?.ceiling === undefined) {
      add(
        'analysis.ceiling',
        'ceiling-required',
        'blue-green is judged against a ceiling only; set analysis.ceiling',
      );
    }
  }
  if (plan.strategy === 'canary' && plan.steps.length === 0)
    add('strategy', 'no-steps', 'a canary has steps; write them, or use strategy blue-green');
  problems.push(...risingProblems(plan.steps, at));
  plan.steps.forEach((step, index) => {
    if (step.maxBakeMs < step.bakeMs)
      add('maxBake', 'max-bake', `maxBake is shorter than the bake of step ${index + 1}`);
  });
  problems.push(...requestProblems(plan, at));
  const backwards = plan.analysis.failures.find((entry) => entry.from > entry.to);
  if (backwards !== undefined)
    add('analysis.failures', 'range', `the range ${backwards.from}-${backwards.to} runs backwards`);
  const bakes = plan.steps.reduce((sum, step) => sum + step.bakeMs, 0);
  if (bakes >= plan.deadlineMs)
    add(
      'deadline',
      'deadline',
      `the bakes add up to ${bakes / MINUTE} min, the deadline is ${plan.deadlineMs / MINUTE} min: it could never be promoted`,
    );
  const bins = (plan.deadlineMs + plan.watchMs) / plan.analysis.intervalMs;
  if (bins > BINS_AT_MOST)
    add(
      'analysis.interval',
      'interval',
      `deadline and watch hold ${Math.round(bins)} intervals, at most ${BINS_AT_MOST}; lengthen analysis.interval`,
    );
  return problems;
}

const BINS_AT_MOST = BOUNDS.binsAtMost;

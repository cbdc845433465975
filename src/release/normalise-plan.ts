import type { Problem } from './errors.ts';
import { makeMetrics, makeProbes } from './normalise-metrics.ts';
import type { HttpValidation, Plan, Step } from './plan.ts';
import { wholeProblems } from './plan-problems.ts';
import { rangesOf } from './status-ranges.ts';
import type { PresetName, WrittenPlan } from './written-plan.ts';

export { risingProblems } from './plan-problems.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

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
    probes: makeProbes(object.probes),
    maxNoDataMs: object.maxNoData,
    onNoData: object.onNoData,
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
  const metrics = makeMetrics(analysis?.metrics);
  return {
    intervalMs: analysis?.interval ?? PLAN_DEFAULTS.intervalMs,
    settleMs: analysis?.settle ?? PLAN_DEFAULTS.settleMs,
    alpha: analysis?.alpha ?? PLAN_DEFAULTS.alpha,
    beta: analysis?.beta ?? PLAN_DEFAULTS.beta,
    budget: {
      absolute: analysis?.budget?.absolute ?? preset.budget.absolute,
      relative: analysis?.budget?.relative ?? preset.budget.relative,
    },
    // One ceiling: of the two places where it may be written, the judge knows this one.
    ceiling: analysis?.ceiling ?? metrics?.failures.ceiling ?? preset.ceiling,
    failures: rangesOf(analysis?.failures ?? PLAN_DEFAULTS.failures),
    metrics,
  };
}

type WrittenHttp = NonNullable<WrittenPlan['validate']>[number]['http'];

function makeValidation(http: WrittenHttp): HttpValidation {
  return {
    path: http.path,
    method: http.method ?? 'GET',
    headers: http.headers ?? {},
    status: rangesOf(http.status ?? 200),
    bodyContains: http.bodyContains,
    passes: http.passes ?? PLAN_DEFAULTS.passes,
    everyMs: http.every ?? PLAN_DEFAULTS.everyMs,
    timeoutMs: http.timeout ?? PLAN_DEFAULTS.timeoutMs,
  };
}

/** What only a whole plan shows, when each of its keys is right by itself. */
import { BOUNDS, limitsAt } from '../limits.ts';
import type { Problem } from './errors.ts';
import { longestTimeoutMs, metricsOf } from './normalise-metrics.ts';
import type { Plan, ProbePlan } from './plan.ts';
import { backwards } from './status-ranges.ts';
import type { WrittenPlan } from './written-plan.ts';

const MINUTE = 60_000;

const PREFLIGHT_MS = limitsAt(1).preflightMs;

/** @param plan what `written` is with its defaults written out */
export function wholeProblems(written: WrittenPlan, plan: Plan, at: string): readonly Problem[] {
  const found = new Found(at);
  strategyProblems(found, written, plan);
  const steps = risingProblems(plan.steps, at);
  plan.steps.forEach((step, index) => {
    if (step.maxBakeMs < step.bakeMs)
      found.add('maxBake', 'max-bake', `maxBake is shorter than the bake of step ${index + 1}`);
  });
  requestProblems(found, plan);
  for (const message of backwards(plan.analysis.failures))
    found.add('analysis.failures', 'range', message);
  timeProblems(found, plan);
  metricProblems(found, written, plan);
  if (plan.probes !== undefined) probeProblems(found, written.probes?.unsafe, plan.probes);
  return [...steps, ...found.problems];
}

class Found {
  readonly problems: Problem[] = [];
  readonly #at: string;

  constructor(at: string) {
    this.#at = at;
  }

  add(path: string, code: string, message: string): void {
    this.problems.push({ path: `${this.#at}.${path}`, code, message });
  }
}

function strategyProblems(found: Found, written: WrittenPlan, plan: Plan): void {
  if (plan.strategy === 'canary') {
    if (plan.steps.length > 0) return;
    found.add('strategy', 'no-steps', 'a canary has steps; write them, or use strategy blue-green');
    return;
  }
  if (written.steps !== undefined)
    found.add(
      'steps',
      'blue-green-steps',
      'blue-green has no steps; leave them out, or use strategy canary',
    );
  const { ceiling, metrics } = written.analysis ?? {};
  const said = ceiling ?? metrics?.failures?.ceiling;
  if (
    written.preset === undefined &&
    said === undefined &&
    metricsOf(plan.analysis).failures.on !== 'off'
  )
    found.add(
      'analysis.ceiling',
      'ceiling-required',
      'blue-green is judged against a ceiling only; set analysis.ceiling, or say "preset": "blue-green" for its own',
    );
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

function requestProblems(found: Found, { validate }: Plan): void {
  for (const [index, { status, passes, everyMs }] of validate.entries()) {
    const path = `validate[${index}].http`;
    for (const message of backwards(status)) found.add(`${path}.status`, 'range', message);
    if ((passes - 1) * everyMs < PREFLIGHT_MS) continue;
    const message = `${passes} passes, one every ${everyMs / MINUTE} min, do not fit into preflight's ${PREFLIGHT_MS / MINUTE} min: ask more often, or for fewer passes`;
    found.add(`${path}.every`, 'preflight', message);
  }
}

function timeProblems(found: Found, plan: Plan): void {
  const bakes = plan.steps.reduce((sum, step) => sum + step.bakeMs, 0);
  if (bakes >= plan.deadlineMs)
    found.add(
      'deadline',
      'deadline',
      `the bakes add up to ${bakes / MINUTE} min, the deadline is ${plan.deadlineMs / MINUTE} min: it could never be promoted`,
    );
  const bins = (plan.deadlineMs + plan.watchMs) / plan.analysis.intervalMs;
  if (bins > BOUNDS.binsAtMost)
    found.add(
      'analysis.interval',
      'interval',
      `deadline and watch hold ${Math.round(bins)} intervals, at most ${BOUNDS.binsAtMost}; lengthen analysis.interval`,
    );
}

function metricProblems(found: Found, written: WrittenPlan, plan: Plan): void {
  const { failures } = metricsOf(plan.analysis);
  const ceiling = written.analysis?.ceiling;
  if (ceiling !== undefined && failures.ceiling !== undefined && ceiling !== failures.ceiling)
    found.add(
      'analysis.metrics.failures.ceiling',
      'two-ceilings',
      `request failures have one ceiling, and analysis.ceiling says ${ceiling}: write it here, to be held against from the first bin on, or there`,
    );
  if (!canRollBack(plan)) found.add('analysis.metrics', 'no-rollback', NO_ROLLBACK[plan.strategy]);
}

const NO_ROLLBACK = {
  canary: 'nothing in this plan rolls back: let a metric or the probes say "on": "rollback"',
  'blue-green':
    'nothing in this plan rolls back: blue-green has no baseline to compare with, so let failures, a metric with a ceiling or the probes say "on": "rollback"',
} as const;

/** Blue-green compares nothing but probes; of its other metrics only a ceiling of the plan is certain. */
function canRollBack({ analysis, probes, strategy }: Plan): boolean {
  const { failures, more } = metricsOf(analysis);
  const compares = strategy === 'canary';
  return (
    failures.on === 'rollback' ||
    probes?.on === 'rollback' ||
    more.some(({ on, ceiling }) => on === 'rollback' && (compares || ceiling !== undefined))
  );
}

function probeProblems(found: Found, unsafe: boolean | undefined, probes: ProbePlan): void {
  const { requests, perSecond, timeoutMs, edgesMs } = probes;
  for (const [index, { method, status }] of requests.entries()) {
    const path = `probes.requests[${index}]`;
    if (unsafe !== true && method !== 'GET' && method !== 'HEAD')
      found.add(
        `${path}.method`,
        'unsafe',
        `${method} may change something, as often as the rate says and on both versions; if it does not, say "unsafe": true`,
      );
    for (const message of backwards(status)) found.add(`${path}.status`, 'range', message);
  }
  const longestMs = longestTimeoutMs(perSecond);
  if (timeoutMs > longestMs)
    found.add(
      'probes.timeout',
      'too-many-waiting',
      `at this rate at most ${longestMs} ms, so that no more than ${BOUNDS.probesWaiting} probes wait for one host: shorten it, or lower the rate`,
    );
  for (const [index, edgeMs] of edgesMs.entries()) {
    if (edgeMs < timeoutMs) continue;
    const message = `no answer is slower than the timeout, ${timeoutMs} ms: leave this edge out, or wait longer`;
    found.add(`probes.edges[${index}]`, 'edge-over-timeout', message);
  }
}

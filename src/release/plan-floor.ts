/**
 * Whether a plan protects production less than another one does. Only what lets a worse version further,
 * or sees it later, counts. `maxPause` does not: a longer one waits under the judge's eyes.
 */
import type { Problem } from './errors.ts';
import { Comparison, duration, headerText, type Shortfall } from './floor-comparison.ts';
import { compareMetrics } from './metrics-floor.ts';
import { metricsOf } from './normalise-metrics.ts';
import type { HttpValidation, Plan } from './plan.ts';
import { holdSame, isCovered, statusText } from './status-ranges.ts';

/**
 * Every difference that makes the plan weaker than the floor, with its path below `at`.
 * Empty for the floor itself; and what is not weaker than a plan which is not weaker than the floor is
 * not weaker than the floor either.
 */
export function weakerThan(plan: Plan, floor: Plan, at = 'plan'): readonly Problem[] {
  const compare = new Comparison(at);
  if (floor.strategy === 'canary' && plan.strategy === 'blue-green') {
    compare.weaker('strategy', 'canary, so that few visitors meet it first', 'blue-green');
  }
  if (floor.strategy === 'canary' && plan.strategy === 'canary') {
    compareSteps(compare, plan, floor);
    const { budget } = plan.analysis;
    compare.atMost('analysis.budget.absolute', budget.absolute, floor.analysis.budget.absolute);
    compare.atMost('analysis.budget.relative', budget.relative, floor.analysis.budget.relative);
  }
  compareAnalysis(compare, plan.analysis, floor.analysis);
  compareMetrics(compare, plan, floor);
  compare.care('onUndecided', plan.onUndecided, floor.onUndecided);
  compare.care('onBlind', plan.onBlind, floor.onBlind);
  compare.care('onDeadline', plan.onDeadline, floor.onDeadline);
  compare.notLonger('maxBlind', plan.maxBlindMs, floor.maxBlindMs);
  compareNoData(compare, plan, floor);
  compareDeadlines(compare, plan, floor);
  compare.notShorter('watch', plan.watchMs, floor.watchMs);
  compareValidations(compare, plan.validate, floor.validate);
  if (floor.label.require && !plan.label.require) compare.weaker('label.require', 'true', 'false');
  if (floor.pinned === 'wait' && plan.pinned === 'accept') {
    compare.weaker('pinned', 'wait', 'accept');
  }
  return compare.problems;
}

function compareAnalysis(
  compare: Comparison,
  plan: Plan['analysis'],
  floor: Plan['analysis'],
): void {
  compare.notLonger('analysis.interval', plan.intervalMs, floor.intervalMs);
  compare.notShorter('analysis.settle', plan.settleMs, floor.settleMs);
  // A smaller alpha asks for more proof of harm before it goes back.
  compare.atLeast('analysis.alpha', plan.alpha, floor.alpha);
  compare.atMost('analysis.beta', plan.beta, floor.beta);
  const said = metricsOf(plan).failures;
  const asked = metricsOf(floor).failures;
  // A floor that does not judge request failures asks nothing of them.
  if (asked.on === 'off' || said.on === 'off') return;
  const at = said.ceiling === undefined ? 'analysis' : 'analysis.metrics.failures';
  compare.ceiling(`${at}.ceiling`, plan.ceiling, floor.ceiling);
  // Codes that fail all day are noise that hides the others, so more of them are no more care.
  if (!holdSame(plan.failures, floor.failures)) {
    const codes = `${statusText(floor.failures)} to count as failures, no fewer and no more`;
    compare.weaker('analysis.failures', codes, statusText(plan.failures));
  }
}

/** Without limit and policy of its own, `no-data` has those of blindness, which are compared already. */
function compareNoData(compare: Comparison, plan: Plan, floor: Plan): void {
  if (plan.maxNoDataMs !== undefined || floor.maxNoDataMs !== undefined) {
    const asked = floor.maxNoDataMs ?? floor.maxBlindMs;
    compare.notLonger('maxNoData', plan.maxNoDataMs ?? plan.maxBlindMs, asked);
  }
  if (plan.onNoData !== undefined || floor.onNoData !== undefined) {
    compare.care('onNoData', plan.onNoData ?? plan.onBlind, floor.onNoData ?? floor.onBlind);
  }
}

/**
 * The judge spreads its proof over the bins of deadline and watch (judge-config.ts): over more of them
 * it believes late harm more slowly. The watch is left out: a longer one must stay allowed.
 */
function compareDeadlines(compare: Comparison, plan: Plan, floor: Plan): void {
  const said = plan.deadlineMs / plan.analysis.intervalMs;
  const asked = floor.deadlineMs / floor.analysis.intervalMs;
  if (said <= asked) return;
  const { deadlineMs, analysis } = plan;
  const each = duration(analysis.intervalMs);
  const most = `at most ${asked} times analysis.interval`;
  compare.weaker('deadline', most, `${said} times (${duration(deadlineMs)} of ${each} each)`);
}

/**
 * By exposure, weight times bake: it says how many requests were judged at a weight or less before
 * there was more. Minutes alone would let hours at 1 % pay for the bake at 50 %. No leap is larger than
 * the floor's largest, because some harm shows only under load, however long a small weight was judged.
 */
function compareSteps(compare: Comparison, plan: Plan, floor: Plan): void {
  const first = floor.steps[0]?.weight ?? 0;
  compare.atMost('steps[0].weight', plan.steps[0]?.weight ?? 100, first);
  const last = floor.steps.at(-1)?.weight ?? 0;
  const end = Math.max(0, plan.steps.length - 1);
  compare.atLeast(`steps[${end}].weight`, plan.steps[end]?.weight ?? 0, last);
  compareLeaps(compare, plan, floor);
  const bakes = shortfalls(plan, floor, 'bakeMs');
  for (const shortfall of bakes) {
    const path = pathOfBake(plan, shortfall.weight);
    // The first weight has spoken for itself.
    if (path !== 'steps[0].weight') compare.exposure(path, 'bake', shortfall);
  }
  // Patience matters only where its end means going on.
  if (plan.onUndecided !== 'advance' || floor.onUndecided !== 'advance') return;
  // A step that comes too early takes its patience with it: told once, above.
  const early = bakes.filter(({ weight }) => pathOfBake(plan, weight).endsWith('.weight'));
  const [patience] = shortfalls(plan, floor, 'maxBakeMs').filter(
    ({ weight }) => !early.some((other) => other.weight === weight),
  );
  if (patience !== undefined) compare.exposure('maxBake', 'maxBake', patience);
}

/** Between steps only: the leaps to the first weight and from the last are told as those weights. */
function compareLeaps(compare: Comparison, plan: Plan, floor: Plan): void {
  const most = Math.max(...leaps([0, ...floor.steps.map(({ weight }) => weight), 100]));
  for (const [index, leap] of leaps(plan.steps.map(({ weight }) => weight)).entries()) {
    if (leap <= most) continue;
    const asked = `a weight at most ${most} above the one before`;
    compare.weaker(`steps[${index + 1}].weight`, asked, `${leap} above it`);
  }
}

function leaps(weights: readonly number[]): readonly number[] {
  return weights.slice(1).map((weight, index) => weight - (weights[index] ?? 0));
}

/** Of shortfalls that only carry an earlier one on, the first speaks for all. */
function shortfalls(plan: Plan, floor: Plan, of: 'bakeMs' | 'maxBakeMs'): readonly Shortfall[] {
  let told = 0;
  return floor.steps.flatMap(({ weight }) => {
    const asked = exposure(floor, weight, of);
    const said = exposure(plan, weight, of);
    if (asked - said <= told) return [];
    told = asked - said;
    return [{ weight, asked, said }];
  });
}

/** Whole numbers, so that sums are exact whatever their order: weights may be fractions of a percent. */
function exposure(plan: Plan, weight: number, of: 'bakeMs' | 'maxBakeMs'): number {
  const steps = plan.steps.filter((step) => step.weight <= weight);
  return steps.reduce((sum, step) => sum + Math.round(step.weight * step[of]), 0);
}

/** A bake that is too short, or else the weight of the step that comes too early. */
function pathOfBake(plan: Plan, weight: number): string {
  const same = plan.steps.findIndex((step) => step.weight === weight);
  const above = plan.steps.findIndex((step) => step.weight > weight);
  if (same === -1 && above !== -1) return `steps[${above}].weight`;
  return `steps[${same === -1 ? plan.steps.length - 1 : same}].bake`;
}

function compareValidations(
  compare: Comparison,
  plan: readonly HttpValidation[],
  floor: readonly HttpValidation[],
): void {
  for (const asked of floor) {
    const alike = plan.flatMap((said, index) =>
      said.path === asked.path && said.method === asked.method
        ? [{ index, said, fields: weakerFields(said, asked) }]
        : [],
    );
    if (alike.some(({ fields }) => fields.length === 0)) continue;
    const [nearest] = alike.toSorted((one, other) => one.fields.length - other.fields.length);
    if (nearest === undefined) {
      compare.weaker('validate', `the request ${asked.method} ${asked.path}`, 'nothing of it');
    }
    nearest?.fields.forEach(([field, wanted, said]) =>
      compare.weaker(`validate[${nearest.index}].http.${field}`, wanted, said),
    );
  }
}

type WeakerField = readonly [field: string, asked: string, said: string];

/** What makes one request prove less than the other, for the same path and method. */
function weakerFields(said: HttpValidation, asked: HttpValidation): readonly WeakerField[] {
  const fields: WeakerField[] = [];
  const add = (weaker: boolean, field: string, texts: readonly [string, string]): void => {
    if (weaker) fields.push([field, ...texts]);
  };
  const same = headerText(said.headers) === headerText(asked.headers);
  add(!same, 'headers', ['the same headers', 'other ones']);
  const more = said.status.some((range) => !isCovered(range, asked.status));
  add(more, 'status', [`only ${statusText(asked.status)}`, statusText(said.status)]);
  const found = said.bodyContains?.includes(asked.bodyContains ?? '') ?? false;
  const text = JSON.stringify(said.bodyContains ?? '');
  add(asked.bodyContains !== undefined && !found, 'bodyContains', [
    JSON.stringify(asked.bodyContains),
    text,
  ]);
  add(said.passes < asked.passes, 'passes', [`at least ${asked.passes}`, String(said.passes)]);
  const every = [`at least ${duration(asked.everyMs)}`, duration(said.everyMs)] as const;
  add(said.everyMs < asked.everyMs, 'every', every);
  const timeout = [`at most ${duration(asked.timeoutMs)}`, duration(said.timeoutMs)] as const;
  add(said.timeoutMs > asked.timeoutMs, 'timeout', timeout);
  return fields;
}

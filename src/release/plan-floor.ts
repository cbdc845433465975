/**
 * Whether a plan protects production less than another one does. Only what lets a worse version further,
 * or sees it later, counts. `maxPause` does not: a longer one waits under the judge's eyes.
 */
import type { Problem } from './errors.ts';
import type { HttpValidation, Plan, StatusRange } from './plan.ts';

/** From the most careful to the least. */
const CARE = ['roll-back', 'pause', 'advance'];

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
  compare.care('onUndecided', plan.onUndecided, floor.onUndecided);
  compare.care('onBlind', plan.onBlind, floor.onBlind);
  compare.care('onDeadline', plan.onDeadline, floor.onDeadline);
  compare.notLonger('maxBlind', plan.maxBlindMs, floor.maxBlindMs);
  compareDeadlines(compare, plan, floor);
  compare.notShorter('watch', plan.watchMs, floor.watchMs);
  compareValidations(compare, plan.validate, floor.validate);
  if (floor.label.require && !plan.label.require) compare.weaker('label.require', 'true', 'false');
  if (floor.pinned === 'wait' && plan.pinned === 'accept') {
    compare.weaker('pinned', 'wait', 'accept');
  }
  return compare.problems;
}

/** Collects the differences, in the words of a written plan. */
class Comparison {
  readonly problems: Problem[] = [];
  readonly #at: string;

  constructor(at: string) {
    this.#at = at;
  }

  weaker(path: string, asked: string, said: string): void {
    const message = `the weakest plan allowed asks for ${asked}; this plan says ${said}`;
    this.problems.push({ path: `${this.#at}.${path}`, code: 'weaker', message });
  }

  atMost(path: string, said: number, floor: number): void {
    if (said > floor) this.weaker(path, `at most ${floor}`, String(said));
  }

  atLeast(path: string, said: number, floor: number): void {
    if (said < floor) this.weaker(path, `at least ${floor}`, String(said));
  }

  notLonger(path: string, saidMs: number, floorMs: number): void {
    if (saidMs > floorMs) this.weaker(path, `at most ${duration(floorMs)}`, duration(saidMs));
  }

  notShorter(path: string, saidMs: number, floorMs: number): void {
    if (saidMs < floorMs) this.weaker(path, `at least ${duration(floorMs)}`, duration(saidMs));
  }

  exposure(path: string, key: 'bake' | 'maxBake', { weight, asked, said }: Shortfall): void {
    const sum = `percent-minutes (weight x ${key}, summed) at ${weight} % or less`;
    this.weaker(path, `${asked / MINUTE_MS} ${sum}`, String(said / MINUTE_MS));
  }

  care(path: string, said: string, floor: string): void {
    const enough = CARE.slice(0, CARE.indexOf(floor) + 1);
    if (!enough.includes(said)) this.weaker(path, enough.join(' or '), said);
  }
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
  if (floor.ceiling !== undefined && (plan.ceiling === undefined || plan.ceiling > floor.ceiling)) {
    compare.weaker('analysis.ceiling', `at most ${floor.ceiling}`, String(plan.ceiling ?? 'none'));
  }
  // Codes that fail all day are noise that hides the others, so more of them are no more care.
  if (!holdSame(plan.failures, floor.failures)) {
    const asked = `${statuses(floor.failures)} to count as failures, no fewer and no more`;
    compare.weaker('analysis.failures', asked, statuses(plan.failures));
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

/** Exposures in percent-milliseconds. */
interface Shortfall {
  readonly weight: number;
  readonly asked: number;
  readonly said: number;
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
  // Values of headers may be secret: they are compared, and never told.
  const same = headerText(said) === headerText(asked);
  add(!same, 'headers', ['the same headers', 'other ones']);
  const more = said.status.some((range) => !isCovered(range, asked.status));
  add(more, 'status', [`only ${statuses(asked.status)}`, statuses(said.status)]);
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

/** Header names know no case. */
function headerText({ headers }: HttpValidation): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return lines.toSorted().join('\n');
}

/** Whether the others together hold every code of the range. */
function isCovered({ from, to }: StatusRange, others: readonly StatusRange[]): boolean {
  const rising = others.toSorted((one, other) => one.from - other.from);
  const end = rising.reduce(
    (next, other) => (other.from <= next ? Math.max(next, other.to + 1) : next),
    from,
  );
  return end > to;
}

function holdSame(some: readonly StatusRange[], others: readonly StatusRange[]): boolean {
  return (
    some.every((range) => isCovered(range, others)) &&
    others.every((range) => isCovered(range, some))
  );
}

function statuses(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

const MINUTE_MS = 60_000;

const UNITS = [
  ['h', 60 * MINUTE_MS],
  ['m', MINUTE_MS],
  ['s', 1_000],
] as const;

/** Exact, in the largest unit that divides it: as a plan would write it. */
function duration(valueMs: number): string {
  const unit = UNITS.find(([, size]) => valueMs > 0 && valueMs % size === 0);
  return unit === undefined ? `${valueMs}ms` : `${valueMs / unit[1]}${unit[0]}`;
}

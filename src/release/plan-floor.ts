/**
 * Whether a plan protects production less than another one does. Only what lets a worse version further,
 * or sees it later, counts. `deadline` and `maxPause` do not: a longer one waits under the judge's eyes.
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
  if (!floor.failures.every((range) => isCovered(range, plan.failures))) {
    const asked = `${statuses(floor.failures)} to count as failures`;
    compare.weaker('analysis.failures', asked, statuses(plan.failures));
  }
}

/** By weight reached: how long visitors were judged at that weight or less before there were more. */
function compareSteps(compare: Comparison, plan: Plan, floor: Plan): void {
  const first = floor.steps[0]?.weight ?? 0;
  compare.atMost('steps[0].weight', plan.steps[0]?.weight ?? 100, first);
  const last = floor.steps.at(-1)?.weight ?? 0;
  const end = Math.max(0, plan.steps.length - 1);
  compare.atLeast(`steps[${end}].weight`, plan.steps[end]?.weight ?? 0, last);
  const bakes = shortfalls(plan, floor, 'bakeMs');
  for (const { weight, askedMs, saidMs } of bakes) {
    const path = pathOfBake(plan, weight);
    // The first weight has spoken for itself.
    if (path === 'steps[0].weight') continue;
    compare.weaker(path, `${duration(askedMs)} of bake at ${weight} % or less`, duration(saidMs));
  }
  // Patience matters only where its end means going on.
  if (plan.onUndecided !== 'advance' || floor.onUndecided !== 'advance') return;
  // A step that comes too early takes its patience with it: told once, above.
  const early = bakes.filter(({ weight }) => pathOfBake(plan, weight).endsWith('.weight'));
  const [patience] = shortfalls(plan, floor, 'maxBakeMs').filter(
    ({ weight }) => !early.some((other) => other.weight === weight),
  );
  if (patience === undefined) return;
  const { weight, askedMs, saidMs } = patience;
  const asked = `${duration(askedMs)} of maxBake at ${weight} % or less before it goes on undecided`;
  compare.weaker('maxBake', asked, duration(saidMs));
}

interface Shortfall {
  readonly weight: number;
  readonly askedMs: number;
  readonly saidMs: number;
}

/** Of shortfalls that only carry an earlier one on, the first speaks for all. */
function shortfalls(plan: Plan, floor: Plan, of: 'bakeMs' | 'maxBakeMs'): readonly Shortfall[] {
  let told = 0;
  return floor.steps.flatMap(({ weight }) => {
    const askedMs = summed(floor, weight, of);
    const saidMs = summed(plan, weight, of);
    if (askedMs - saidMs <= told) return [];
    told = askedMs - saidMs;
    return [{ weight, askedMs, saidMs }];
  });
}

function summed(plan: Plan, weight: number, of: 'bakeMs' | 'maxBakeMs'): number {
  const steps = plan.steps.filter((step) => step.weight <= weight);
  return steps.reduce((sum, step) => sum + step[of], 0);
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

function statuses(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Exact, in the largest unit that divides it: as a plan would write it. */
function duration(valueMs: number): string {
  const unit = UNITS.find(([, size]) => valueMs > 0 && valueMs % size === 0);
  return unit === undefined ? `${valueMs}ms` : `${valueMs / unit[1]}${unit[0]}`;
}

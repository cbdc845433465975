/** Runs one target with many inputs: counts, measures, shrinks what fails. */
import fc from 'fast-check';

export type Outcome = 'accepted' | 'refused';

/** One parser or door, and what must hold of it whatever it is given. */
export interface Target<T> {
  readonly name: string;
  /** Its part of all runs, in parts of the sum of all targets. */
  readonly share: number;
  readonly inputs: fc.Arbitrary<T>;
  /** Tried before any other input, in every run. */
  readonly examples?: readonly T[];
  /** Throws when something is not as it must be. */
  readonly attempt: (input: T) => Outcome | Promise<Outcome>;
  /** Of the processor, for one input. Default: one second. */
  readonly limitMs?: number;
}

export interface Order {
  readonly runs: number;
  readonly seed: number;
  /** Of a finding before: only that input is run. */
  readonly path: string | undefined;
  /** Called before each input. */
  readonly beat: () => void;
}

export interface Finding {
  readonly error: unknown;
  /** The smallest input that still fails. */
  readonly input: unknown;
  readonly path: string;
}

export interface Report {
  readonly name: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly finding: Finding | undefined;
}

export interface FuzzTarget {
  readonly name: string;
  readonly share: number;
  readonly fuzz: (order: Order) => Promise<Report>;
}

/**
 * One input may take this much of the processor: by the clock a busy machine would be found guilty. Taken
 * three times, since the engine of JavaScript itself does other work in between.
 */
export const INPUT_LIMIT_MS = 1_000;
const ATTEMPTS = 3;
/** A promise that has not settled by then is taken for one that never will. */
const SETTLE_LIMIT_MS = 10_000;

export function target<T>(definition: Target<T>): FuzzTarget {
  const { name, share } = definition;
  return { name, share, fuzz: (order) => fuzz(definition, order) };
}

async function fuzz<T>(definition: Target<T>, order: Order): Promise<Report> {
  const { name, inputs, examples = [] } = definition;
  const count = { accepted: 0, refused: 0, inputs: 0 };
  let slowestMs = 0;
  let failed = false;
  const property = fc.asyncProperty(inputs, async (input) => {
    order.beat();
    try {
      const { outcome, ms } = await measured(definition, input);
      if (failed) return;
      count[outcome] += 1;
      count.inputs += 1;
      slowestMs = Math.max(slowestMs, ms);
    } catch (error) {
      // What comes now is the same input again, smaller.
      if (!failed) count.inputs += 1;
      failed = true;
      throw error;
    }
  });
  const details = await fc.check(property, {
    numRuns: order.path === undefined ? Math.max(order.runs, examples.length) : 1,
    seed: order.seed,
    ...(order.path === undefined ? {} : { path: order.path }),
    examples: examples.map((example): [T] => [example]),
  });
  const finding = details.failed
    ? {
        error: details.errorInstance,
        input: details.counterexample?.[0],
        path: details.counterexamplePath ?? '',
      }
    : undefined;
  return { name, ...count, slowestMs, finding };
}

async function measured<T>(
  { attempt, limitMs = INPUT_LIMIT_MS }: Target<T>,
  input: T,
): Promise<{ outcome: Outcome; ms: number }> {
  let best = await once(attempt, input);
  for (let tries = 1; tries < ATTEMPTS && best.ms > limitMs; tries += 1) {
    const again = await once(attempt, input);
    if (again.ms < best.ms) best = again;
  }
  if (best.ms <= limitMs) return best;
  throw new Error(`it took ${Math.round(best.ms)} ms, at most ${limitMs} ms are allowed`);
}

async function once<T>(
  attempt: Target<T>['attempt'],
  input: T,
): Promise<{ outcome: Outcome; ms: number }> {
  const before = process.threadCpuUsage();
  const result = attempt(input);
  const outcome = typeof result === 'string' ? result : await settled(result);
  const { user, system } = process.threadCpuUsage(before);
  return { outcome, ms: (user + system) / 1_000 };
}

async function settled(result: Promise<Outcome>): Promise<Outcome> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`nothing came of it within ${SETTLE_LIMIT_MS} ms`));
  }, SETTLE_LIMIT_MS);
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** `accepted` when the parser takes it; `refused` when it says no in the way it must; else it throws. */
export function tried<T>(
  parse: () => T,
  options: { readonly refusal: (error: unknown) => boolean; readonly check?: (value: T) => void },
): Outcome {
  let value: T;
  try {
    value = parse();
  } catch (error) {
    if (options.refusal(error)) return 'refused';
    throw error;
  }
  options.check?.(value);
  return 'accepted';
}

/** Says what must hold, when it does not. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

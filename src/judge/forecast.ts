import { after, binsUntilCertified, type Expected } from './certify-growth.ts';
import { type CertifyState, startCertify } from './certify.ts';
import type { Margin } from './types.ts';

export interface ForecastStep {
  /** Fraction of the requests that the canary gets. */
  readonly weight: number;
  readonly margin: Margin;
  /** The least time at this weight. Left out: none, it goes on as soon as it is certified. */
  readonly bakeBins?: number;
  /** Then it is undecided. */
  readonly maxBakeBins: number;
}

export interface ForecastInput {
  readonly steps: readonly ForecastStep[];
  /** Of both versions together. */
  readonly requestsPerBin: number;
  /** The baseline's; a good canary's too. */
  readonly failureRate: number;
  /** Overdispersion, at least 1. */
  readonly phi: number;
  /** Certified means a log e-value of ln(1/beta). */
  readonly beta: number;
}

export interface StepForecast {
  /**
   * Bins of this step until a good canary is certified, at the mean of what comes: about half of the
   * releases need less. 0: what came before is enough. Undefined: longer than `maxBakeBins`.
   */
  readonly bins: number | undefined;
  /**
   * The same for a canary without one failure, which nothing beats (rule of three).
   * Undefined: not even that one within `maxBakeBins`, so this step never certifies.
   */
  readonly atBest: number | undefined;
}

/**
 * What a plan's steps can certify, before anything is released: which never do at this traffic, and how
 * long the others take. Evidence for every step grows from the first bin on, so a step has what the
 * earlier ones gave it; each of them lasts until it is certified, at least its bake, at most `maxBakeBins`.
 */
export function neverCertifies(input: ForecastInput): readonly StepForecast[] {
  const { steps, phi, beta, failureRate } = input;
  const threshold = -Math.log(beta);
  const typical = steps.map(({ margin }) => startCertify(margin, phi));
  const spotless = steps.map(({ margin }) => startCertify(margin, phi));
  return steps.map((step, index) => {
    const { bakeBins = 0, maxBakeBins, weight } = step;
    const usual = expectedAt(input, weight, failureRate);
    const best = expectedAt(input, weight, 0);
    const bins = within(maxBakeBins, typical[index], { expected: usual, threshold });
    const atBest = within(maxBakeBins, spotless[index], { expected: best, threshold });
    // Both last the same: the spotless one is to be no worse off for having been certified early.
    const lasts = Math.max(bakeBins, bins ?? maxBakeBins);
    pass(typical, usual, lasts);
    pass(spotless, best, lasts);
    return { bins, atBest };
  });
}

interface Course {
  readonly expected: Expected;
  readonly threshold: number;
}

function within(
  most: number,
  state: CertifyState | undefined,
  { expected, threshold }: Course,
): number | undefined {
  const bins = state && binsUntilCertified(state, expected, threshold);
  return bins === undefined || bins > most ? undefined : bins;
}

/** That many bins more for the states of all steps, in place. */
function pass(states: CertifyState[], expected: Expected, bins: number): void {
  for (const [index, state] of states.entries()) states[index] = after(state, expected, bins);
}

function expectedAt(input: ForecastInput, weight: number, canaryRate: number): Expected {
  const { requestsPerBin, failureRate } = input;
  return {
    canary: { requests: requestsPerBin * weight, failureRate: canaryRate },
    baseline: { requests: requestsPerBin * (1 - weight), failureRate },
  };
}

import { JudgeInputError } from './errors.ts';
import type { Margin } from './types.ts';

/** The worst excess the whole service may show after the next step. */
export interface Budget {
  /** Fraction of all requests (B of statistics.md 3). */
  readonly absolute: number;
  /** Multiple of the baseline's failure rate (b of statistics.md 3). */
  readonly relative: number;
}

/**
 * The margin of each step, scaled to the NEXT weight (the swap's is 1): rho = 1 + b / next and
 * delta = B / next. What is risked is what the next weight exposes, so early steps have wide margins
 * and none has a wider one than the step before (statistics.md 3).
 *
 * @param weights of the steps as fractions (0.05 is 5 %), never falling; empty gives none.
 * @throws JudgeInputError for a weight that is not in (0, 1] or that falls, or a negative budget.
 */
export function margins(weights: readonly number[], budget: Budget): Margin[] {
  refuseUnless(
    budget.absolute >= 0 && budget.absolute < Infinity,
    'budget.absolute',
    budget.absolute,
  );
  refuseUnless(
    budget.relative >= 0 && budget.relative < Infinity,
    'budget.relative',
    budget.relative,
  );
  let previous = 0;
  for (const [step, weight] of weights.entries()) {
    refuseUnless(weight > 0 && weight >= previous && weight <= 1, `weights[${step}]`, weight);
    previous = weight;
  }
  return weights.map((_, step) => {
    const next = weights[step + 1] ?? 1;
    return { rho: 1 + budget.relative / next, delta: budget.absolute / next };
  });
}

function refuseUnless(holds: boolean, name: string, value: number): void {
  if (holds) return;
  throw new JudgeInputError(
    `Margins: ${name} is ${value}; weights are fractions in (0, 1] that never fall, budgets from 0 on.`,
  );
}

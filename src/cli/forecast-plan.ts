/** What a forecast can speak of. */
import { InvalidInputError } from '../release/errors.ts';
import type { Plan } from '../release/plan.ts';

/** Request failures are what a forecast draws: a plan that does not go back by them has none. */
export function checkForecastable(plan: Plan): void {
  const on = plan.analysis.metrics?.failures.on ?? 'rollback';
  if (on === 'rollback') return;
  const message = `this plan says ${on}; a forecast is about request failures that are taken back`;
  const path = 'plan.analysis.metrics.failures.on';
  throw new InvalidInputError('the plan', [{ path, code: 'not-judged', message }]);
}

import type { JudgeConfig } from '../judge/types.ts';
import { margins } from '../judge/margins.ts';
import type { Plan } from './plan.ts';
import type { Release } from './release.ts';

/** Ceiling before one is fixed; also that of a plan without one whose baseline never failed. */
const CEILING_TIMES_BASELINE = 3;

/** The one place where percents of a plan become fractions of the judge. */
export function judgeConfig(plan: Plan, release: Release): JudgeConfig {
  const { analysis } = plan;
  const weights = plan.steps.map((step) => step.weight / 100);
  return {
    alpha: analysis.alpha,
    beta: analysis.beta,
    rho: 1,
    delta: 0,
    phi: 1,
    horizonBins: Math.ceil((plan.deadlineMs + plan.watchMs) / analysis.intervalMs),
    margins: margins(weights, analysis.budget),
    mode: plan.strategy === 'blue-green' || release.baseline === null ? 'ceiling' : 'concurrent',
    ceiling: release.ceiling ?? analysis.ceiling ?? analysis.budget.absolute,
  };
}

/**
 * Ceiling that the watch is judged against, fixed before the swap: the plan's, else three times the
 * baseline's failure rate in the ramp plus the absolute budget (design section 6).
 */
export function fixCeiling(plan: Plan, baseline: { requests: number; failures: number }): number {
  if (plan.analysis.ceiling !== undefined) return plan.analysis.ceiling;
  const rate = baseline.requests === 0 ? 0 : baseline.failures / baseline.requests;
  return CEILING_TIMES_BASELINE * rate + plan.analysis.budget.absolute;
}

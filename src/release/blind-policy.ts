/** How long a release may be blind, and what the plan does then: nobody there, or nothing to be seen. */
import type { Plan } from './plan.ts';
import type { Reason } from './reason.ts';

/** Telemetry answers, and shows nobody of either version. */
export function isNoData(reason: Reason): boolean {
  return reason === 'no-data' || reason === 'label-missing';
}

/** Milliseconds. */
export function patienceWhenBlind(plan: Plan, reason: Reason): number {
  return isNoData(reason) ? (plan.maxNoDataMs ?? plan.maxBlindMs) : plan.maxBlindMs;
}

export function policyWhenBlind(plan: Plan, reason: Reason): 'pause' | 'roll-back' {
  return isNoData(reason) ? (plan.onNoData ?? plan.onBlind) : plan.onBlind;
}

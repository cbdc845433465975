import type { Minute } from '../minutes.ts';
import { kthLargest, type Rule } from './rule.ts';

/**
 * Flagger's `request-success-rate` with `thresholdRange.min: 99`, `interval: 1m`, `threshold: 5`
 * (docs/gitbook/usage/metrics.md and how-it-works.md of fluxcd/flagger).
 *
 * `runBuiltinMetricChecks` (pkg/controller/scheduler_metrics.go, read at 15bd6ad and b564a2f) looks at
 * the canary alone: the check fails when the rate is below `min`, and also when there are no values,
 * "probably not receiving traffic". scheduler.go counts a failed check in `failedChecks`, which is
 * set to 0 only for a new revision, and rolls back at `failedChecks >= threshold`: five failed
 * checks anywhere in the rollout. So the statistic is the fifth largest failure rate of a minute.
 */
const FAILED_CHECKS = 5;
const MOST_FAILING = 0.01;

export const flagger: Rule = {
  id: 'flagger',
  title: 'Flagger, 99 %, 5 checks',
  threshold: MOST_FAILING,
  tuned: false,
  start: () => {
    const fifth = kthLargest(FAILED_CHECKS);
    return (minute) => fifth(failureRate(minute, Infinity));
  },
};

/** Kinder than Flagger is: minutes without traffic are no failed checks. Only so it can be tuned at all. */
export const flaggerSkipping: Rule = {
  id: 'flagger-skipping',
  title: 'Flagger, minutes without traffic skipped',
  threshold: MOST_FAILING,
  tuned: true,
  start: () => {
    const fifth = kthLargest(FAILED_CHECKS);
    return (minute) => fifth(failureRate(minute, -Infinity));
  },
};

/** Failures per request of the canary, or what stands for "no values". */
export function failureRate({ canaryFailures, canaryRequests }: Minute, none: number): number {
  return canaryRequests === 0 ? none : canaryFailures / canaryRequests;
}

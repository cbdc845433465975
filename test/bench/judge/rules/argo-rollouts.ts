import { failureRate } from './flagger.ts';
import { kthLargest, type Rule } from './rule.ts';

/**
 * Argo Rollouts' analysis of the documentation: `successCondition: result[0] >= 0.95`,
 * `failureLimit: 3` (docs/features/analysis.md of argoproj/argo-rollouts, 9f8d111).
 *
 * `assessMetricFailureInconclusiveOrError` (analysis/analysis.go, read at 9f8d111 and c9dd7ea) fails the
 * run when `result.Failed > failureLimit`, so at the fourth failed measurement, wherever it is. A
 * division of no requests by no requests is NaN, and `NaN >= 0.95` is false: a failed measurement
 * (utils/evaluate/evaluate.go). The documentation measures every 5 minutes; here it is every
 * minute, which finds harm sooner.
 */
const FAILED_MEASUREMENTS = 4;
const MOST_FAILING = 0.05;

export const argoRollouts: Rule = {
  id: 'argo',
  title: 'Argo Rollouts, 95 %, failureLimit 3',
  threshold: MOST_FAILING,
  tuned: false,
  start: () => {
    const fourth = kthLargest(FAILED_MEASUREMENTS);
    return (minute) => fourth(failureRate(minute, Infinity));
  },
};

/** Kinder than Argo Rollouts is: minutes without traffic are not measured. Only so it can be tuned at all. */
export const argoSkipping: Rule = {
  id: 'argo-skipping',
  title: 'Argo Rollouts, minutes without traffic skipped',
  threshold: MOST_FAILING,
  tuned: true,
  start: () => {
    const fourth = kthLargest(FAILED_MEASUREMENTS);
    return (minute) => fourth(failureRate(minute, -Infinity));
  },
};

import type { Minute } from '../minutes.ts';

/** Counts of both versions over all minutes so far, for the tests that pool them. */
export interface Sums {
  readonly add: (minute: Minute) => void;
  /** Canary's rate less the baseline's. NaN without requests of either. */
  readonly difference: () => number;
  /** Variance of the difference under equal rates; 0 when it cannot be told. */
  readonly pooledVariance: () => number;
}

export function newSums(): Sums {
  let [canaryRequests, canaryFailures, baselineRequests, baselineFailures] = [0, 0, 0, 0];
  return {
    add: (minute) => {
      canaryRequests += minute.canaryRequests;
      canaryFailures += minute.canaryFailures;
      baselineRequests += minute.baselineRequests;
      baselineFailures += minute.baselineFailures;
    },
    difference: () => canaryFailures / canaryRequests - baselineFailures / baselineRequests,
    pooledVariance: () => {
      if (canaryRequests === 0 || baselineRequests === 0) return 0;
      const rate = (canaryFailures + baselineFailures) / (canaryRequests + baselineRequests);
      return rate * (1 - rate) * (1 / canaryRequests + 1 / baselineRequests);
    },
  };
}

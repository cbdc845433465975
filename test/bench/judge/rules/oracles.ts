import type { Rule } from './rule.ts';

const LN_100 = Math.log(100);

/** Wald's sequential test (1945) that knows both true rates at every minute: nobody can do better. */
export const knowsAll: Rule = {
  id: 'o1',
  title: 'O1, oracle that knows both rates',
  threshold: LN_100,
  tuned: false,
  start: () => {
    let logRatio = 0;
    return ({ canaryRequests, canaryFailures, canaryRate, baselineRate }) => {
      logRatio +=
        canaryFailures * Math.log(canaryRate / baselineRate) +
        (canaryRequests - canaryFailures) * (Math.log1p(-canaryRate) - Math.log1p(-baselineRate));
      return logRatio;
    };
  },
};

/**
 * Knows how many times as often the canary fails, but not the baseline's rate: the likelihood ratio
 * of the canary's share of failures. The best there is that a shared incident cannot fool.
 */
export const knowsRatio: Rule = {
  id: 'o2',
  title: 'O2, oracle that knows the ratio',
  threshold: LN_100,
  tuned: false,
  start: () => {
    let logRatio = 0;
    return (minute) => {
      const { canaryRequests, baselineRequests, canaryFailures, baselineFailures } = minute;
      const requests = canaryRequests + baselineRequests;
      if (requests === 0) return logRatio;
      const ratio = minute.canaryRate / minute.baselineRate;
      const share = canaryRequests / requests;
      logRatio +=
        canaryFailures * Math.log(ratio) -
        (canaryFailures + baselineFailures) * Math.log1p(share * (ratio - 1));
      return logRatio;
    };
  },
};

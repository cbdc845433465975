import { foldHarm, startHarm } from '../../../../src/judge/harm.ts';
import { mixtureOf, type Mixture } from '../../../../src/judge/mixture.ts';
import type { Known, Fold, Rule } from './rule.ts';

const LN_100 = Math.log(100);

/** What src/judge/ceiling.ts leaves for the comparison before a watch, and keeps for the ceiling. */
const KEPT_FOR_THE_CEILING = 0.2;

/** The production harm process with the strict null "canary fails at most as often", alpha 1 %. */
export const slipway: Rule = {
  id: 'slipway',
  title: 'Slipway',
  threshold: LN_100,
  tuned: false,
  start: (known) => start(known, mixtureOf(false)),
};

/**
 * The same in a release that ends in a watch: `0.8 e + 0.2 >= 100`, since a fifth of alpha is kept for
 * the ceiling, whose e-value is 1 before the watch; in return the bets are other ones (src/judge/mixture.ts).
 */
export const slipwayInRelease: Rule = {
  id: 'slipway-release',
  title: 'Slipway, 20 % of alpha kept for the watch',
  threshold: Math.log((100 - KEPT_FOR_THE_CEILING) / (1 - KEPT_FOR_THE_CEILING)),
  tuned: false,
  start: (known) => start(known, mixtureOf(true)),
};

function start({ horizonMinutes }: Known, mixture: Mixture): Fold {
  const state = startHarm({ rho: 1, delta: 0, phi: 1, horizonBins: horizonMinutes, mixture });
  const canary = { requests: 0, failures: 0, items: 0 };
  const baseline = { requests: 0, failures: 0, items: 0 };
  const arms = { canary, baseline };
  return (minute) => {
    canary.requests = minute.canaryRequests;
    canary.failures = minute.canaryFailures;
    baseline.requests = minute.baselineRequests;
    baseline.failures = minute.baselineFailures;
    return foldHarm(state, arms);
  };
}

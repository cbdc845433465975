import { foldHarm, lnMassOf, startHarm, type HarmState } from '../../../../src/judge/harm.ts';
import type { Minute } from '../minutes.ts';
import { chanceBelow } from './binomial-tail.ts';
import type { Rule } from './rule.ts';

const LN_100 = Math.log(100);

/**
 * Sequential boosting (Fischer and Ramdas, arXiv:2410.16076), which production does not do: what an
 * e-value has above 1/alpha when it rolls back is wasted, so it is spent beforehand. Given the
 * failures m of both versions, those of a harmless canary are binomial (m, share of requests);
 * before the canary's are looked at, the e-value is multiplied by the largest b for which the mean
 * of min(b e, 1/alpha) is what it was before. A smaller failure rate of the canary makes that mean
 * smaller, so the bound of alpha holds. Exact for Poisson counts without overdispersion only.
 */
export const slipwayBoosted: Rule = {
  id: 'slipway-boosted',
  title: 'Slipway boosted, not in production',
  threshold: LN_100,
  tuned: false,
  start: ({ horizonMinutes }) => {
    const state = startHarm({ rho: 1, delta: 0, phi: 1, horizonBins: horizonMinutes });
    const before = state.mixture.effects.map(() => 0);
    let logBoost = 0;
    return (minute) => {
      const logBefore = state.value.ln;
      foldHarm(state, {
        canary: { requests: minute.canaryRequests, failures: minute.canaryFailures, items: 0 },
        baseline: {
          requests: minute.baselineRequests,
          failures: minute.baselineFailures,
          items: 0,
        },
      });
      const mixture = mixtureBefore(state, { minute, logBefore, before });
      if (mixture !== null) logBoost += Math.log(boost(mixture, Math.exp(LN_100 - logBoost)));
      return state.value.ln + logBoost;
    };
  },
};

/** The e-value as a function of the canary's failures in this minute. */
interface Mixture {
  /** Failures of both versions. */
  readonly failures: number;
  /** Share of requests that went to the canary. */
  readonly share: number;
  readonly state: HarmState;
  /** e-value before this minute, and what of it has not begun to bet. */
  readonly total: number;
  readonly reserve: number;
  /** ln of each bet's mass before this minute, those included that begin with it. */
  readonly before: readonly number[];
}

interface Before {
  readonly minute: Minute;
  readonly logBefore: number;
  /** Written here, to make no garbage. */
  readonly before: number[];
}

/** Null where nothing can be won: no failures, or nothing to compare. */
function mixtureBefore(state: HarmState, { minute, logBefore, before }: Before): Mixture | null {
  const failures = minute.canaryFailures + minute.baselineFailures;
  if (failures === 0 || minute.canaryRequests === 0 || minute.baselineRequests === 0) return null;
  const share = minute.canaryRequests / (minute.canaryRequests + minute.baselineRequests);
  let betting = 0;
  for (const [index, { psi, weight }] of state.mixture.effects.entries()) {
    // What the bet has gained in this minute is taken back.
    const gained = minute.canaryFailures * Math.log(psi) - failures * Math.log1p(share * (psi - 1));
    const lnMass = lnMassOf(state, index) - gained;
    before[index] = lnMass;
    betting += weight * Math.exp(lnMass);
  }
  const total = Math.exp(logBefore);
  return { failures, share, state, total, reserve: Math.max(0, total - betting), before };
}

/** The largest b >= 1 with E[min(b e, limit)] = the e-value before. */
function boost(mixture: Mixture, limit: number): number {
  const { failures, share, total } = mixture;
  if (total >= limit) return 1;
  let least = firstAtLeast(mixture, limit);
  if (least > failures) return 1;
  for (; least > 0; least -= 1) {
    const rest = total - limit * (1 - chanceBelow(least, failures, share));
    const factor = rest / expectedBelow(mixture, least);
    // With this factor, are there fewer failures that end it too? Then they have to be counted.
    if (!(factor * valueAt(mixture, least - 1) > limit)) return Math.max(1, factor);
  }
  return 1;
}

/** Fewest failures of the canary whose e-value is at least `limit`; one more than there can be: none. */
function firstAtLeast(mixture: Mixture, limit: number): number {
  let [low, high] = [0, mixture.failures + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (middle > mixture.failures || valueAt(mixture, middle) >= limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

function valueAt({ failures, share, state, reserve, before }: Mixture, canary: number): number {
  let sum = reserve;
  for (const [index, { psi, weight }] of state.mixture.effects.entries()) {
    const gain = canary * Math.log(psi) - failures * Math.log1p(share * (psi - 1));
    sum += weight * Math.exp((before[index] ?? -Infinity) + gain);
  }
  return sum;
}

/**
 * The part of the mean that comes from fewer failures than `least`. A bet turns the binomial
 * (m, share) into another one, so each part is a chance.
 */
function expectedBelow(mixture: Mixture, least: number): number {
  const { failures, share, state, reserve, before } = mixture;
  let sum = reserve * chanceBelow(least, failures, share);
  for (const [index, { psi, weight }] of state.mixture.effects.entries()) {
    const tilted = (share * psi) / (1 + share * (psi - 1));
    const mass = weight * Math.exp(before[index] ?? -Infinity);
    if (mass > 0) sum += mass * chanceBelow(least, failures, tilted);
  }
  return sum;
}

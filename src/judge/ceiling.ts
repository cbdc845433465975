import { startCertify, type CertifyState } from './certify.ts';
import { firstShareOf, startHarm, type HarmState } from './harm.ts';
import type { JudgeConfig } from './types.ts';

/**
 * Shortest horizon of a ceiling process that starts with the watch. The index runs on through
 * pauses, so the planned horizon may be used up when the canary becomes production; late harm in the
 * watch must stay visible all the same.
 */
const WATCH_HORIZON_MIN_BINS = 30;

/**
 * One e-process for harm over the whole release: 0.8 against the baseline, 0.2 against the ceiling.
 * The ceiling's e-value is 1 until the canary is production, so before that harm needs
 * 0.8 e^concurrent + 0.2 >= 1 / alpha. Alpha is spent once over ramp and watch (design section 6).
 */
const CEILING_SHARE = 0.2;

/** A ceiling as the e-process needs it: a rate (fraction), overdispersion, planned bins. */
type Ceiling = Pick<JudgeConfig, 'ceiling' | 'phi' | 'horizonBins' | 'watchFollows'>;

/** ln of what comparison and ceiling count for in the mean of their e-values. */
export interface LnShares {
  readonly concurrent: number;
  readonly ceiling: number;
}

/** @param ceilingFollows false: the ceiling will never be judged by, so nothing is kept for it. */
export function lnShares(ceilingFollows: boolean): LnShares {
  const share = ceilingFollows ? CEILING_SHARE : 0;
  return { concurrent: Math.log(1 - share), ceiling: Math.log(share) };
}

/**
 * Harm against the ceiling: the engine of harm.ts with rho = 0, which needs no baseline
 * (design section 6). It begins at bin `index` of the release with the horizon that is left. That
 * choice is made when the process begins, from the past alone, so the e-value stays valid.
 */
export function startCeilingHarm(config: Ceiling, index: number): HarmState {
  const { ceiling, phi, horizonBins, watchFollows } = config;
  const left = horizonBins - index;
  const horizon = index === 0 ? left : Math.max(left, WATCH_HORIZON_MIN_BINS);
  const firstShare = firstShareOf(watchFollows);
  return startHarm({ rho: 0, delta: ceiling, phi, horizonBins: horizon, firstShare });
}

/** Certification against the ceiling: "the canary fails less often than the ceiling". */
export function startCeilingCertify({ ceiling, phi }: Ceiling): CertifyState {
  return startCertify({ rho: 0, delta: ceiling }, phi);
}

import { startCertify, type CertifyState } from './certify.ts';
import { EValue, type Part } from './e-value.ts';
import { startHarm, type HarmState } from './harm.ts';
import { mixtureOf } from './mixture.ts';
import type { Basis } from './place.ts';
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

/** What comparison and ceiling count for in the mean of their e-values. */
export interface Shares {
  readonly concurrent: number;
  readonly ceiling: number;
}

/** @param ceilingFollows false: the ceiling will never be judged by, so nothing is kept for it. */
export function sharesOf(ceilingFollows: boolean): Shares {
  const ceiling = ceilingFollows ? CEILING_SHARE : 0;
  return { concurrent: 1 - ceiling, ceiling };
}

/** One of the two processes of a measure, as it counts in their mean. */
export interface BasedPart extends Part {
  readonly basis: Basis;
}

/** The processes of one measure; null: there is none, or not yet. */
export interface Processes {
  readonly concurrent: HarmState | null;
  readonly ceiling: HarmState | null;
}

/** What their mean is made of: a ceiling that has not begun has the e-value 1. */
export function partsOf({ concurrent, ceiling }: Processes, shares: Shares): readonly BasedPart[] {
  const against = ceiling?.value ?? new EValue();
  if (concurrent === null) return [{ share: 1, value: against, basis: 'ceiling' }];
  const compared = {
    share: shares.concurrent,
    value: concurrent.value,
    basis: 'baseline',
  } as const;
  if (shares.ceiling === 0) return [compared];
  return [compared, { share: shares.ceiling, value: against, basis: 'ceiling' }];
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
  const mixture = mixtureOf(watchFollows);
  return startHarm({ rho: 0, delta: ceiling, phi, horizonBins: horizon, mixture });
}

/** Certification against the ceiling: "the canary fails less often than the ceiling". */
export function startCeilingCertify({ ceiling, phi }: Ceiling): CertifyState {
  return startCertify({ rho: 0, delta: ceiling }, phi);
}

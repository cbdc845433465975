import { startCertify, type CertifyState } from './certify.ts';
import { startHarm, type HarmState } from './harm.ts';
import type { JudgeConfig } from './types.ts';

/**
 * Shortest horizon of a ceiling process that starts with the watch. The index runs on through
 * pauses, so the planned horizon may be used up when the canary becomes production; late harm in the
 * watch must stay visible all the same.
 */
const WATCH_HORIZON_MIN_BINS = 30;

/**
 * Harm against the ceiling: the engine of harm.ts with rho = 0, which needs no baseline
 * (design section 6). It begins at bin `index` of the release with the horizon that is left. That
 * choice is made when the process begins, from the past alone, so the e-value stays valid.
 */
export function startCeilingHarm(config: JudgeConfig, index: number): HarmState {
  const { ceiling, phi } = config;
  const left = config.horizonBins - index;
  const horizonBins = index === 0 ? left : Math.max(left, WATCH_HORIZON_MIN_BINS);
  return startHarm({ rho: 0, delta: ceiling, phi, horizonBins });
}

/** Certification against the ceiling: "the canary fails less often than the ceiling". */
export function startCeilingCertify({ ceiling, phi }: JudgeConfig): CertifyState {
  return startCertify({ rho: 0, delta: ceiling }, phi);
}

/** What a harm process bets on: effect sizes, each with its weight, from the first bin on or later. */
export interface Mixture {
  /** Share of all bets that starts with the first bin; most of the rest starts later, spread over the horizon. */
  readonly firstShare: number;
  /**
   * Share that is left when the planned bins are over, for a release that was paused: after t bins this
   * share times horizon / t of it has not started yet, so that harm stays visible however late it comes.
   */
  readonly beyondShare: number;
  /** "The canary fails psi times as often as the null allows"; weights sum to 1. */
  readonly effects: readonly { readonly psi: number; readonly weight: number }[];
}

/** Tuned against the two-sample oracle (statistics.md 3, whose test vectors it gives). */
export const REFERENCE_MIXTURE: Mixture = {
  firstShare: 0.75,
  beyondShare: 0,
  effects: [
    { psi: 1.35, weight: 0.16 },
    { psi: 1.8, weight: 0.22 },
    { psi: 2.6, weight: 0.19 },
    { psi: 4.5, weight: 0.15 },
    { psi: 10, weight: 0.12 },
    { psi: 35, weight: 0.09 },
    { psi: 250, weight: 0.07 },
  ],
};

/**
 * In a release, which keeps a fifth of alpha for its watch. More on harm from the first bin on, and fewer
 * effects with more weight each, pay for that: less harm is missed than with the other mixture, and at
 * every ratio from 1.5 to 1,000 canary requests to rollback stay within 1.3 times the oracle's (the other:
 * 1.31). Harm that begins late is found as soon, only x2 a minute later (`npm run bench:judge`).
 *
 * Bins of a pause are no part of the plan's time: a day's pause is three times the horizon of most plans.
 * Without a share for what comes then, harm that begins after it has to dig out all that spoke for the
 * healthy canary before: x5 at 20,000 requests a minute and 10 % took an hour, and takes minutes with it.
 */
const RELEASE_MIXTURE: Mixture = {
  firstShare: 0.9,
  beyondShare: 0.01,
  effects: [
    { psi: 1.4, weight: 0.25 },
    { psi: 1.8, weight: 0.2 },
    { psi: 4, weight: 0.28 },
    { psi: 20, weight: 0.17 },
    { psi: 200, weight: 0.1 },
  ],
};

/** @param watchFollows false: counts that are judged by themselves, no release. */
export function mixtureOf(watchFollows: boolean | undefined): Mixture {
  return watchFollows === false ? REFERENCE_MIXTURE : RELEASE_MIXTURE;
}

import type { Arms } from './harm.ts';
import { logSumExp } from './log-math.ts';
import type { Margin } from './types.ts';

/** One bet that the canary is better than the margin, with its gain from baseline failures. */
interface Bet {
  readonly kappa: number;
  baselineGain: number;
}

/**
 * State of the e-process against "worse than rho x baseline + delta": the sums its closed form
 * needs. Changed in place. `margin.rho` = 0 leaves a plain ceiling of `delta`.
 */
export interface CertifyState {
  readonly margin: Margin;
  readonly phi: number;
  readonly bets: readonly Bet[];
  /** Canary requests that had something to be compared with. */
  exposure: number;
  canaryFailures: number;
}

/** Bets with equal weights (KAP of statistics.md 3). */
export const KAPPAS = [0.15, 0.3, 0.45, 0.65, 0.85, 0.97] as const;

/** A new e-process for one step; its log e-value is 0. `phi` is the overdispersion, at least 1. */
export function startCertify(margin: Margin, phi: number): CertifyState {
  const bets = KAPPAS.map((kappa) => ({ kappa, baselineGain: 0 }));
  return { margin, phi, bets, exposure: 0, canaryFailures: 0 };
}

/** Folds one final, judged bin into `state`, in place. */
export function foldCertify(state: CertifyState, { canary, baseline }: Arms): void {
  const { rho } = state.margin;
  state.canaryFailures += canary.failures;
  // Without baseline rows only canary failures count: requests alone must not certify a comparison
  // that did not take place (statistics.md 3, "n_b = 0: only the x_c term").
  if (rho > 0 && baseline.requests === 0) return;
  state.exposure += canary.requests;
  if (rho === 0 || baseline.failures === 0) return;
  const ratio = (rho * canary.requests) / baseline.requests;
  for (const bet of state.bets) {
    bet.baselineGain += baseline.failures * Math.log1p(bet.kappa * ratio);
  }
}

/** N_i of statistics.md 3: the log e-value after the bins folded so far. */
export function certifyLogE(state: CertifyState): number {
  return mixtureLogE(
    state,
    state.bets.map(({ baselineGain }) => baselineGain),
  );
}

/** The closed form, from the sums over all bins; `gains` are of baseline failures, one a bet. */
export function mixtureLogE(
  { margin, phi, exposure, canaryFailures }: Omit<CertifyState, 'bets'>,
  gains: readonly number[],
): number {
  const sums = KAPPAS.map(
    (kappa, k) =>
      (kappa * exposure * margin.delta + canaryFailures * Math.log1p(-kappa) + (gains[k] ?? 0)) /
      phi,
  );
  return logSumExp(sums) - Math.log(sums.length);
}

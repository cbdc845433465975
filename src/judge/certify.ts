import { log1p } from './fast-math.ts';
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
    bet.baselineGain += baseline.failures * log1p(bet.kappa * ratio);
  }
}

/** N_i of statistics.md 3: the log e-value after the bins folded so far. */
export function certifyLogE(state: CertifyState): number {
  return logMean(betLogs(state));
}

/** ln of what each bet has come to; their mean is the e-value. */
export function betLogs(state: CertifyState): number[] {
  return logsOf(
    state,
    state.bets.map(({ baselineGain }) => baselineGain),
  );
}

/** The closed form, from the sums over all bins; `gains` are of baseline failures, one a bet. */
export function mixtureLogE(sums: Omit<CertifyState, 'bets'>, gains: readonly number[]): number {
  return logMean(logsOf(sums, gains));
}

/** ln of the mean of e^v. */
export function logMean(logs: readonly number[]): number {
  return logSumExp(logs) - Math.log(logs.length);
}

const LN_LOSSES = KAPPAS.map((kappa) => Math.log1p(-kappa));

function logsOf(
  { margin, phi, exposure, canaryFailures }: Omit<CertifyState, 'bets'>,
  gains: readonly number[],
): number[] {
  return KAPPAS.map((kappa, k) => {
    const losses = canaryFailures * (LN_LOSSES[k] ?? 0);
    return (kappa * exposure * margin.delta + losses + (gains[k] ?? 0)) / phi;
  });
}

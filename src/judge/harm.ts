import { logAddExp } from './log-math.ts';
import type { Bin } from './types.ts';

/** The part of a bin the e-values read. */
export type Arms = Pick<Bin, 'canary' | 'baseline'>;

/** The null "canary <= rho x baseline + delta in every bin". `rho` = 0 leaves a plain ceiling. */
export interface HarmNull {
  readonly rho: number;
  readonly delta: number;
  /** Overdispersion, at least 1. */
  readonly phi: number;
  /** Bins over which the start-time mixture spreads its late starts, at least 1. */
  readonly horizonBins: number;
}

/** One bet on an effect size: "the canary fails psi times as often as the null allows". */
interface Bet {
  readonly excess: number;
  readonly lnPsi: number;
  readonly weight: number;
  /** ln of the mass of all starts so far (A_j of statistics.md 3). */
  logMass: number;
}

/** State of one e-process: eight numbers, whatever the number of bins. Changed in place. */
export interface HarmState {
  readonly null: HarmNull;
  readonly bets: readonly Bet[];
  /** Bins folded so far. */
  index: number;
  /** ln of the e-value after the last bin. */
  logE: number;
}

/** Effect sizes and their weights, tuned against the two-sample oracle (statistics.md 3). */
const EFFECTS = [
  { psi: 1.35, weight: 0.16 },
  { psi: 1.8, weight: 0.22 },
  { psi: 2.6, weight: 0.19 },
  { psi: 4.5, weight: 0.15 },
  { psi: 10, weight: 0.12 },
  { psi: 35, weight: 0.09 },
  { psi: 250, weight: 0.07 },
] as const;

/** Share of the mixture that bets on harm from the first bin on; the rest bets on later starts. */
const FIRST_START_SHARE = 0.75;

/** A new e-process; its log e-value is 0. */
export function startHarm(harmNull: HarmNull): HarmState {
  const bets = EFFECTS.map(({ psi, weight }) => ({
    excess: psi - 1,
    lnPsi: Math.log(psi),
    weight,
    logMass: -Infinity,
  }));
  return { null: harmNull, bets, index: 0, logE: 0 };
}

/**
 * Folds one bin into `state`, in place (10,000 bins a tick: no garbage), and returns the log e-value.
 * `null` is a bin that is not judged: like a bin without data it only lets one more start begin,
 * which moves mass between equal bets and leaves the e-value as it is (statistics.md 3).
 */
export function foldHarm(state: HarmState, arms: Arms | null): number {
  const lnStart = Math.log(startShare(state.index, state.null.horizonBins));
  state.index += 1;
  for (const bet of state.bets) bet.logMass = logAddExp(bet.logMass, lnStart);
  if (arms === null || isBlind(state.null, arms)) return state.logE;
  addIncrements(state, arms);
  state.logE = logTotal(state);
  return state.logE;
}

/**
 * Without canary rows, or without baseline rows to compare with (k is then 0), each increment is
 * exactly 0. Said here, because in floating point x ln(psi) - x log1p(psi - 1) is not.
 */
function isBlind({ rho }: HarmNull, { canary, baseline }: Arms): boolean {
  return canary.requests === 0 || (rho > 0 && baseline.requests === 0);
}

/** l_j of statistics.md 3. With rho = 0 it is x ln(psi) - (psi - 1) n delta: a ceiling of delta. */
function addIncrements(state: HarmState, { canary, baseline }: Arms): void {
  const { rho, delta, phi } = state.null;
  // The share of failures the null expects in the canary; observed exposure, never configured weight.
  const exposed = rho * canary.requests;
  const pi = exposed === 0 ? 0 : exposed / (exposed + baseline.requests);
  const rest = exposed === 0 ? 1 : baseline.requests / (exposed + baseline.requests);
  const failures = canary.failures + baseline.failures;
  const allowed = canary.requests * delta;
  for (const bet of state.bets) {
    const tilt = pi * bet.excess;
    let increment = canary.failures * bet.lnPsi;
    if (failures > 0) increment -= failures * Math.log1p(tilt);
    if (allowed > 0) increment -= ((bet.excess * rest) / (1 + tilt)) * allowed;
    bet.logMass += increment / phi;
  }
}

/** ln of (reserve + the sum of weight_j e^A_j). */
function logTotal({ bets, index, null: { horizonBins } }: HarmState): number {
  const reserve = reserveAfter(index, horizonBins);
  let max = reserve > 0 ? 0 : -Infinity;
  for (const bet of bets) max = Math.max(max, bet.logMass);
  let sum = reserve > 0 ? reserve * Math.exp(-max) : 0;
  for (const bet of bets) sum += bet.weight * Math.exp(bet.logMass - max);
  return max + Math.log(sum);
}

/** g of statistics.md 3: the share of the mixture that starts with this bin (0-based). */
function startShare(index: number, horizonBins: number): number {
  if (index >= horizonBins) return 0;
  if (horizonBins === 1) return 1;
  return index === 0 ? FIRST_START_SHARE : (1 - FIRST_START_SHARE) / (horizonBins - 1);
}

/**
 * The share that has not started after `folded` (>= 1) bins. Computed and not counted down, so that
 * rounding can leave neither a remainder beyond the horizon nor a negative share.
 */
function reserveAfter(folded: number, horizonBins: number): number {
  if (folded >= horizonBins) return 0;
  return ((1 - FIRST_START_SHARE) * (horizonBins - folded)) / (horizonBins - 1);
}

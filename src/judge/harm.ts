import { EValue, isPlain } from './e-value.ts';
import { exp } from './fast-math.ts';
import { logSumExp } from './log-math.ts';
import { type Mixture, REFERENCE_MIXTURE } from './mixture.ts';
import { StakeBoard, type Stakes } from './stakes.ts';
import type { Bin } from './types.ts';

/** The part of a bin the e-values read. */
export type Arms = Pick<Bin, 'canary' | 'baseline'>;

/** The null "canary <= rho x baseline + delta in every bin". `rho` = 0 leaves a plain ceiling. */
export interface HarmNull {
  readonly rho: number;
  readonly delta: number;
  /** Overdispersion, at least 1. */
  readonly phi: number;
  /** Bins over which the start-time mixture spreads its late starts, at least 1; `beyondShare` comes after. */
  readonly horizonBins: number;
  /** Left out: that of statistics.md 3. */
  readonly mixture?: Mixture;
}

/**
 * The requests of one bin as the measures of a metric see them: all of a metric share their odds, for
 * their nulls and requests are the same. Changed in place.
 */
export interface Odds {
  readonly board: StakeBoard;
  /** True when there is nothing to compare: every increment is exactly 0, whatever failed. */
  blind: boolean;
  stakes: Stakes;
}

/** State of one e-process: at most 18 numbers, whatever the number of bins. Changed in place. */
export interface HarmState {
  readonly null: HarmNull;
  readonly odds: Odds;
  readonly mixture: Mixture;
  readonly lnPsis: Float64Array;
  readonly weights: Float64Array;
  /** Mass of all starts so far of each bet, e^A_j of statistics.md 3: `masses` x e^`lnScales`. */
  readonly masses: Float64Array;
  /** 0 unless the mass is out of range. */
  readonly lnScales: Float64Array;
  /** True while one of them is not 0. */
  far: boolean;
  /** Share of the mixture that each bin of the horizon after the first starts. */
  readonly laterStart: number;
  /** Bins folded so far. */
  index: number;
  /** The e-value after the last bin. */
  readonly value: EValue;
}

/**
 * A mass is kept as it is while it lies between 1/MASS_MAX and MASS_MAX, so that a bin costs one exp a
 * bet and no logarithm. Beyond, its logarithm is kept.
 */
const MASS_MAX = 1e150;
const LN_MASS_MAX = Math.log(MASS_MAX);

export function startOdds(board: StakeBoard): Odds {
  return { board, blind: true, stakes: board.at(0, 0) };
}

/** A new e-process; its e-value is 1. Several with the same null may share their `odds`. */
export function startHarm(harmNull: HarmNull, odds?: Odds): HarmState {
  const { rho, delta, mixture = REFERENCE_MIXTURE } = harmNull;
  const { effects } = mixture;
  return {
    null: harmNull,
    odds: odds ?? startOdds(new StakeBoard({ rho, delta, mixture })),
    mixture,
    lnPsis: Float64Array.from(effects, ({ psi }) => Math.log(psi)),
    weights: Float64Array.from(effects, ({ weight }) => weight),
    masses: new Float64Array(effects.length),
    lnScales: new Float64Array(effects.length),
    far: false,
    laterStart: laterShare(harmNull, mixture),
    index: 0,
    value: new EValue(),
  };
}

/**
 * Folds one bin into `state`, in place (10,000 bins a tick: no garbage), and returns the log e-value.
 * `null` is a bin that is not judged: like a bin without data it only lets one more start begin,
 * which moves mass between equal bets and leaves the e-value as it is (statistics.md 3).
 */
export function foldHarm(state: HarmState, arms: Arms | null): number {
  stepHarm(state, arms);
  return state.value.ln;
}

/** The same where nobody asks for the logarithm after every bin. */
export function stepHarm(state: HarmState, arms: Arms | null): void {
  if (arms === null) {
    foldBlind(state);
    return;
  }
  setOdds(state.odds, arms.canary.requests, arms.baseline.requests);
  foldFailures(state, arms.canary.failures, arms.baseline.failures);
}

/**
 * Sets the odds to a bin's requests of both versions. Without those of the canary, or of the baseline
 * to compare with (k is then 0), each increment is exactly 0. Said here, because in floating point
 * x ln(psi) - x log1p(psi - 1) is not.
 */
export function setOdds(odds: Odds, canary: number, baseline: number): void {
  const { board } = odds;
  odds.blind = canary === 0 || (board.null.rho > 0 && baseline === 0);
  if (!odds.blind) odds.stakes = board.at(canary, baseline);
}

/** Folds a bin that is not judged. */
export function foldBlind(state: HarmState): void {
  const share = beginStart(state);
  if (share === 0) return;
  const { masses, far } = state;
  for (let j = 0; j < masses.length; j += 1) {
    if (far) addFarStart(state, j, share);
    else masses[j] = (masses[j] ?? 0) + share;
  }
}

/** Folds a bin whose requests stand in the odds (`setOdds`), with its failures by one measure. */
export function foldFailures(state: HarmState, canary: number, baseline: number): void {
  const { odds, lnPsis, weights, masses } = state;
  const { delta, phi } = state.null;
  const failures = canary + baseline;
  if (odds.blind || (failures === 0 && delta === 0)) {
    foldBlind(state);
    return;
  }
  if (failures > 0) odds.board.tilt(odds.stakes);
  const { lnTilts, allowances } = odds.stakes;
  const share = beginStart(state);
  let total = reserveAfter(state);
  // While starts are to come, what is left of a mass that small is less than their rounding.
  const more = state.index < state.null.horizonBins || state.mixture.beyondShare > 0;
  const least = more ? -1 : 1 / MASS_MAX;
  let near = !state.far;
  for (let j = 0; j < masses.length; j += 1) {
    // l_j of statistics.md 3. With rho = 0 it is x ln(psi) - (psi - 1) n delta: a ceiling of delta.
    const gain = canary * (lnPsis[j] ?? 0) - failures * (lnTilts[j] ?? 0) - (allowances[j] ?? 0);
    const increment = gain / phi;
    const mass = ((masses[j] ?? 0) + share) * exp(increment);
    if (near && mass < MASS_MAX && mass > least) {
      masses[j] = mass;
      total += (weights[j] ?? 0) * mass;
      continue;
    }
    near = false;
    addFarStart(state, j, share);
    growFar(state, j, increment);
  }
  if (near && isPlain(total)) state.value.plain = total;
  else setFarTotal(state);
}

/** Adds what starts with a bin; a share of at least 1e-17, as every share above 0 is. */
function addFarStart({ masses, lnScales }: HarmState, j: number, share: number): void {
  const lnScale = lnScales[j] ?? 0;
  if (share === 0 || lnScale > 0) return;
  // Below 0: what is left of earlier starts is below 1e-150, less than rounding.
  masses[j] = lnScale === 0 ? (masses[j] ?? 0) + share : share;
  lnScales[j] = 0;
}

function growFar(state: HarmState, j: number, increment: number): void {
  const lnMass = lnMassOf(state, j) + increment;
  const inRange = Math.abs(lnMass) < LN_MASS_MAX;
  state.masses[j] = inRange ? Math.exp(lnMass) : 1;
  state.lnScales[j] = inRange ? 0 : lnMass;
}

/** ln of the mass of one bet. */
export function lnMassOf({ masses, lnScales }: HarmState, j: number): number {
  return (lnScales[j] ?? 0) + Math.log(masses[j] ?? 0);
}

/** Takes reserve + the sum of weight_j e^A_j where a mass, or all of it, is out of range. */
function setFarTotal(state: HarmState): void {
  const { masses, lnScales, weights, value } = state;
  const reserve = reserveAfter(state);
  let total = reserve;
  state.far = lnScales.some((lnScale) => lnScale !== 0);
  for (let j = 0; j < masses.length; j += 1) {
    // Masses too small to be kept as they are do not count next to a total that is not tiny itself.
    if (lnScales[j] === 0) total += (weights[j] ?? 0) * (masses[j] ?? 0);
    else if ((lnScales[j] ?? 0) > 0) total = Infinity;
  }
  if (isPlain(total)) {
    value.plain = total;
    return;
  }
  const logs = Array.from(weights, (weight, j) => Math.log(weight) + lnMassOf(state, j));
  value.ln = logSumExp([Math.log(reserve), ...logs]);
}

/** g of statistics.md 3: the share of the mixture that begins with this bin. */
function beginStart(state: HarmState): number {
  const { index } = state;
  const { horizonBins } = state.null;
  state.index += 1;
  if (index < horizonBins) return index === 0 ? firstStart(state) : state.laterStart;
  // What is not started falls as 1 / t.
  return (state.mixture.beyondShare * horizonBins) / (index * (index + 1));
}

/** With a horizon of one bin all of it starts there, but what is kept for beyond. */
function firstStart({ null: { horizonBins }, mixture }: HarmState): number {
  return horizonBins === 1 ? 1 - mixture.beyondShare : mixture.firstShare;
}

function laterShare({ horizonBins }: HarmNull, { firstShare, beyondShare }: Mixture): number {
  return horizonBins === 1 ? 0 : (1 - firstShare - beyondShare) / (horizonBins - 1);
}

/**
 * The share that has not started after the bins folded (at least one). Computed and not counted down, so
 * that rounding can leave neither a remainder beyond the horizon nor a negative share.
 */
function reserveAfter({
  index,
  null: { horizonBins },
  mixture: { firstShare, beyondShare },
}: HarmState): number {
  if (index >= horizonBins) return (beyondShare * horizonBins) / index;
  const later = 1 - firstShare - beyondShare;
  return beyondShare + (later * (horizonBins - index)) / (horizonBins - 1);
}

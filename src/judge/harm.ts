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
  /** Share of the mixture that bets on harm from the first bin on. Left out: 0.75 (statistics.md 3). */
  readonly firstShare?: number;
}

/** What one bin's traffic makes of one bet. */
interface Stake {
  readonly excess: number;
  /** ln(1 + pi (psi - 1)): what each failure of either version costs. Stale until `tilted`. */
  lnTilt: number;
  /** k_j n delta: what the null allows to fail. */
  allowance: number;
}

/**
 * The stakes of one bin. All measures of a metric share them, for their nulls and requests are the
 * same, and the logarithms are most of what a fold costs. Changed in place.
 */
export interface Odds {
  readonly null: HarmNull;
  readonly stakes: readonly Stake[];
  /** True when there is nothing to compare: every increment is exactly 0, whatever failed. */
  blind: boolean;
  /** Share of failures the null expects in the canary; observed exposure, never configured weight. */
  pi: number;
  tilted: boolean;
}

/** State of one e-process: 15 numbers, whatever the number of bins. Changed in place. */
export interface HarmState {
  readonly null: HarmNull;
  readonly odds: Odds;
  readonly bets: readonly Bet[];
  /** Share of the mixture that each bin after the first starts. */
  readonly laterStart: number;
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

/**
 * The same in a release, which keeps a fifth of alpha for its watch: more on harm from the first bin on
 * pays for that, so that harm is found as soon as statistics.md promises (`npm run bench:judge`). Harm
 * x5 that begins late is found as soon as with 0.75, x2 two minutes later of fourteen.
 */
const RELEASE_FIRST_SHARE = 0.9;

/** @param watchFollows false: counts that are judged by themselves, no release. */
export function firstShareOf(watchFollows: boolean | undefined): number {
  return watchFollows === false ? FIRST_START_SHARE : RELEASE_FIRST_SHARE;
}

/**
 * A mass is kept as it is while it lies between 1/MASS_MAX and MASS_MAX, so that a bin costs one exp a
 * bet and no logarithm. Beyond, its logarithm is kept. An increment may be as large as INCREMENT_MAX
 * without the product leaving the range of a double.
 */
const MASS_MAX = 1e150;
const LN_MASS_MAX = Math.log(MASS_MAX);
const INCREMENT_MAX = 300;
/** Beside a smaller total, masses below 1/MASS_MAX may be seen. */
const TOTAL_MIN = 1e-100;

/** One bet on an effect size: "the canary fails psi times as often as the null allows". */
class Bet {
  readonly stake: Stake;
  readonly lnPsi: number;
  readonly weight: number;
  /** Mass of all starts so far, e^A_j of statistics.md 3, is `mass` x e^`lnScale`. */
  mass = 0;
  /** 0 unless the mass is out of range. */
  lnScale = 0;

  constructor(stake: Stake, { psi, weight }: (typeof EFFECTS)[number]) {
    this.stake = stake;
    this.lnPsi = Math.log(psi);
    this.weight = weight;
  }

  get logMass(): number {
    return this.lnScale + Math.log(this.mass);
  }

  /** Adds the mass of the starts of one bin; a share of at least 1e-17, as every share above 0 is. */
  start(share: number): void {
    if (this.lnScale === 0) {
      this.mass += share;
    } else if (this.lnScale < 0) {
      // What is left of earlier starts is below 1e-150: less than rounding.
      this.mass = share;
      this.lnScale = 0;
    }
  }

  grow(increment: number): void {
    if (this.lnScale === 0 && Math.abs(increment) <= INCREMENT_MAX) {
      this.mass *= Math.exp(increment);
      if (this.mass < MASS_MAX && this.mass > 1 / MASS_MAX) return;
      increment = 0;
    }
    const logMass = this.logMass + increment;
    const inRange = Math.abs(logMass) < LN_MASS_MAX;
    this.mass = inRange ? Math.exp(logMass) : 1;
    this.lnScale = inRange ? 0 : logMass;
  }
}

export function startOdds(harmNull: HarmNull): Odds {
  const stakes = EFFECTS.map(({ psi }) => ({ excess: psi - 1, lnTilt: 0, allowance: 0 }));
  return { null: harmNull, stakes, blind: true, pi: 0, tilted: false };
}

/** A new e-process; its log e-value is 0. Several with the same null may share their `odds`. */
export function startHarm(harmNull: HarmNull, odds: Odds = startOdds(harmNull)): HarmState {
  const bets = odds.stakes.map((stake, j) => new Bet(stake, EFFECTS[j] ?? EFFECTS[0]));
  const laterStart = startShare(1, harmNull);
  return { null: harmNull, odds, bets, laterStart, index: 0, logE: 0 };
}

/**
 * Folds one bin into `state`, in place (10,000 bins a tick: no garbage), and returns the log e-value.
 * `null` is a bin that is not judged: like a bin without data it only lets one more start begin,
 * which moves mass between equal bets and leaves the e-value as it is (statistics.md 3).
 */
export function foldHarm(state: HarmState, arms: Arms | null): number {
  if (arms === null) return foldBlind(state);
  setOdds(state.odds, arms.canary.requests, arms.baseline.requests);
  return foldFailures(state, arms.canary.failures, arms.baseline.failures);
}

/** Folds a bin that is not judged. */
export function foldBlind(state: HarmState): number {
  beginStart(state);
  return state.logE;
}

/** Folds a bin whose requests stand in the odds (`setOdds`), with its failures by one measure. */
export function foldFailures(state: HarmState, canary: number, baseline: number): number {
  beginStart(state);
  const { odds, bets } = state;
  const failures = canary + baseline;
  const { delta, phi } = odds.null;
  if (odds.blind || (failures === 0 && delta === 0)) return state.logE;
  if (failures > 0 && !odds.tilted) tilt(odds);
  // l_j of statistics.md 3. With rho = 0 it is x ln(psi) - (psi - 1) n delta: a ceiling of delta.
  for (const bet of bets) {
    let increment = canary * bet.lnPsi;
    if (failures > 0) increment -= failures * bet.stake.lnTilt;
    if (delta > 0) increment -= bet.stake.allowance;
    bet.grow(increment / phi);
  }
  state.logE = logTotal(state);
  return state.logE;
}

/**
 * Sets the odds to a bin's requests of both versions. Without those of the canary, or of the baseline
 * to compare with (k is then 0), each increment is exactly 0. Said here, because in floating point
 * x ln(psi) - x log1p(psi - 1) is not.
 */
export function setOdds(odds: Odds, canary: number, baseline: number): void {
  const { rho, delta } = odds.null;
  odds.blind = canary === 0 || (rho > 0 && baseline === 0);
  if (odds.blind) return;
  const exposed = rho * canary;
  const pi = exposed === 0 ? 0 : exposed / (exposed + baseline);
  if (pi !== odds.pi) odds.tilted = false;
  odds.pi = pi;
  if (delta === 0) return;
  const rest = exposed === 0 ? 1 : baseline / (exposed + baseline);
  const allowed = canary * delta;
  for (const stake of odds.stakes) {
    stake.allowance = ((stake.excess * rest) / (1 + odds.pi * stake.excess)) * allowed;
  }
}

function tilt(odds: Odds): void {
  odds.tilted = true;
  for (const stake of odds.stakes) stake.lnTilt = Math.log1p(odds.pi * stake.excess);
}

/** The starts that begin with this bin. */
function beginStart(state: HarmState): void {
  const { horizonBins } = state.null;
  const share = state.index === 0 ? startShare(0, state.null) : state.laterStart;
  const begins = state.index < horizonBins;
  state.index += 1;
  if (!begins) return;
  for (const bet of state.bets) bet.start(share);
}

/** ln of (reserve + the sum of weight_j e^A_j). */
function logTotal({ bets, index, null: harmNull }: HarmState): number {
  const reserve = reserveAfter(index, harmNull);
  let total = reserve;
  let huge = false;
  for (const bet of bets) {
    if (bet.lnScale === 0) total += bet.weight * bet.mass;
    else if (bet.lnScale > 0) huge = true;
  }
  // Masses too small to be kept as they are do not count next to a total that is not tiny itself.
  return huge || total < TOTAL_MIN ? logScaledTotal(bets, reserve) : Math.log(total);
}

/** As `logTotal`, for masses out of range. */
function logScaledTotal(bets: readonly Bet[], reserve: number): number {
  let max = reserve > 0 ? 0 : -Infinity;
  for (const bet of bets) max = Math.max(max, bet.logMass);
  let sum = reserve > 0 ? reserve * Math.exp(-max) : 0;
  for (const bet of bets) sum += bet.weight * Math.exp(bet.logMass - max);
  return max + Math.log(sum);
}

/** g of statistics.md 3: the share of the mixture that starts with this bin (0-based). */
function startShare(index: number, harmNull: HarmNull): number {
  const { horizonBins, firstShare = FIRST_START_SHARE } = harmNull;
  if (index >= horizonBins) return 0;
  if (horizonBins === 1) return 1;
  return index === 0 ? firstShare : (1 - firstShare) / (horizonBins - 1);
}

/**
 * The share that has not started after `folded` (>= 1) bins. Computed and not counted down, so that
 * rounding can leave neither a remainder beyond the horizon nor a negative share.
 */
function reserveAfter(folded: number, harmNull: HarmNull): number {
  const { horizonBins, firstShare = FIRST_START_SHARE } = harmNull;
  if (folded >= horizonBins) return 0;
  return ((1 - firstShare) * (horizonBins - folded)) / (horizonBins - 1);
}

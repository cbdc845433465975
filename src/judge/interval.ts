import { certifyLogE, foldCertify, startCertify } from './certify.ts';
import { type Arms, startHarm, stepHarm } from './harm.ts';
import type { Bin, RatioInterval } from './types.ts';

export interface RatioOptions {
  /** Chance that the interval ever misses a ratio that does not change, however often it is looked at. */
  readonly alpha: number;
  /** Overdispersion, at least 1. */
  readonly phi: number;
  /** 0 for the ratio of the rates itself; else of (canary's rate - delta) and the baseline's. */
  readonly delta: number;
  /** Of the harm process: bins over which its late starts are spread. */
  readonly horizonBins: number;
}

/** The grid of ratios: 16 octaves from 1/64 to 1024, 36 points each, so 1.95 % from point to point. */
const LEAST_LOG2 = -6;
const OCTAVES = 16;
const PER_OCTAVE = 36;
const LAST = OCTAVES * PER_OCTAVE;

/**
 * Confidence interval of canary rate / baseline rate that holds at any time (statistics.md 3):
 * the ratios that neither process refutes, each with half of `alpha`. Its ends are points of the grid,
 * rounded outwards; below the grid `low` is 0, above it `high` is Infinity.
 *
 * `low` may use provisional bins, as harm does; `high` says "not worse than", and so uses final bins
 * only, as certification does: slow failures arrive last (design section 6).
 *
 * With a ratio that changes over time, `low` is below its largest value and `high` above its least.
 * When it changed so much that no single ratio fits, the two ends are given in ascending order.
 *
 * Costs about 20 folds over the bins, so it is for the verdict that is told, not for each bin.
 *
 * @returns undefined without a judged bin that has requests of both versions.
 */
export function ratioInterval(
  bins: readonly Bin[],
  options: RatioOptions,
): RatioInterval | undefined {
  if (!bins.some(isCompared)) return undefined;
  const threshold = Math.log(2 / options.alpha);
  const final = bins.filter((bin) => bin.final && isCompared(bin));
  // The nulls are nested: a ratio that is refuted takes all smaller ones (harm) or larger ones (margin)
  // along, so that looking for one border is enough, also where delta makes the e-value not monotone.
  const tooLow = lastWhere((point) => harmOf(bins, ratioAt(point), options) >= threshold);
  const fineTo = lastWhere((point) => marginOf(final, ratioAt(point), options) < threshold);
  const low = tooLow < 0 ? 0 : ratioAt(tooLow);
  const high = fineTo === LAST ? Infinity : ratioAt(fineTo + 1);
  return { low: Math.min(low, high), high: Math.max(low, high) };
}

function ratioAt(point: number): number {
  return 2 ** (LEAST_LOG2 + point / PER_OCTAVE);
}

/** The last grid point of those from the first on for which it holds; -1 when there is none. */
function lastWhere(holds: (point: number) => boolean): number {
  let [yes, no] = [-1, LAST + 1];
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** ln of the e-value against "at most `rho` times the baseline"; falls as `rho` rises when delta is 0. */
function harmOf(bins: readonly Bin[], rho: number, options: RatioOptions): number {
  const { delta, phi, horizonBins } = options;
  const state = startHarm({ rho, delta, phi, horizonBins });
  for (const bin of bins) stepHarm(state, isCompared(bin) ? bin : null);
  return state.value.ln;
}

/** ln of the e-value against "at least `rho` times the baseline"; rises with `rho`. */
function marginOf(compared: readonly Arms[], rho: number, { delta, phi }: RatioOptions): number {
  const state = startCertify({ rho, delta }, phi);
  for (const arms of compared) foldCertify(state, arms);
  return certifyLogE(state);
}

function isCompared({ judged, canary, baseline }: Bin): boolean {
  return judged && canary.requests > 0 && baseline.requests > 0;
}

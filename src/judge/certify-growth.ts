import { betLogs, certifyLogE, foldCertify, logMean, type CertifyState } from './certify.ts';
import type { Arms } from './harm.ts';

/** What every further bin is expected to hold; counts may be fractions. */
export interface Expected {
  readonly canary: Rate;
  readonly baseline: Rate;
}

/** One version in one bin. */
export interface Rate {
  readonly requests: number;
  /** Fraction of the requests. */
  readonly failureRate: number;
}

/** Further than this nobody waits, and a forecast from rates means nothing. */
const REQUESTS_MAX = 1e9;

/** Halvings of the span in which the answer lies: to a millionth of a bin and better. */
const HALVINGS = 60;

/**
 * Bins until the log e-value reaches `threshold`, when each further bin holds what is expected: the
 * mixture's own path, with its six bets, at mean increments. Its real time varies around that. Where
 * no failures come and one bet would do, it is the rule of three, ln(1/beta) / delta canary requests,
 * times at most 1.6 for the mixture.
 *
 * @returns a number of bins, with a fraction; undefined: not within a billion canary requests.
 */
export function binsUntilCertified(
  state: CertifyState,
  expected: Expected,
  threshold: number,
): number | undefined {
  if (certifyLogE(state) >= threshold) return 0;
  if (!(expected.canary.requests > 0)) return undefined;
  const now = betLogs(state);
  const oneMore = betLogs(after(state, expected, 1));
  // Each bet's log is a straight line: increments add up.
  const reached = (bins: number): boolean =>
    logMean(now.map((log, k) => log + bins * ((oneMore[k] ?? log) - log))) >= threshold;
  // The log of a sum of exponentials is convex: from below, it is crossed at most once.
  let [no, yes] = [0, REQUESTS_MAX / expected.canary.requests];
  if (!reached(yes)) return undefined;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (no + yes) / 2;
    if (reached(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** The state after that many bins more: increments add up, so one bin of all their counts is the same. */
export function after(state: CertifyState, expected: Expected, bins: number): CertifyState {
  const later = { ...state, bets: state.bets.map((bet) => ({ ...bet })) };
  foldCertify(later, expectedArms(expected, bins));
  return later;
}

function expectedArms({ canary, baseline }: Expected, bins: number): Arms {
  return { canary: countsOf(canary, bins), baseline: countsOf(baseline, bins) };
}

function countsOf({ requests, failureRate }: Rate, bins: number): Arms['canary'] {
  const all = requests * bins;
  return { requests: all, failures: all * failureRate, items: all };
}

import { binsUntilCertified, type Expected } from './certify-growth.ts';
import { type CertifyState, foldCertify, startCertify } from './certify.ts';
import type { Bin, Margin, Outlook } from './types.ts';

export interface OutlookInput {
  /** All bins of the release; final, judged ones are used. */
  readonly bins: readonly Bin[];
  /** Of the step that is to be certified; null: the ceiling certifies, no baseline is looked at. */
  readonly margin: Margin | null;
  /** Failure rate (fraction); used without a margin only. */
  readonly ceiling: number;
  /** Overdispersion, at least 1. */
  readonly phi: number;
  /** Certified means a log e-value of ln(1/beta). */
  readonly beta: number;
  /** Log e-value of the step (or of the ceiling) so far. */
  readonly evidence: number;
}

const NEVER: Outlook = { requests: undefined, bins: undefined };
const EARLY: Outlook = { ...NEVER, early: true };

/** With fewer bad ones a canary's rate is known to a third at best: "never" would be taken back soon. */
const FAILURES_TO_SAY_NEVER = 10;

/** Bins that tell the present traffic: few, because the weight rises from step to step. */
const PRESENT_BINS = 5;

/**
 * How many more canary requests, and bins at the present traffic, until the step can be certified, if
 * failures go on at the rates seen so far. An expectation, not a promise: about half of the releases
 * need less, and one in ten about twice as much. That it never can be is said only of a canary with
 * failures enough to know its rate, and only if it holds for a rate two standard errors better.
 *
 * The rates are those of the final, judged bins, each drawn towards the two versions' common rate by
 * the weight of one failure (`expectedComparison`): 0 failures of 3 requests say next to nothing, and
 * 0 where 10 were expected say a lot.
 */
export function outlookOf(input: OutlookInput): Outlook {
  const { bins, margin, ceiling, phi, beta, evidence } = input;
  const threshold = -Math.log(beta);
  if (evidence >= threshold) return { requests: 0, bins: 0 };
  // Nothing is below a ceiling of 0.
  if (margin === null && ceiling === 0) return NEVER;
  const usable = bins.filter((bin) => bin.final && bin.judged);
  const expected = margin === null ? expectedAlone(usable, ceiling) : expectedComparison(usable);
  // No final bin yet, or no traffic of one version lately.
  if (expected === undefined) return EARLY;
  const state = startCertify(margin ?? { rho: 0, delta: ceiling }, phi);
  foldAll(state, usable);
  const more = binsUntilCertified(state, expected, threshold);
  if (more === undefined) {
    const hope = hopeful(expected, usable, margin === null);
    const mayYet = isEarly(usable) || binsUntilCertified(state, hope, threshold) !== undefined;
    return mayYet ? EARLY : NEVER;
  }
  return { requests: Math.ceil(more * expected.canary.requests), bins: Math.ceil(more) };
}

function isEarly(usable: readonly Bin[]): boolean {
  const failures = usable.reduce((sum, { canary }) => sum + canary.failures, 0);
  return failures < FAILURES_TO_SAY_NEVER;
}

/**
 * The canary two standard errors better than it was seen: of the log ratio of two Poisson counts, or of the
 * log of one without a baseline. What could be certified then must not be told "never".
 */
function hopeful(expected: Expected, usable: readonly Bin[], isAlone: boolean): Expected {
  const varianceOf = (arm: 'canary' | 'baseline'): number =>
    1 / (usable.reduce((sum, bin) => sum + bin[arm].failures, 0) + 1);
  const variance = varianceOf('canary') + (isAlone ? 0 : varianceOf('baseline'));
  const { canary } = expected;
  const failureRate = canary.failureRate * Math.exp(-2 * Math.sqrt(variance));
  return { ...expected, canary: { ...canary, failureRate } };
}

function foldAll(state: CertifyState, bins: readonly Bin[]): void {
  for (const bin of bins) foldCertify(state, bin);
}

/**
 * Each version's rate = the common rate x (failures + 1) / (expected failures + 1), where expected is
 * at the common rate of each bin by itself: a drift while weights change would look like a difference.
 */
function expectedComparison(usable: readonly Bin[]): Expected | undefined {
  const present = presentTraffic(usable);
  if (present.canary === 0 || present.baseline === 0) return undefined;
  const canary = { failures: 0, expected: 0 };
  const baseline = { failures: 0, expected: 0 };
  const all = { requests: 0, failures: 0 };
  for (const bin of usable) {
    const requests = bin.canary.requests + bin.baseline.requests;
    const failures = bin.canary.failures + bin.baseline.failures;
    all.requests += requests;
    all.failures += failures;
    if (bin.canary.requests === 0 || bin.baseline.requests === 0) continue;
    canary.failures += bin.canary.failures;
    canary.expected += (bin.canary.requests * failures) / requests;
    baseline.failures += bin.baseline.failures;
    baseline.expected += (bin.baseline.requests * failures) / requests;
  }
  const common = all.failures / all.requests;
  return {
    canary: { requests: present.canary, failureRate: drawn(common, canary) },
    baseline: { requests: present.baseline, failureRate: drawn(common, baseline) },
  };
}

function drawn(common: number, seen: { failures: number; expected: number }): number {
  return Math.min(1, (common * (seen.failures + 1)) / (seen.expected + 1));
}

/** Without a baseline the rate is drawn towards half of the ceiling, by one failure too. */
function expectedAlone(usable: readonly Bin[], ceiling: number): Expected | undefined {
  const present = presentTraffic(usable);
  if (present.canary === 0) return undefined;
  const requests = usable.reduce((sum, { canary }) => sum + canary.requests, 0);
  const failures = usable.reduce((sum, { canary }) => sum + canary.failures, 0);
  const failureRate = Math.min(1, (failures + 1) / (requests + 2 / ceiling));
  return {
    canary: { requests: present.canary, failureRate },
    baseline: { requests: 0, failureRate: 0 },
  };
}

/** Mean requests a bin, of the newest ones; empty bins count. */
function presentTraffic(usable: readonly Bin[]): { canary: number; baseline: number } {
  const newest = usable.slice(-PRESENT_BINS);
  const mean = (of: 'canary' | 'baseline'): number =>
    newest.reduce((sum, bin) => sum + bin[of].requests, 0) / Math.max(1, newest.length);
  return { canary: mean('canary'), baseline: mean('baseline') };
}

/** What the traffic itself says: a canary that reports nothing, a share that broke away. */
import { BOUNDS } from '../limits.ts';
import type { Bin } from '../judge/types.ts';
import type { Release } from './release.ts';
import { standing } from './transition.ts';

/** Before any share was seen only half of the configured weight is expected: cookies pin visitors. */
const FIRST_SHARE = 0.5;
/** A share is compared only when it would have given the canary this many requests. */
const EXPECTED_AT_LEAST = BOUNDS.silentAfterRequests;

interface Items {
  readonly canary: number;
  readonly baseline: number;
}

function items(bins: readonly Bin[]): Items {
  let canary = 0;
  let baseline = 0;
  for (const bin of bins) {
    canary += bin.canary.items;
    baseline += bin.baseline.items;
  }
  return { canary, baseline };
}

/**
 * A dead canary writes no telemetry. It is silent when the baseline reports and the canary, of whom
 * at least 20 requests were expected since the read-back, reports none.
 */
export function silentCanary(release: Release, bins: readonly Bin[]): string | undefined {
  const stage = standing(release.stage);
  if (stage.phase !== 'ramping' || stage.confirmedAt === undefined || release.weight === 0)
    return undefined;
  const { confirmedAt } = stage;
  const since = items(bins.filter((bin) => bin.startMs >= confirmedAt));
  if (since.canary > 0 || since.baseline === 0) return undefined;
  const before = items(bins.filter((bin) => bin.startMs < confirmedAt));
  const share =
    before.canary > 0 && before.baseline > 0
      ? before.canary / before.baseline
      : oddsOf(release.weight) * FIRST_SHARE;
  const expected = since.baseline * share;
  if (expected < EXPECTED_AT_LEAST) return undefined;
  return `about ${Math.round(expected)} requests were expected of the canary since ${release.weight} % was confirmed, telemetry shows none (baseline: ${since.baseline}): a dead canary writes no telemetry`;
}

function oddsOf(weight: number): number {
  return weight / (100 - weight);
}

/** Under half of the share of the step's earlier bins, with an unchanged rule: hold, do not judge. */
export function trafficMissing(bins: readonly Bin[], confirmedAt: number): string | undefined {
  const step = bins.filter((bin) => bin.startMs >= confirmedAt);
  const split = step.length - Math.min(5, Math.floor(step.length / 2));
  const before = items(step.slice(0, split));
  const latest = items(step.slice(split));
  if (before.baseline === 0 || before.canary === 0) return undefined;
  // Shares, not odds: at 50 % the odds are halved by a third less canary traffic already.
  const share = before.canary / (before.canary + before.baseline);
  const expected = (latest.canary + latest.baseline) * share;
  if (expected < EXPECTED_AT_LEAST || latest.canary >= expected / 2) return undefined;
  return `the canary reports ${latest.canary} requests where about ${Math.round(expected)} were expected from its share so far`;
}

export interface StepTraffic {
  readonly canaryRows: number;
  /** The canary had rows in most final bins of the step, or at least 20 rows. */
  readonly enough: boolean;
}

export function stepTraffic(
  bins: readonly Bin[],
  confirmedAt: number,
  intervalMs: number,
): StepTraffic {
  const step = bins.filter((bin) => bin.final && bin.startMs + intervalMs > confirmedAt);
  const canaryRows = step.reduce((sum, bin) => sum + bin.canary.requests, 0);
  const withRows = step.filter((bin) => bin.canary.requests > 0).length;
  const enough = canaryRows >= 20 || (step.length > 0 && withRows > step.length / 2);
  return { canaryRows, enough };
}

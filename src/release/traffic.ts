/** What the traffic itself says: a canary that reports nothing, a share that broke away. */
import { BOUNDS } from '../limits.ts';
import type { Bin } from '../judge/types.ts';
import { canaryRowsOf } from './bin-metrics.ts';
import type { CountRow } from './facts.ts';
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

/**
 * Whether it is worth a query to look for rows without a version: neither version reports, or the baseline
 * does and the canary, of whom something was to be expected, does not. Quiet apps pay nothing for it.
 */
export function missesCanary(release: Release, rows: readonly CountRow[]): boolean {
  if (rows.some(({ version }) => version === release.version)) return false;
  if (release.seen.blindSince !== undefined) return true;
  const stage = standing(release.stage);
  if (stage.phase !== 'ramping' || stage.confirmedAt === undefined) return false;
  const { confirmedAt } = stage;
  const since = rows.filter(({ startMs }) => startMs >= confirmedAt);
  const baseline = since.reduce((sum, row) => sum + row.items, 0);
  return baseline * oddsOf(release.weight) * FIRST_SHARE >= EXPECTED_AT_LEAST;
}

function oddsOf(weight: number): number {
  return weight / (100 - weight);
}

export interface StepShare {
  /** Read-back of the step's weight. */
  readonly confirmedAt: number;
  /** Percent, as last read back; left out: only the share seen so far is looked at. */
  readonly weight?: number;
  /** Until then cookies pin visitors to where they were, and the configured share says nothing. */
  readonly settledMs?: number;
}

/**
 * Under half of the share of the step's earlier bins, with an unchanged rule: hold, do not judge. From
 * an hour after the change on, the configured share is expected too (design section 6): a canary that
 * lost half of its rows from the first minute on has no better share to be compared with.
 */
export function trafficMissing(bins: readonly Bin[], share: StepShare): string | undefined {
  const { confirmedAt, weight = 0, settledMs = Infinity } = share;
  const step = bins.filter((bin) => bin.startMs >= confirmedAt);
  const split = step.length - Math.min(5, Math.floor(step.length / 2));
  const before = items(step.slice(0, split));
  const latestBins = step.slice(split);
  const latest = items(latestBins);
  // Shares, not odds: at 50 % the odds are halved by a third less canary traffic already.
  if (before.baseline > 0 && before.canary > 0) {
    const seen = before.canary / (before.canary + before.baseline);
    const missing = belowHalf(latest, seen);
    if (missing !== undefined)
      return `the canary reports ${latest.canary} requests where about ${missing} were expected from its share so far`;
  }
  const settled = latestBins.every((bin) => bin.startMs >= confirmedAt + settledMs);
  if (!settled || latest.canary === 0) return undefined;
  const missing = belowHalf(latest, weight / 100);
  return missing === undefined
    ? undefined
    : `the canary reports ${latest.canary} requests where about ${missing} were expected of ${weight} %, an hour after it was set`;
}

/** How many were expected; undefined when at least half of them came, or too few to tell. */
function belowHalf({ canary, baseline }: Items, share: number): number | undefined {
  const expected = (canary + baseline) * share;
  if (expected < EXPECTED_AT_LEAST || canary >= expected / 2) return undefined;
  return Math.round(expected);
}

export interface StepTraffic {
  /** Visitors' or, where there are more of them, probes'. */
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
  const canaryRows = step.reduce((sum, bin) => sum + canaryRowsOf(bin), 0);
  const withRows = step.filter((bin) => canaryRowsOf(bin) > 0).length;
  const enough = canaryRows >= 20 || (step.length > 0 && withRows > step.length / 2);
  return { canaryRows, enough };
}

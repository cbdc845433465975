/**
 * Harm that hits both versions (a migration, a shared cache, a dependency): the comparison cannot see
 * it. Nothing is decided on such minutes; what began right after a change of ours and lasts is taken
 * back as correlated, not attributed. That is a rule of its own, outside alpha (statistics.md 3).
 */
import { BOUNDS, type Limits } from '../limits.ts';
import type { Bin, Counts } from '../judge/types.ts';
import type { History } from './dispersion.ts';
import type { SharedIncident } from './release.ts';

export interface BurnInput {
  /** Final and provisional, ascending. */
  readonly bins: readonly Bin[];
  /** Failure rate (fraction) that the plan calls harm whatever the baseline does; undefined: none. */
  readonly ceiling: number | undefined;
  readonly history: History | undefined;
  /** The incident as the pass before left it. */
  readonly ongoing: SharedIncident | undefined;
  readonly limits: Limits;
  readonly intervalMs: number;
  /** The last weight that was read back; undefined: none of ours has changed. */
  readonly changedAt: number | undefined;
}

/**
 * Undefined unless both versions failed, over the last 5 bins, above the ceiling and above 10 times the
 * baseline's rate before, with at least 20 failures of the baseline and 5 of the canary. Without a rate
 * before (no history, no earlier bins) nothing can be said.
 */
export function sharedIncident(input: BurnInput): SharedIncident | undefined {
  const compared = input.bins.filter((bin) => bin.judged && !bin.watch);
  const latest = compared.slice(-BOUNDS.incidentBins);
  const before = input.ongoing?.rateBefore ?? rateBefore(input, compared.slice(0, -latest.length));
  if (before === undefined) return undefined;
  const limit = Math.max(input.ceiling ?? 0, BOUNDS.incidentTimes * before);
  const canary = total(latest, 'canary');
  const baseline = total(latest, 'baseline');
  const both =
    canary.failures >= BOUNDS.incidentCanaryFailures &&
    baseline.failures >= BOUNDS.incidentBaselineFailures &&
    rate(canary) > limit &&
    rate(baseline) > limit;
  if (!both) return undefined;
  const message = `both versions fail: ${percent(rate(canary))} of the canary's and ${percent(rate(baseline))} of the baseline's requests in the last ${latest.length} bins (${canary.failures} and ${baseline.failures} failures), ${percent(before)} of the baseline's before: held, neither good nor bad`;
  const seenTo = (latest.at(-1)?.startMs ?? 0) + input.intervalMs;
  if (input.ongoing !== undefined) return { ...input.ongoing, seenTo, message };
  const since = beginning(compared, limit);
  const afterChange = isAfterChange(input, since);
  return { since, seenTo, rateBefore: before, afterChange, message };
}

/** The hours before the release; where they are not known, its own earlier bins. */
function rateBefore({ history }: BurnInput, earlier: readonly Bin[]): number | undefined {
  const own = earlier.length >= BOUNDS.incidentBinsBefore ? total(earlier, 'baseline') : undefined;
  const known = [history, own].find(
    (counts) => counts !== undefined && counts.requests >= BOUNDS.incidentRequestsBefore,
  );
  // One failure more than was seen: none of 200 does not make the first one an incident.
  return known === undefined ? undefined : (known.failures + 1) / known.requests;
}

/**
 * The first bin above the limit since the baseline was last calm: after a blindness it may be long under
 * way, and so it may where the canary had too few visitors to say so. Calm is said of as many bins as the
 * incident itself is: with few failures a bin, single ones fall below the limit by chance, and an incident
 * from before our change would look as if it began with it.
 */
function beginning(bins: readonly Bin[], limit: number): number {
  const last = bins.length - BOUNDS.incidentBins;
  const calm = bins.findLastIndex((_, index) => {
    const five = bins.slice(index, index + BOUNDS.incidentBins);
    return index <= last && rate(total(five, 'baseline')) <= limit;
  });
  return bins.find((bin, index) => index > calm && rate(bin.baseline) > limit)?.startMs ?? 0;
}

function isAfterChange({ changedAt, intervalMs, limits }: BurnInput, since: number): boolean {
  if (changedAt === undefined) return false;
  // The bin in which the weight changed began before it.
  return since > changedAt - intervalMs && since <= changedAt + limits.incidentAfterChangeMs;
}

/** Whether it is to be taken back: it came with our change, and was seen for long enough. */
export function isCorrelated(incident: SharedIncident, limits: Limits): boolean {
  return incident.afterChange && incident.seenTo >= incident.since + limits.incidentLastsMs;
}

function total(bins: readonly Bin[], arm: 'canary' | 'baseline'): Omit<Counts, 'items'> {
  let requests = 0;
  let failures = 0;
  for (const bin of bins) {
    requests += bin[arm].requests;
    failures += bin[arm].failures;
  }
  return { requests, failures };
}

function rate({ requests, failures }: Omit<Counts, 'items'>): number {
  return requests === 0 ? 0 : failures / requests;
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(2))} %`;
}

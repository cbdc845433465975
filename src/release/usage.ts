/** Whether people use an app: then probes do not stand for them, and their silence is no quiet hour. */
import { BOUNDS } from '../limits.ts';
import type { Bin } from '../judge/types.ts';
import type { Release } from './release.ts';

type Known = Pick<Release, 'history' | 'dispersion'>;

/** The baseline's last hours before the release say so (`preflight-history.ts`); not known is no. */
export function isUsed({ history }: Pick<Release, 'history'>): boolean {
  if (history === undefined) return false;
  return history.requests >= BOUNDS.usedRequests && history.bins >= BOUNDS.usedBins;
}

/**
 * How many bins without anybody's request are no accident any more. Infinity for an app that nobody uses.
 *
 * Of the last hours, so many bins would have shown `silentAfterRequests`. Requests that come by the batch,
 * as on the hour, do not come one by one: there the share of bins without any says how long nobody may
 * come, and where requests do come one by one it says the same (of n a bin, e^-n of the bins have none).
 */
export function silentBins({ history, dispersion }: Known): number {
  if (history === undefined || !isUsed({ history })) return Infinity;
  const each = history.requests / history.bins;
  const { bins: busyBins = 0 } = dispersion ?? {};
  // Not known: taken for one by one. Infinity where no bin was without any.
  const perBin = busyBins === 0 ? each : -Math.log1p(-Math.min(1, busyBins / history.bins));
  return BOUNDS.silentAfterRequests / Math.min(each, perBin);
}

/** Final bins in which people were to be expected, and telemetry shows none of either version. */
export function isDeserted(release: Known, bins: readonly Bin[]): boolean {
  return bins.length >= silentBins(release) && lastUsed(bins) === undefined;
}

/** The last bin in which telemetry shows a request of anybody; what probes were answered is not looked at. */
export function lastUsed(bins: readonly Bin[]): Bin | undefined {
  return bins.findLast(({ canary, baseline }) => canary.requests + baseline.requests > 0);
}

/** Whether people use an app: then probes do not stand for them, and their silence is no quiet hour. */
import { BOUNDS } from '../limits.ts';
import type { Bin } from '../judge/types.ts';
import type { Release } from './release.ts';

/** The baseline's last hours before the release say so (`preflight-history.ts`); not known is no. */
export function isUsed({ history }: Pick<Release, 'history'>): boolean {
  if (history === undefined) return false;
  return history.requests >= BOUNDS.usedRequests && history.bins >= BOUNDS.usedBins;
}

/**
 * How many bins without anybody's request are no accident any more: of those hours, so many would have
 * shown `silentAfterRequests`. Infinity for an app that nobody uses.
 */
export function silentBins({ history }: Pick<Release, 'history'>): number {
  if (history === undefined || !isUsed({ history })) return Infinity;
  return (BOUNDS.silentAfterRequests * history.bins) / history.requests;
}

/** The last bin in which telemetry shows a request of anybody; what probes were answered is not looked at. */
export function lastUsed(bins: readonly Bin[]): Bin | undefined {
  return bins.findLast(({ canary, baseline }) => canary.requests + baseline.requests > 0);
}

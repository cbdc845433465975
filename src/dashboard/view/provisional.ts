/** What the newest verdict has seen beyond the final bins. Pure. */
import type { EvidenceAnswer, VersionPoint } from '../../api/contract/evidence.ts';
import type { CountsView, ReleaseView } from '../../api/contract.ts';
import { type Pooled, type PooledVersion, wilson } from './pool.ts';

/**
 * Bins that are not final are not stored, but harm is read from them: the failures for which a release went
 * back would be missing. The verdict counts every judged bin, of the ramp and of the watch, so the difference
 * is what is not final: with it the points add up to the verdict's own counts.
 * @param beganMs when judging began, for a release that has no final bin: harm found within `settle` leaves none
 * @returns undefined: there is nothing, or it cannot be known, because the two were read at different times
 */
export function provisionalPart(
  { points, binMs }: Pick<EvidenceAnswer, 'points' | 'binMs'>,
  { verdict }: Pick<ReleaseView, 'verdict'>,
  beganMs?: number,
): Pooled | undefined {
  const last = points.at(-1);
  const fromMs = last === undefined ? beganMs : Date.parse(last.at) + last.bins * binMs;
  if (verdict === null || fromMs === undefined) return undefined;
  const toMs = Date.parse(verdict.at);
  const counted = points.filter(({ judged }) => judged);
  const canary = beyond(
    verdict.canary,
    counted.map((point) => point.canary),
  );
  const baseline = beyond(
    verdict.baseline,
    counted.map((point) => point.baseline),
  );
  if (canary === undefined || baseline === undefined || toMs <= fromMs) return undefined;
  return canary.requests === 0 ? undefined : { fromMs, toMs, canary, baseline };
}

function beyond(all: CountsView, final: readonly VersionPoint[]): PooledVersion | undefined {
  const requests = final.reduce((left, one) => left - one.requests, all.requests);
  const failures = final.reduce((left, one) => left - one.failures, all.failures);
  if (failures < 0 || requests < failures) return undefined;
  return { requests, failures, rate: wilson(failures, requests) };
}

/** What the newest verdict has seen beyond the final bins. Pure. */
import type { EvidenceAnswer, VersionPoint } from '../../api/contract/evidence.ts';
import type { CountsView, ReleaseView } from '../../api/contract.ts';
import { type Pooled, type PooledVersion, wilson } from './pool.ts';

type Seen = Pick<ReleaseView, 'verdict' | 'swappedAt'>;

/**
 * Bins that are not final are not stored, but harm is read from them: the failures for which a release went
 * back would be missing. The verdict counts all it was made of, so the difference is what is not final.
 * @returns undefined: there is nothing, or the two do not count the same
 */
export function provisionalPart(
  { points, binMs }: Pick<EvidenceAnswer, 'points' | 'binMs'>,
  { verdict, swappedAt }: Seen,
): Pooled | undefined {
  const last = points.at(-1);
  if (verdict === null || last === undefined) return undefined;
  const fromMs = Date.parse(last.at) + last.bins * binMs;
  const toMs = Date.parse(verdict.at);
  // After the swap the verdict tells of production alone.
  const counted = points.filter(({ judged, watch }) => judged && watch === (swappedAt !== null));
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

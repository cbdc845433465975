/** The traffic share that was wanted, over time, as the audit has it. Pure. */
import type { EvidenceAnswer, EvidencePoint } from '../../api/contract/evidence.ts';
import type { ReleaseView } from '../../api/contract.ts';
import type { AuditEntry } from '../data/audit-body.ts';
import { weightText } from './format.ts';

export interface ShareChange {
  readonly atMs: number;
  /** Percent of production: the rule's weight, and everything once the swap is proven. */
  readonly wanted: number;
}

/** One entry a change. */
export function wantedShares(entries: readonly AuditEntry[]): readonly ShareChange[] {
  const changes: ShareChange[] = [];
  for (const { at, weight } of entries) {
    const wanted = weight.share === 100 ? 100 : weight.wanted;
    if (changes.at(-1)?.wanted !== wanted) changes.push({ atMs: Date.parse(at), wanted });
  }
  return changes;
}

/** What was wanted at a time; 0 before the first row. */
export function wantedAt(changes: readonly ShareChange[], atMs: number): number {
  return changes.findLast((change) => change.atMs <= atMs)?.wanted ?? 0;
}

/** What telemetry saw, one entry a group; weighted by the requests of its points. */
export function seenShares(
  { points, binMs }: Pick<EvidenceAnswer, 'points' | 'binMs'>,
  groups: readonly (readonly number[])[],
): readonly { readonly atMs: number; readonly share: number | null }[] {
  return groups.flatMap((group) => {
    const members = group.map((index) => points[index]).filter((point) => point !== undefined);
    const [first] = members;
    const last = members.at(-1);
    if (first === undefined || last === undefined) return [];
    const endMs = Date.parse(last.at) + last.bins * binMs;
    return { atMs: (Date.parse(first.at) + endMs) / 2, share: meanShare(members) };
  });
}

function meanShare(members: readonly EvidencePoint[]): number | null {
  let weight = 0;
  let total = 0;
  for (const { share, canary, baseline } of members) {
    const requests = canary.requests + baseline.requests;
    if (share === null) continue;
    weight += requests;
    total += share * requests;
  }
  return weight === 0 ? null : total / weight;
}

/** Of a release that is over: what it served last, which is not what it serves now. */
export function endText({ weights }: Pick<ReleaseView, 'weights'>): string {
  return `ended at ${weightText(weights.share)}`;
}

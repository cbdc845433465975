/** The line of the evidence: what stands after each final bin, and what the newest verdict adds to it. Pure. */
import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { VerdictView } from '../../api/contract.ts';

export interface EvidenceAt {
  /** Until when it has seen, milliseconds since the epoch. */
  readonly atMs: number;
  readonly harm: number;
  readonly certify: number | null;
  /** Newer rows may still come in; harm is read from such bins too. */
  readonly provisional: boolean;
}

/**
 * Harm is decided on bins that are not final yet, and those are not stored: without the verdict the line of
 * a release that was rolled back would end below its threshold.
 */
export function evidenceLine(
  { points, binMs }: Pick<EvidenceAnswer, 'points' | 'binMs'>,
  verdict: Pick<VerdictView, 'at' | 'harm' | 'certify'> | null,
): readonly EvidenceAt[] {
  const line = points.map(({ at, bins, harm, certify }) => ({
    ...{ atMs: Date.parse(at) + bins * binMs, harm, certify, provisional: false },
  }));
  const last = line.at(-1);
  const atMs = Date.parse(verdict?.at ?? '');
  if (verdict === null || last === undefined || !(atMs > last.atMs)) return line;
  // What nothing is to be certified for any more has no line that could go on.
  const certify = last.certify === null ? null : verdict.certify;
  return [...line, { atMs, harm: verdict.harm, certify, provisional: true }];
}

/** The line of the evidence: what stands after each final bin, and what the newest verdict adds to it. Pure. */
import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { ReleaseView } from '../../api/contract.ts';

export interface EvidenceAt {
  /** Until when it has seen, milliseconds since the epoch. */
  readonly atMs: number;
  readonly harm: number;
  readonly certify: number | null;
  /** The step that `certify` is of, from 1; null: none. */
  readonly step: number | null;
  /** Newer rows may still come in; harm is read from such bins too. */
  readonly provisional: boolean;
}

/** What of a release the line needs besides its bins. */
export interface Seen {
  readonly verdict: Pick<NonNullable<ReleaseView['verdict']>, 'at' | 'harm' | 'certify'> | null;
  readonly step: Pick<NonNullable<ReleaseView['step']>, 'number'> | null;
}

/**
 * Harm is decided on bins that are not final yet, and those are not stored: without the verdict the line of
 * a release that was rolled back would end below its threshold.
 * @param beganMs when judging began, for a release that has no final bin: there evidence is 1 : 1
 */
export function evidenceLine(
  { points, binMs }: Pick<EvidenceAnswer, 'points' | 'binMs'>,
  { verdict, step }: Seen,
  beganMs?: number,
): readonly EvidenceAt[] {
  const seen = points.map(({ at, bins, harm, certify, step: judgedIn }) => ({
    ...{ atMs: Date.parse(at) + bins * binMs, harm, certify, step: judgedIn, provisional: false },
  }));
  const line = seen.length > 0 || beganMs === undefined ? seen : [startAt(beganMs)];
  const last = line.at(-1);
  const atMs = Date.parse(verdict?.at ?? '');
  if (verdict === null || last === undefined || !(atMs > last.atMs)) return line;
  // Where nothing is to be certified any more no line goes on; that of the next step begins with its first bin.
  const goesOn = last.certify !== null && (step === null || step.number === last.step);
  const certify = goesOn ? verdict.certify : null;
  return [...line, { atMs, harm: verdict.harm, certify, step: last.step, provisional: true }];
}

/** Only final bins certify: without one there is nothing to say of it. */
function startAt(atMs: number): EvidenceAt {
  return { atMs, harm: 0, certify: null, step: null, provisional: false };
}

/**
 * `certify` as two rows of one length: steps that follow each other are in different ones, so that a chart does
 * not draw the end of one and the beginning of the next as one line.
 */
export function certifyLines(
  line: readonly EvidenceAt[],
): readonly [(number | null)[], (number | null)[]] {
  const rows: [(number | null)[], (number | null)[]] = [[], []];
  let row = 0;
  line.forEach(({ certify, step }, index) => {
    const before = line[index - 1];
    if (before !== undefined && before.step !== step) row = 1 - row;
    rows[0].push(row === 0 ? certify : null);
    rows[1].push(row === 1 ? certify : null);
  });
  return rows;
}

import type { AuditBody, AuditRow } from './audit.ts';
import { sha256 } from './hash.ts';

/** `prevHash` of the first row. */
export const CHAIN_START = '0'.repeat(64);

/** Makes the stored row of a body: the text is fixed here once and for all, then hashed. */
export function sealRow(
  body: AuditBody | Pick<AuditBody, 'releaseId' | 'sequence' | 'at'>,
  prevHash: string,
): AuditRow {
  const text = JSON.stringify(body);
  return {
    releaseId: body.releaseId,
    sequence: body.sequence,
    at: Date.parse(body.at),
    body: text,
    prevHash,
    hash: linkHash(prevHash, text),
  };
}

function linkHash(prevHash: string, body: string): string {
  return sha256(`${prevHash}\n${body}`);
}

export type ChainCheck =
  | {
      readonly ok: true;
      readonly rows: number;
      readonly head: string;
      /** Sequence of the row that the anchor names; only where one was given. */
      readonly anchoredAt?: number;
    }
  | ({ readonly ok: false } & BadRow);

/** The first bad row; 0 is the row of the release itself. */
export interface BadRow {
  readonly sequence: number;
  readonly problem: string;
}

/** What the release row says the chain should be; rows that were cut off at the end are seen by it. */
export interface ExpectedChain {
  readonly releaseId: string;
  readonly sequence: number;
  readonly head: string;
}

/** A head that was noted outside the store when it was the newest: the chain must still go through it. */
export interface Anchor {
  readonly head: string;
  /** Its row; undefined: any row may have it. */
  readonly sequence: number | undefined;
}

/** A row as it lies in the store or in an export. At least one of the two is there. */
export interface FoundRow {
  readonly row: AuditRow | undefined;
  /** What is not as Slipway writes it, though the row may read well. */
  readonly problem: string | undefined;
}

/**
 * Re-computes a whole chain and names the first bad row. Without an anchor somebody who rewrites the
 * release row and every audit row is not detected: compare with a head noted elsewhere (it is printed
 * at each promotion).
 */
export function verifyChain(
  rows: readonly AuditRow[],
  expected: ExpectedChain,
  anchor?: Anchor,
): ChainCheck {
  const chain = new ChainVerifier(expected.releaseId, anchor);
  for (const row of rows) chain.add({ row, problem: undefined });
  return chain.end(expected);
}

/** The same row by row, for chains that are not held in memory. */
export class ChainVerifier {
  readonly #releaseId: string;
  readonly #anchor: Anchor | undefined;
  #rows = 0;
  #head = CHAIN_START;
  #bad: BadRow | undefined;
  #anchoredAt: number | undefined;

  constructor(releaseId: string, anchor?: Anchor) {
    this.#releaseId = releaseId;
    this.#anchor = anchor;
  }

  add(found: FoundRow): void {
    this.#rows += 1;
    const { row } = found;
    const place = { sequence: this.#rows, prevHash: this.#head, releaseId: this.#releaseId };
    const problem = (row === undefined ? undefined : rowProblem(row, place)) ?? found.problem;
    if (problem !== undefined) this.#bad ??= { sequence: this.#rows, problem };
    if (row === undefined) return;
    this.#head = row.hash;
    if (row.hash === this.#anchor?.head) this.#anchoredAt ??= row.sequence;
  }

  /** The first bad row so far. */
  get bad(): BadRow | undefined {
    return this.#bad;
  }

  /** After the last row. */
  end(expected: Omit<ExpectedChain, 'releaseId'>): ChainCheck {
    const bad = this.#bad ?? this.#endProblem(expected) ?? this.#anchorProblem();
    if (bad !== undefined) return { ok: false, ...bad };
    const anchored = this.#anchoredAt === undefined ? {} : { anchoredAt: this.#anchoredAt };
    return { ok: true, rows: this.#rows, head: this.#head, ...anchored };
  }

  #endProblem({ sequence, head }: Omit<ExpectedChain, 'releaseId'>): BadRow | undefined {
    if (this.#rows !== sequence) {
      const problem = `the release says ${sequence} rows, ${this.#rows} are there`;
      return { sequence: Math.min(this.#rows, sequence) + 1, problem };
    }
    if (this.#head === head) return undefined;
    const problem = `the release says head ${head}, the chain ends in ${this.#head}`;
    return { sequence: this.#rows, problem };
  }

  /** All agrees with itself; whether it is the chain of before, only the anchor can say. */
  #anchorProblem(): BadRow | undefined {
    const anchor = this.#anchor;
    if (anchor === undefined) return undefined;
    const { head, sequence } = anchor;
    if (this.#anchoredAt !== undefined && this.#anchoredAt === (sequence ?? this.#anchoredAt)) {
      return undefined;
    }
    const rewritten = 'the chain was rewritten since, or the anchor is of another release';
    if (sequence === undefined) {
      return { sequence: 1, problem: `no row has the anchored head ${head}: ${rewritten}` };
    }
    const problem = `row ${sequence} does not have the anchored head ${head}: ${rewritten}`;
    return { sequence: Math.min(sequence, this.#rows + 1), problem };
  }
}

interface Place {
  readonly sequence: number;
  readonly prevHash: string;
  readonly releaseId: string;
}

function rowProblem(row: AuditRow, place: Place): string | undefined {
  if (row.sequence !== place.sequence) {
    return `row ${place.sequence} is missing: what lies there says that it is row ${row.sequence}`;
  }
  if (row.prevHash !== place.prevHash) return 'prevHash is not the hash of the row before';
  if (row.hash !== linkHash(row.prevHash, row.body)) {
    return 'the body does not give the stored hash';
  }
  // Half a surrogate pair has no UTF-8 of its own: it would hash as U+FFFD does.
  if (!row.body.isWellFormed()) return 'the body is not well-formed Unicode';
  return copyProblem(row, place.releaseId);
}

/** Columns are copies for filters; a column that contradicts the hashed body was edited. */
function copyProblem(row: AuditRow, releaseId: string): string | undefined {
  const body = parseBody(row.body);
  if (body === undefined) return 'the body is not JSON';
  if (body.sequence !== row.sequence) return 'column sequence differs from the body';
  if (body.releaseId !== row.releaseId || row.releaseId !== releaseId) {
    return 'the row belongs to another release';
  }
  if (typeof body.at !== 'string' || Date.parse(body.at) !== row.at)
    return 'column at differs from the body';
  return undefined;
}

function parseBody(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

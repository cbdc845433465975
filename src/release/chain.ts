import type { AuditBody, AuditRow } from './audit.ts';
import { sha256 } from './hash.ts';

/** `prevHash` of the first row. */
export const CHAIN_START = '0'.repeat(64);

/** Makes the stored row of a body: the text is fixed here once and for all, then hashed. */
export function sealRow(body: AuditBody, prevHash: string): AuditRow {
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
  | { readonly ok: true; readonly rows: number; readonly head: string }
  | { readonly ok: false; readonly sequence: number; readonly problem: string };

/** What the release row says the chain should be; rows that were cut off at the end are seen by it. */
export interface ExpectedChain {
  readonly releaseId: string;
  readonly sequence: number;
  readonly head: string;
}

/**
 * Re-computes a whole chain and names the first bad row. Without an outside anchor somebody who
 * rewrites the release row and every audit row is not detected: compare the head with one noted
 * elsewhere (it is printed at each promotion).
 */
export function verifyChain(rows: readonly AuditRow[], expected: ExpectedChain): ChainCheck {
  let prevHash = CHAIN_START;
  for (const [index, row] of rows.entries()) {
    const problem = rowProblem(row, {
      sequence: index + 1,
      prevHash,
      releaseId: expected.releaseId,
    });
    if (problem !== undefined) return { ok: false, sequence: index + 1, problem };
    prevHash = row.hash;
  }
  if (rows.length !== expected.sequence) {
    const problem = `the release says ${expected.sequence} rows, ${rows.length} are there`;
    return { ok: false, sequence: Math.min(rows.length, expected.sequence) + 1, problem };
  }
  if (prevHash !== expected.head) {
    const problem = `the release says head ${expected.head}, the chain ends in ${prevHash}`;
    return { ok: false, sequence: rows.length, problem };
  }
  return { ok: true, rows: rows.length, head: prevHash };
}

interface Place {
  readonly sequence: number;
  readonly prevHash: string;
  readonly releaseId: string;
}

function rowProblem(row: AuditRow, place: Place): string | undefined {
  if (row.sequence !== place.sequence) return `row ${place.sequence} is missing`;
  if (row.prevHash !== place.prevHash) return 'prevHash is not the hash of the row before';
  if (row.hash !== linkHash(row.prevHash, row.body))
    return 'the body does not give the stored hash';
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
  if (Date.parse(String(body.at)) !== row.at) return 'column at differs from the body';
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

/** What `slipway audit` can say of the rows that it shows: as HTTP gave them, without the store. */
import type { AuditRowView } from '../api/contract.ts';
import { ChainVerifier } from '../release/chain.ts';

export interface AuditNote {
  readonly isBroken: boolean;
  readonly text: string;
}

/**
 * Slipway wrote the text that is hashed with JSON.stringify, so writing a body again gives the same text, or
 * the hash does not fit.
 * @param from the first sequence that was asked for; later than 1, nothing can be re-computed
 */
export function auditNote(id: string, rows: readonly AuditRowView[], from: number): AuditNote {
  const verify = `slipway audit verify ${id}`;
  if (from !== 1) return { isBroken: false, text: `not verified, as rows are left out: ${verify}` };
  const chain = new ChainVerifier(id);
  for (const { sequence, at, body, prevHash, hash } of rows) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const row = { releaseId: id, sequence, at: Date.parse(at), body: text, prevHash, hash };
    chain.add({ row, problem: undefined });
  }
  if (chain.bad === undefined) {
    const fits = `the hashes of ${rows.length === 1 ? 'this row fit' : `these ${rows.length} rows fit`}`;
    return {
      isBroken: false,
      text: `${fits}, as Slipway gave them; of the store itself: ${verify}`,
    };
  }
  const { sequence, problem } = chain.bad;
  return { isBroken: true, text: `chain broken at row ${sequence}: ${problem}; ${verify}` };
}

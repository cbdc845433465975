import { rowLine, trailerLine } from '../release/audit-export.ts';
import { type ChainCheck, ChainVerifier, type FoundRow } from '../release/chain.ts';
import { NotFoundError, SlipwayError } from '../release/errors.ts';
import type { AuditSource } from './audit-verify.ts';

/**
 * The audit of a release as lines, each with its line feed; row by row, whatever its length. Returns
 * what verifying says of what was exported: a damaged audit is exported as it is.
 *
 * Rows that are added meanwhile are left out: the trailer says where the release stood at the start.
 * @throws NotFoundError; SlipwayError `release-damaged`; StoreUnavailableError
 */
export async function* exportAudit(
  { auditScanner }: AuditSource,
  releaseId: string,
): AsyncGenerator<string, ChainCheck> {
  const release = await auditScanner.scanRelease(releaseId);
  if (release === undefined) throw new NotFoundError(`there is no release ${releaseId}`);
  if (release.chain === undefined) {
    const problem = release.problem ?? 'it cannot be read';
    const message = `the row of release ${releaseId} is damaged, so where its audit ends is not known: ${problem}`;
    throw new SlipwayError('release-damaged', message);
  }
  const { sequence, head } = release.chain;
  const chain = new ChainVerifier(releaseId);
  for await (const found of firstOf(auditScanner.scanRows(releaseId), sequence)) {
    chain.add(found);
    // A row that cannot be read cannot be written; the check names it.
    if (found.row !== undefined) yield `${rowLine(found.row)}\n`;
  }
  yield `${trailerLine({ release: releaseId, rows: sequence, head })}\n`;
  return chain.end({ sequence, head });
}

async function* firstOf(rows: AsyncIterable<FoundRow>, max: number): AsyncGenerator<FoundRow> {
  if (max === 0) return;
  let given = 0;
  for await (const row of rows) {
    yield row;
    given += 1;
    if (given >= max) return;
  }
}

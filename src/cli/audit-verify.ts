import type { openStore } from '../app.ts';
import type { AuditRow } from '../release/audit.ts';
import { type ChainCheck, verifyChain } from '../release/chain.ts';
import { NotFoundError } from '../release/errors.ts';
import type { Release } from '../release/release.ts';

/** What verifying reads; the store has more. */
export type AuditSource = Pick<ReturnType<typeof openStore>, 'releaseStore' | 'auditReader'>;

const PAGE_ROWS = 1_000;
/** Row keys hold eight digits. */
const ROWS_MAX = 100_000_000;
const READS_MAX = 5;

/**
 * Reads a release with all its audit rows and re-computes the chain.
 * @throws NotFoundError when there is neither the release nor a row of it; StoreUnavailableError
 */
export async function verifyAudit(source: AuditSource, releaseId: string): Promise<ChainCheck> {
  const { release, rows } = await readStill(source, releaseId);
  if (release !== undefined) {
    const { sequence, chainHead } = release;
    return verifyChain(rows, { releaseId, sequence, head: chainHead });
  }
  if (rows.length === 0) throw new NotFoundError(`there is no release ${releaseId}`);
  const problem = `the release itself is missing, ${rows.length} audit rows of it are there`;
  return { ok: false, sequence: 1, problem };
}

/** A release that moves on between two reads is read again: its newest rows are not a broken chain. */
async function readStill(
  source: AuditSource,
  releaseId: string,
): Promise<{ readonly release: Release | undefined; readonly rows: readonly AuditRow[] }> {
  for (let read = 1; ; read += 1) {
    const before = (await source.releaseStore.load(releaseId))?.release;
    const rows = await readRows(source, releaseId);
    const release = (await source.releaseStore.load(releaseId))?.release;
    if (before?.sequence === release?.sequence || read >= READS_MAX) return { release, rows };
  }
}

async function readRows({ auditReader }: AuditSource, releaseId: string): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (let from = 1; from < ROWS_MAX;) {
    const page = await auditReader.readAudit(releaseId, { from, max: PAGE_ROWS });
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) break;
    // Goes on whatever the rows say of themselves: they are under suspicion.
    from = Math.max(from + PAGE_ROWS, last.sequence + 1);
  }
  return rows;
}

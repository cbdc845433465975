import type { openStore } from '../app.ts';
import { type Anchor, type ChainCheck, ChainVerifier } from '../release/chain.ts';
import { NotFoundError } from '../release/errors.ts';

/** What verifying reads; the store has more. */
export type AuditSource = Pick<ReturnType<typeof openStore>, 'auditScanner'>;
type FoundRelease = Awaited<ReturnType<AuditSource['auditScanner']['scanRelease']>>;

/** No release has more rows; a store that never ends would else hold the command for ever. */
const ROWS_MAX = 100_000_000;
const READS_MAX = 5;

/**
 * Reads a release with all its audit rows and re-computes the chain.
 * @throws NotFoundError when there is neither the release nor a row of it; StoreUnavailableError
 */
export async function verifyAudit(
  { auditScanner }: AuditSource,
  releaseId: string,
  anchor?: Anchor,
): Promise<ChainCheck> {
  let before = await auditScanner.scanRelease(releaseId);
  for (let read = 1; ; read += 1) {
    const chain = new ChainVerifier(releaseId, anchor);
    const rows = await feed(chain, auditScanner.scanRows(releaseId));
    const release = await auditScanner.scanRelease(releaseId);
    // A release that moves on while it is read is read again: its newest rows are no broken chain.
    const still = before?.chain?.sequence === release?.chain?.sequence;
    if (still || read >= READS_MAX) return judged(chain, { releaseId, release, rows });
    before = release;
  }
}

async function feed(
  chain: ChainVerifier,
  found: ReturnType<AuditSource['auditScanner']['scanRows']>,
): Promise<number> {
  let rows = 0;
  for await (const row of found) {
    rows += 1;
    if (rows > ROWS_MAX) break;
    chain.add(row);
  }
  return rows;
}

interface Read {
  readonly releaseId: string;
  readonly release: FoundRelease;
  readonly rows: number;
}

function judged(chain: ChainVerifier, { releaseId, release, rows }: Read): ChainCheck {
  if (release === undefined && rows === 0) {
    throw new NotFoundError(`there is no release ${releaseId}`);
  }
  if (release?.chain === undefined) {
    const problem =
      release?.problem ?? `the release itself is missing, ${rows} audit rows of it are there`;
    return { ok: false, sequence: 0, problem };
  }
  const check = chain.end(release.chain);
  const { problem } = release;
  return check.ok && problem !== undefined ? { ok: false, sequence: 0, problem } : check;
}

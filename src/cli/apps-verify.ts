/** Verifies the audit of the app registry, and that the entries are the ones that it tells of. */
import type { openStore } from '../app.ts';
import { APPS_CHAIN, type AppsAuditBody, fieldChanges } from '../release/apps-change.ts';
import { CHAIN_START, type ChainCheck } from '../release/chain.ts';
import { NotFoundError } from '../release/errors.ts';
import type { WrittenApp } from '../release/written-app.ts';
import { verifyAudit } from './audit-verify.ts';

type Store = Pick<ReturnType<typeof openStore>, 'appRegistry' | 'appsAuditScanner'>;

export interface AppsCheck {
  readonly chain: ChainCheck;
  /** Entries that are not as the newest audit row of their app says; empty while the chain is broken. */
  readonly unaudited: readonly string[];
}

/** Where nothing was ever registered: a chain of no rows. @throws StoreUnavailableError */
export async function verifyApps(store: Store): Promise<AppsCheck> {
  const chain = await verifiedChain(store);
  return { chain, unaudited: chain.ok ? await unaudited(store) : [] };
}

async function verifiedChain({ appsAuditScanner }: Store): Promise<ChainCheck> {
  try {
    return await verifyAudit({ auditScanner: appsAuditScanner }, APPS_CHAIN);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // An entry without any audit is still told: it is compared with this.
    return { ok: true, rows: 0, head: CHAIN_START };
  }
}

async function unaudited({ appRegistry, appsAuditScanner }: Store): Promise<readonly string[]> {
  const audited = new Map<string, WrittenApp>();
  for await (const { row } of appsAuditScanner.scanRows(APPS_CHAIN)) {
    if (row === undefined) continue;
    const { app, after } = JSON.parse(row.body) as AppsAuditBody;
    if (after === null) audited.delete(app);
    else audited.set(app, after);
  }
  const { apps } = await appRegistry.load();
  const stored = new Map(apps.map(({ name, written }) => [name, written]));
  return [...new Set([...audited.keys(), ...stored.keys()])]
    .filter((name) => !isSame(audited.get(name), stored.get(name)))
    .toSorted();
}

function isSame(one: WrittenApp | undefined, other: WrittenApp | undefined): boolean {
  return one !== undefined && other !== undefined && fieldChanges(one, other).length === 0;
}

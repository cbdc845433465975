/** Verifies the audit of the app registry, and that the entries are the ones that it tells of. */
import type { openStore } from '../app.ts';
import { APPS_CHAIN, type AppsAuditBody, fieldChanges } from '../release/apps-change.ts';
import { CHAIN_START, type ChainCheck } from '../release/chain.ts';
import { NotFoundError } from '../release/errors.ts';
import { appKeyOf } from '../release/release-id.ts';
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

async function unaudited(store: Store): Promise<readonly string[]> {
  const { appRegistry, appsAuditScanner } = store;
  const audited = new Map<string, WrittenApp>();
  for await (const { row } of appsAuditScanner.scanRows(APPS_CHAIN)) {
    if (row === undefined) continue;
    const { app, after } = JSON.parse(row.body) as AppsAuditBody;
    if (after === null) audited.delete(app);
    else audited.set(app, after);
  }
  const { apps } = await appRegistry.load();
  const stored = new Map(apps.map(({ name, written }) => [name, written]));
  const wrong: string[] = [];
  for (const name of new Set([...audited.keys(), ...stored.keys()])) {
    const app = stored.get(name);
    const same = app !== undefined && isSame(audited.get(name), app);
    if (!same || !(await leadsHere(store, name, app))) wrong.push(name);
  }
  return wrong.toSorted();
}

/** A start finds its app by the row of the site: it and the entry's key must lead to what was written. */
async function leadsHere({ appRegistry }: Store, name: string, app: WrittenApp): Promise<boolean> {
  const found = await appRegistry.find({ appKey: appKeyOf(app.target) });
  return found?.name === name;
}

function isSame(audited: WrittenApp | undefined, stored: WrittenApp): boolean {
  return audited !== undefined && fieldChanges(audited, stored).length === 0;
}

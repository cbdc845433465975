import type { TransactionAction } from '@azure/data-tables';

import type {
  AppRegistry,
  Registry,
  RegistryChange,
  StoredApp,
} from '../../controller/ports/app-registry.ts';
import { ConflictError } from '../../controller/ports/store-errors.ts';
import type { AuditRow } from '../../release/audit.ts';
import {
  appEntryEntity,
  appNameOf,
  APPS_PARTITION,
  END_OF_NAMES,
  HEAD_ROW,
  headEntity,
  headOf,
  nameRow,
  siteEntity,
  siteRow,
  storedAppOf,
} from './app-rows.ts';
import { auditRow, endOfAudit } from './keys.ts';
import { auditEntity, auditOf } from './release-rows.ts';
import type { RowClient } from './row-client.ts';
import { asStoreFailure, isConflict, isMissing, refuse } from './store-failure.ts';
import { getRow, keyRange, PAGE_ROWS, queryRows } from './table-query.ts';
import { submitTogether } from './transaction.ts';

/** As many as one page holds; the controller refuses more. */
const APPS_MAX = PAGE_ROWS;
/** `CHAIN_START`: what the first row of a chain comes after. */
const FIRST_CHAIN = '0'.repeat(64);

/** Azure Tables, table `apps`: one partition (`app-rows.ts` has its rows). */
export function createAppRegistry(client: RowClient): AppRegistry {
  return {
    find: (by) => ('name' in by ? findByName(client, by.name) : findBySite(client, by.appKey)),
    load: () => load(client),
    commit: (change) => commit(client, change),
    readAudit: ({ from, max }) => readAudit(client, from, max),
  };
}

async function findByName(client: RowClient, name: string): Promise<StoredApp | undefined> {
  const row = await getRow(client, {
    partitionKey: APPS_PARTITION,
    rowKey: nameRow(name),
    what: `search for app ${name}`,
  });
  return row === undefined ? undefined : storedAppOf(row);
}

async function findBySite(client: RowClient, appKey: string): Promise<StoredApp | undefined> {
  const site = await getRow(client, {
    partitionKey: APPS_PARTITION,
    rowKey: siteRow(appKey),
    what: `search for the app of site ${appKey}`,
  });
  if (site === undefined) return undefined;
  const name = appNameOf(site);
  const app = await findByName(client, name);
  // Between the two reads it can only have been removed or moved: to be asked again, not guessed.
  if (app?.appKey !== appKey) {
    return refuse(`Site ${appKey} was registered as ${name}, which changed meanwhile. Try again`);
  }
  return app;
}

async function load(client: RowClient): Promise<Registry> {
  const rows = await queryRows(client, {
    what: 'load of the app registry',
    filter: keyRange(APPS_PARTITION, { from: HEAD_ROW, to: END_OF_NAMES }),
    max: APPS_MAX + 2,
  });
  const [head, ...apps] = rows;
  if (head === undefined) {
    return { apps: [], head: { sequence: 0, chainHead: FIRST_CHAIN }, etag: undefined };
  }
  if (head.rowKey !== HEAD_ROW) return refuse('The app registry has lost its row head. Restore it');
  if (apps.length > APPS_MAX) return refuse(`The app registry holds more than ${APPS_MAX} apps`);
  return { apps: apps.map(storedAppOf), head: headOf(head), etag: head.etag };
}

async function commit(client: RowClient, change: RegistryChange): Promise<void> {
  const what = `change of the app registry to row ${change.head.sequence}`;
  try {
    await submitTogether(client, actionsOf(change), what);
  } catch (error) {
    if (!isConflict(error) && !isMissing(error)) throw asStoreFailure(error, what);
    if (await isStored(client, change.audit)) return;
    throw new ConflictError('The app registry has moved on: it was changed by somebody else', {
      cause: error,
    });
  }
}

/** The head's etag guards every other row: nobody writes one of them without it. */
function actionsOf(change: RegistryChange): TransactionAction[] {
  const { etag, entries } = change;
  const head = headEntity(change.head);
  const before = entries.flatMap(({ before: app }) => app ?? []);
  const after = entries.flatMap(({ after: app }) => app ?? []);
  const kept = new Set(after.flatMap((app) => [nameRow(app.name), siteRow(app.appKey)]));
  const given = before.flatMap((app) => [nameRow(app.name), siteRow(app.appKey)]);
  return [
    etag === undefined ? ['create', head] : ['update', head, 'Replace', { etag }],
    // A transaction takes one action a row: what another entry takes over is not deleted.
    ...given
      .filter((rowKey) => !kept.has(rowKey))
      .map((rowKey): TransactionAction => ['delete', { partitionKey: APPS_PARTITION, rowKey }]),
    ...after
      .flatMap((app) => [appEntryEntity(app), siteEntity(app)])
      .map((entity): TransactionAction => ['upsert', entity, 'Replace']),
    ...change.audit.map((row): TransactionAction => ['create', auditEntity(APPS_PARTITION, row)]),
  ];
}

/** As with releases: the write that conflicts may be our own, whose answer was lost on the way. */
async function isStored(client: RowClient, audit: readonly AuditRow[]): Promise<boolean> {
  const first = audit[0];
  if (first === undefined) return false;
  const found = await readAudit(client, first.sequence, audit.length);
  return audit.every((row, index) => found[index]?.hash === row.hash);
}

async function readAudit(
  client: RowClient,
  from: number,
  max: number,
): Promise<readonly AuditRow[]> {
  if (max < 1) return [];
  const rows = await queryRows(client, {
    what: 'read of the audit of the app registry',
    filter: keyRange(APPS_PARTITION, {
      from: auditRow(APPS_PARTITION, Math.max(0, from)),
      to: endOfAudit(APPS_PARTITION),
    }),
    max: Math.min(max, PAGE_ROWS),
  });
  return rows.map(auditOf);
}

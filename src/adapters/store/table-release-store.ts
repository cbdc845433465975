import type { TransactionAction } from '@azure/data-tables';

import type {
  Change,
  Creation,
  Loaded,
  LoadedApp,
  ReleaseStore,
  StartRecord,
} from '../../controller/ports/release-store.ts';
import { ConflictError } from '../../controller/ports/store-errors.ts';
import type { AuditRow } from '../../release/audit.ts';
import type { Release } from '../../release/release.ts';
import { binRows, binsOf } from './bin-rows.ts';
import {
  APP_ROW,
  auditRow,
  endOfAudit,
  endOfState,
  partitionOf,
  planRow,
  releaseRow,
  startRow,
} from './keys.ts';
import {
  appEntity,
  appOf,
  auditEntity,
  planEntity,
  planOf,
  releaseEntity,
  releaseOf,
  startEntity,
  startOf,
} from './release-rows.ts';
import type { RowClient } from './row-client.ts';
import { asStoreFailure, isConflict, isMissing, refuse } from './store-failure.ts';
import { getRow, keyRange, queryRows } from './table-query.ts';
import { submitTogether } from './transaction.ts';

/** Release, plan and 20,000 bins are 336 rows. */
const STATE_ROWS_MAX = 1_000;

/** Azure Tables, table `releases`: one partition per app (design section 5). */
export function createReleaseStore(client: RowClient): ReleaseStore {
  return {
    load: (releaseId) => load(client, releaseId),
    loadApp: (appKey) => loadApp(client, appKey),
    findStart: (appKey, keyHash) => findStart(client, appKey, keyHash),
    create: (creation) => create(client, creation),
    commit: (change) => commit(client, change),
  };
}

async function load(client: RowClient, releaseId: string): Promise<Loaded | undefined> {
  const partitionKey = partitionOf(releaseId);
  if (partitionKey === undefined) return undefined;
  const rows = await queryRows(client, {
    what: `load of release ${releaseId}`,
    filter: keyRange(partitionKey, { from: releaseRow(releaseId), to: endOfState(releaseId) }),
    max: STATE_ROWS_MAX,
  });
  const [first, second, ...bins] = rows;
  if (first === undefined) return undefined;
  if (first.rowKey !== releaseRow(releaseId) || second?.rowKey !== planRow(releaseId)) {
    return refuse(`Release ${releaseId} has lost its first row or its plan. Restore the rows`);
  }
  return {
    release: releaseOf(first),
    plan: planOf(second),
    bins: binsOf(releaseId, bins),
    etag: first.etag,
  };
}

async function loadApp(client: RowClient, appKey: string): Promise<LoadedApp | undefined> {
  const row = await getRow(client, {
    partitionKey: appKey,
    rowKey: APP_ROW,
    what: `load of app ${appKey}`,
  });
  return row === undefined ? undefined : { app: appOf(row), etag: row.etag };
}

async function findStart(
  client: RowClient,
  appKey: string,
  keyHash: string,
): Promise<StartRecord | undefined> {
  const row = await getRow(client, {
    partitionKey: appKey,
    rowKey: startRow(keyHash),
    what: `search for start ${keyHash} of app ${appKey}`,
  });
  return row === undefined ? undefined : startOf(keyHash, row);
}

async function create(client: RowClient, creation: Creation): Promise<void> {
  const { release, plan, start, app } = creation;
  const what = `creation of release ${release.id}`;
  checkPartition(release, [creation.app?.record.appKey]);
  const actions: TransactionAction[] = [
    ['create', releaseEntity(release)],
    ['create', planEntity(release, plan)],
    ['create', startEntity(release.appKey, start)],
    ...auditActions(release, creation.audit),
  ];
  if (app !== undefined) {
    const entity = appEntity(app.record);
    actions.push(
      app.etag === undefined
        ? ['create', entity]
        : ['update', entity, 'Replace', { etag: app.etag }],
    );
  }
  try {
    await submitTogether(client, actions, what);
  } catch (error) {
    if (!isStale(error)) throw asStoreFailure(error, what);
    if (await isStored(client, release, creation.audit)) return;
    throw new ConflictError(
      `Release ${release.id} was not created: the app has moved on or this start exists already`,
      { cause: error },
    );
  }
}

async function commit(client: RowClient, change: Change): Promise<string> {
  const { release, etag } = change;
  const what = `commit of release ${release.id}`;
  checkPartition(release, [change.app?.record.appKey]);
  const actions: TransactionAction[] = [
    // First, because its etag is the first of the answer.
    ['update', releaseEntity(release), 'Replace', { etag }],
    ...(change.bins === undefined ? [] : binRows(release, change.bins)).map(
      (row): TransactionAction => ['upsert', row, 'Replace'],
    ),
    ...auditActions(release, change.audit),
  ];
  if (change.app !== undefined) {
    actions.push(['update', appEntity(change.app.record), 'Replace', { etag: change.app.etag }]);
  }
  try {
    const [newEtag] = await submitTogether(client, actions, what);
    // Without an etag the old one stands in: the next commit then conflicts and reads again.
    return newEtag ?? etag;
  } catch (error) {
    if (!isStale(error)) throw asStoreFailure(error, what);
    if (await isStored(client, release, change.audit)) return etagAfter(client, change);
    throw new ConflictError(`Release ${release.id} has moved on: it was changed by somebody else`, {
      cause: error,
    });
  }
}

/** Somebody else wrote first. A row that is gone counts too: it is not what the decision was made on. */
function isStale(error: unknown): boolean {
  return isConflict(error) || isMissing(error);
}

/**
 * True when all our audit rows are there with our hashes: the write that conflicts is our own, whose
 * answer was lost on the way (the SDK repeats a request after a reset or a 5xx). State and audit are
 * one transaction, so the state was written too.
 */
async function isStored(
  client: RowClient,
  release: Release,
  audit: readonly AuditRow[],
): Promise<boolean> {
  const first = audit[0];
  if (first === undefined) return false;
  const rows = await queryRows(client, {
    what: `check of a conflict on release ${release.id}`,
    filter: keyRange(release.appKey, {
      from: auditRow(release.id, first.sequence),
      to: endOfAudit(release.id),
    }),
    max: audit.length,
  });
  return audit.every((row, index) => {
    const found = rows[index];
    return found?.rowKey === auditRow(row.releaseId, row.sequence) && found.hash === row.hash;
  });
}

/**
 * The etag after our own write. When somebody has written since, the old one is given: theirs would
 * let the next commit overwrite a state that its decision never saw.
 */
async function etagAfter(client: RowClient, change: Change): Promise<string> {
  const ours = releaseEntity(change.release);
  const row = await getRow(client, { ...ours, what: `load of release ${change.release.id}` });
  if (row === undefined) return change.etag;
  const same = Object.keys({ ...ours, ...row })
    .filter((name) => name.startsWith('state'))
    .every((name) => row[name] === ours[name]);
  return same ? row.etag : change.etag;
}

function auditActions(release: Release, audit: readonly AuditRow[]): TransactionAction[] {
  // Create-only: no audit row is ever written over.
  return audit.map((row) => {
    if (row.releaseId !== release.id) {
      refuse(`Audit row ${row.sequence} of release ${row.releaseId} came with ${release.id}`);
    }
    return ['create', auditEntity(release.appKey, row)];
  });
}

/** Everything of one call is in one partition: the release's id must lead to it. */
function checkPartition(release: Release, appKeys: readonly (string | undefined)[]): void {
  const keys = [partitionOf(release.id), ...appKeys.filter((key) => key !== undefined)];
  if (keys.some((key) => key !== release.appKey)) {
    refuse(
      `Release ${release.id} does not belong to app ${release.appKey}: ids begin with the app's key`,
    );
  }
}

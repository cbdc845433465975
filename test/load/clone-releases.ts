/** Thousands of finished releases out of one that the function app made: the same rows under other ids. */
import { invertedTime } from '../../src/adapters/store/keys.ts';
import { sha256 } from '../../src/release/hash.ts';
import { CHAIN_START } from '../../src/release/chain.ts';
import { releaseIdOf } from '../../src/release/release-id.ts';
import type { PartitionedTable, StoredDoc } from './partitioned-table.ts';

/** A row as Azurite keeps it. */
export interface TableDoc extends StoredDoc {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly lastModifiedTime: string;
  readonly eTag: string;
}

export interface CloneOrder {
  /** A finished release, whose rows are copied. */
  readonly releaseId: string;
  /** The keys of the apps that get the copies, each once per copy, in turn. */
  readonly appKeys: readonly string[];
  readonly count: number;
  /** Creation of the newest copy; the others were made before, one each `everyMs`. */
  readonly newestMs: number;
  readonly everyMs: number;
}

const APP_KEY_CHARS = 20;

export interface CloneTables {
  readonly releases: PartitionedTable<TableDoc>;
  readonly catalog: PartitionedTable<TableDoc>;
}

/** Copies state, plan, start, audit (with a chain of its own) and the catalog row of the template. */
export function cloneReleases(tables: CloneTables, order: CloneOrder): void {
  const oldKey = order.releaseId.slice(0, APP_KEY_CHARS);
  const rows = tables.releases.partition(oldKey);
  const own = rows.filter(({ RowKey }) => RowKey.startsWith(`${order.releaseId}:`));
  const start = rows.find(
    ({ RowKey, properties }) =>
      RowKey.startsWith('start:') && properties.releaseId === order.releaseId,
  );
  if (own.length === 0 || start === undefined) throw new Error(`no rows of ${order.releaseId}`);
  for (let index = 0; index < order.count; index += 1) {
    const appKey = order.appKeys[index % order.appKeys.length] ?? oldKey;
    // Newest first, as rows sort: each goes to the end, nothing has to make room.
    const createdMs = order.newestMs - index * order.everyMs;
    const id = releaseIdOf(appKey, createdMs, index.toString(16).padStart(8, '0'));
    const rename = (text: string): string =>
      text.replaceAll(order.releaseId, id).replaceAll(oldKey, appKey);
    for (const doc of chained(own, rename)) tables.releases.insert(doc);
    const keyHash = sha256(`clone ${id}`);
    tables.releases.insert(startOf(renamed(start, rename), keyHash));
    const now = start.lastModifiedTime;
    insertCatalog(tables.catalog, { id, appKey, createdMs, keyHash, now });
  }
}

function startOf(doc: TableDoc, keyHash: string): TableDoc {
  const RowKey = `start:${keyHash}`;
  return { ...doc, RowKey, properties: { ...doc.properties, RowKey } };
}

/** The rows under their new names, each audit row hashed anew onto the one before. */
function chained(rows: readonly TableDoc[], rename: (text: string) => string): TableDoc[] {
  const copies = rows.map((row) => renamed(row, rename));
  let head = CHAIN_START;
  let oldHead = CHAIN_START;
  const linked = copies.map((copy, index) => {
    if (!copy.RowKey.includes(':3audit:')) return copy;
    oldHead = String(rows[index]?.properties.hash);
    const prevHash = head;
    head = sha256(`${prevHash}\n${String(copy.properties.body)}`);
    return { ...copy, properties: { ...copy.properties, prevHash, hash: head } };
  });
  return linked.map((copy) => withText(copy, (text) => text.replaceAll(oldHead, head)));
}

function renamed(doc: TableDoc, rename: (text: string) => string): TableDoc {
  const copy = withText(doc, rename);
  return { ...copy, PartitionKey: rename(doc.PartitionKey), RowKey: rename(doc.RowKey) };
}

function withText(doc: TableDoc, change: (text: string) => string): TableDoc {
  const properties = Object.fromEntries(
    Object.entries(doc.properties).map(([name, value]) => [
      name,
      typeof value === 'string' ? change(value) : value,
    ]),
  );
  return {
    PartitionKey: doc.PartitionKey,
    RowKey: doc.RowKey,
    properties,
    lastModifiedTime: doc.lastModifiedTime,
    eTag: doc.eTag,
  };
}

function insertCatalog(
  catalog: CloneTables['catalog'],
  row: { id: string; appKey: string; createdMs: number; keyHash: string; now: string },
): void {
  const createdAt = new Date(row.createdMs).toISOString();
  const month = createdAt.slice(0, 7);
  const { id: releaseId, appKey, keyHash, now: lastModifiedTime } = row;
  const monthKey = String(999_999 - Number(month.replace('-', ''))).padStart(6, '0');
  const common = { lastModifiedTime, eTag: `W/"${releaseId}"` };
  catalog.insert({
    ...common,
    PartitionKey: 'months',
    RowKey: monthKey,
    properties: { PartitionKey: 'months', RowKey: monthKey, month },
  });
  const rowKey = `${invertedTime(row.createdMs)}-${releaseId}`;
  catalog.insert({
    ...common,
    PartitionKey: month,
    RowKey: rowKey,
    properties: {
      ...{ PartitionKey: month, RowKey: rowKey, releaseId, appKey, phase: 'rejected', keyHash },
      ...{ finished: true, createdAt, 'createdAt@odata.type': 'Edm.DateTime' },
    },
  });
}

/**
 * Loaded into Azurite's process before its own code (`--import`): its tables get the index that real
 * tables have (partitioned-table.ts). Its HTTP surface, etags, transactions and filters stay its own.
 * A small door beside it clones finished releases, which over HTTP would take a quarter of an hour.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

import { cloneReleases } from './clone-releases.ts';
import type { CloneOrder, TableDoc } from './clone-releases.ts';
import { DOOR_LINE } from './door-line.ts';
import { PartitionedTable } from './partitioned-table.ts';

interface QueryOptions {
  readonly filter?: string;
  readonly top?: number;
}

/** The part of Azurite's `LokiTableMetadataStore` that is used or replaced here (3.37.0). */
interface TableStore {
  getEntityCollection: (
    this: TableStore,
    ...place: [account: string, table: string, context: unknown]
  ) => unknown;
  getMaxResultsOption(options: QueryOptions): number;
  decodeContinuationHeader(header: string | undefined): string | undefined;
  adjustQueryResultforTop(
    result: TableDoc[],
    max: number,
  ): { nextPartitionKeyResponse?: string; nextRowKeyResponse?: string };
  rollbackEntityChanges(table: unknown): void;
  removeEntitiesAddedInBatch(table: unknown): void;
  transactionRollbackTheseEntities: unknown[];
  transactionDeleteTheseEntities: unknown[];
  queryTableEntities: unknown;
  endBatchTransaction: unknown;
}

interface QueryGenerator {
  generateQueryForPersistenceLayer(
    options: QueryOptions,
    context: unknown,
  ): (doc: TableDoc) => boolean;
}

const FOLDER = 'azurite/dist/src/table/persistence';
const load = createRequire(import.meta.url);
const { default: store } = load(`${FOLDER}/LokiTableMetadataStore.js`) as {
  default: { prototype: TableStore };
};
const { default: generator } = load(`${FOLDER}/LokiTableStoreQueryGenerator.js`) as {
  default: QueryGenerator;
};

const tables = new Map<string, PartitionedTable<TableDoc>>();
const { prototype } = store;
const { getEntityCollection: checked } = prototype;

function tableOf(name: string): PartitionedTable<TableDoc> {
  const table = tables.get(name) ?? new PartitionedTable<TableDoc>();
  tables.set(name, table);
  return table;
}

prototype.getEntityCollection = function getEntityCollection(account, table, context) {
  // Azurite's own: throws when the table was not made.
  checked.call(this, account, table, context);
  return tableOf(table);
};

prototype.queryTableEntities = async function queryTableEntities(
  this: TableStore,
  ...[context, account, table, options, nextPartition, nextRow]: [
    unknown,
    string,
    string,
    QueryOptions,
    string | undefined,
    string | undefined,
  ]
): Promise<unknown[]> {
  this.getEntityCollection(account, table, context);
  const max = this.getMaxResultsOption(options);
  const partitionKey = this.decodeContinuationHeader(nextPartition);
  const rowKey = this.decodeContinuationHeader(nextRow);
  const found = tableOf(table).read({
    ...keysOf(options.filter ?? ''),
    after:
      partitionKey === undefined || rowKey === undefined ? undefined : { partitionKey, rowKey },
    matches: generator.generateQueryForPersistenceLayer(options, context),
    max: max + 1,
  });
  const next = this.adjustQueryResultforTop(found, max);
  return [found, next.nextPartitionKeyResponse, next.nextRowKeyResponse];
};

prototype.endBatchTransaction = async function endBatchTransaction(
  this: TableStore,
  ...[, table, , , succeeded]: [string, string, string, unknown, boolean]
): Promise<void> {
  if (!succeeded) {
    this.rollbackEntityChanges(tableOf(table));
    this.removeEntitiesAddedInBatch(tableOf(table));
  }
  this.transactionRollbackTheseEntities = [];
  this.transactionDeleteTheseEntities = [];
};

/** The key range of a filter; the rest of it is asked of each row in the range. */
function keysOf(filter: string): {
  partitionKey: string | undefined;
  from: string;
  below: string | undefined;
} {
  const value = (name: string, comparison: string): string | undefined =>
    new RegExp(`\\b${name} ${comparison} '([^']*)'`).exec(filter)?.[1];
  return {
    partitionKey: value('PartitionKey', 'eq'),
    from: value('RowKey', 'ge') ?? '',
    below: value('RowKey', 'lt'),
  };
}

const door = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString()));
  request.on('end', () => {
    try {
      response.end(JSON.stringify(answerTo(request.url ?? '', text)));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
});
door.listen(0, '127.0.0.1', () => {
  const address = door.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  // The parent reads it.
  console.log(`${DOOR_LINE}http://127.0.0.1:${port}`);
});
door.unref();

function answerTo(url: string, text: string): unknown {
  if (url === '/clone') {
    cloneReleases({ releases: tableOf('releases'), catalog: tableOf('catalog') }, readOrder(text));
  }
  const sizes = [...tables].map(([name, table]) => [
    name,
    { rows: table.rows, walked: table.walked },
  ]);
  return { tables: Object.fromEntries(sizes) as unknown, rssBytes: process.memoryUsage.rss() };
}

function readOrder(text: string): CloneOrder {
  return JSON.parse(text) as CloneOrder;
}

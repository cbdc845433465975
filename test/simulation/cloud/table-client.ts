/** The table client of one worker: every request takes its way through the faults of the story. */
import type { TransactionAction } from '@azure/data-tables';
import type { RowClient } from '../../../src/adapters/store/row-client.ts';
import type { Row, Tables } from './tables.ts';

/** Sends one request; `effect` is what happens on the other side when it arrives there. */
export type Send = <T>(name: string, write: boolean, effect: () => T) => Promise<T>;

export interface TableClientOptions {
  readonly tables: Tables;
  readonly table: string;
  readonly send: Send;
  /** How many rows the next page may hold at most: pages end early when a query crosses servers. */
  readonly pageRows: (wanted: number) => number;
}

interface PageSettings {
  readonly maxPageSize?: number;
  readonly continuationToken?: string;
}

export function createTableClient({
  tables,
  table,
  send,
  pageRows,
}: TableClientOptions): RowClient {
  const write = async (name: string, action: TransactionAction): Promise<{ etag: string }> => ({
    etag: await send(name, true, () => tables.single(table, action)),
  });

  async function* pages(filter: string, settings: PageSettings): AsyncGenerator<object[]> {
    let after = settings.continuationToken;
    do {
      const max = pageRows(settings.maxPageSize ?? 1_000);
      const query = { filter, max, after };
      const page = await send('list', false, () => tables.page(table, query));
      after = page.next;
      const answer = page.rows.map(flat);
      yield Object.assign(answer, after === undefined ? {} : { continuationToken: after });
    } while (after !== undefined);
  }

  const client = {
    getEntity: async (partitionKey: string, rowKey: string) =>
      flat(await send('get', false, () => tables.get(table, partitionKey, rowKey))),
    listEntities: ({ queryOptions }: { queryOptions: { filter: string } }) => ({
      byPage: (settings: PageSettings = {}) => pages(queryOptions.filter, settings),
    }),
    createEntity: (entity: never) => write('create', ['create', entity]),
    updateEntity: (entity: never, mode: 'Merge' | 'Replace', options: { etag?: string } = {}) =>
      write('update', ['update', entity, mode, { etag: options.etag ?? '*' }]),
    upsertEntity: (entity: never, mode: 'Merge' | 'Replace') =>
      write('upsert', ['upsert', entity, mode]),
    deleteEntity: (partitionKey: string, rowKey: string) =>
      write('delete', ['delete', { partitionKey, rowKey }]),
    submitTransaction: async (actions: TransactionAction[]) => {
      const etags = await send('transact', true, () => tables.transact(table, actions));
      return { status: 202, subResponses: etags.map((etag) => ({ status: 204, etag })) };
    },
  };
  // The SDK's generics say nothing more about what the adapters use than these shapes.
  return client as unknown as RowClient;
}

/** The SDK gives etag and properties as one object, a new one for each answer. */
function flat({ entity, etag }: Row): Record<string, unknown> {
  return { ...entity, etag };
}

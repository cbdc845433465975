import { odata } from '@azure/data-tables';

import type { RowClient } from './row-client.ts';
import { isMissing, refuse, stored } from './store-failure.ts';

/** A row as the SDK gives it: property values are unknown until they are checked. */
export type StoredRow = Readonly<Record<string, unknown>> & {
  readonly etag: string;
  readonly partitionKey: string;
  readonly rowKey: string;
};

export interface RowQuery {
  /** The operation and its object, for the error. */
  readonly what: string;
  /** OData; made with `odata`, which escapes. */
  readonly filter: string;
  /** Stop after this many rows. */
  readonly max: number;
}

/** Azure gives at most this many rows a page. */
export const PAGE_ROWS = 1_000;
/** Pages may be short or empty when a query crosses server borders, so pages are bounded apart. */
const PAGES_MAX = 50;

/** Rows in key order, at most `max`. @throws StoreFailure */
export async function queryRows(client: RowClient, query: RowQuery): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  await stored(query.what, async () => {
    const pages = client
      .listEntities({ queryOptions: { filter: query.filter } })
      .byPage({ maxPageSize: Math.min(query.max, PAGE_ROWS) });
    let count = 0;
    for await (const page of pages) {
      rows.push(...page.map(asRow));
      count += 1;
      if (rows.length >= query.max) break;
      if (count >= PAGES_MAX) refuse(`The ${query.what} did not end after ${PAGES_MAX} pages`);
    }
  });
  return rows.slice(0, query.max);
}

/** One row, or undefined when there is none. @throws StoreFailure */
export async function getRow(
  client: RowClient,
  key: { readonly partitionKey: string; readonly rowKey: string; readonly what: string },
): Promise<StoredRow | undefined> {
  return stored(key.what, async () => {
    try {
      return asRow(await client.getEntity(key.partitionKey, key.rowKey));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** `from` <= RowKey < `to` within one partition. */
export function keyRange(
  partitionKey: string,
  range: { readonly from: string; readonly to: string },
): string {
  return odata`PartitionKey eq ${partitionKey} and RowKey ge ${range.from} and RowKey lt ${range.to}`;
}

export function asRow(entity: Readonly<Record<string, unknown>>): StoredRow {
  const { etag, partitionKey, rowKey } = entity;
  if (typeof etag !== 'string' || typeof partitionKey !== 'string' || typeof rowKey !== 'string') {
    return refuse('A row came without its keys: is this endpoint a table service?');
  }
  return { ...entity, etag, partitionKey, rowKey };
}

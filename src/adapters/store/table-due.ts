import { odata, type TableEntity } from '@azure/data-tables';
import { z } from 'zod';

import type { DueEntry, DueTable } from '../../controller/ports/due-table.ts';
import { checkedKey } from './keys.ts';
import type { RowClient } from './row-client.ts';
import { asStoreFailure, isConflict, isMissing, refuse, stored } from './store-failure.ts';
import { queryRows, type StoredRow } from './table-query.ts';

const PARTITION = 'due';
/** The paper goal is 10,000 active releases (design section 9); beyond, the rest comes next time. */
const ROWS_READ_MAX = 20_000;
/** The row appears and vanishes while we write: twice is already rare. */
const TRIES_MAX = 3;
const ROW = z.object({
  rowKey: z.string(),
  at: z.date(),
  since: z.date(),
  phase: z.string().optional(),
});

/** Azure Tables, table `due`: one partition, a row per release. */
export function createDueTable(client: RowClient): DueTable {
  return {
    put: (entry) => put(client, entry),
    due: (now, max) => due(client, now, max),
    remove: (releaseId) =>
      stored(`removal of due row ${releaseId}`, async () => {
        try {
          await client.deleteEntity(PARTITION, checkedKey(releaseId));
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      }),
  };
}

/** Merges `at` alone into a row that is there, so that its `since` stays; the usual case is one call. */
async function put(client: RowClient, entry: DueEntry): Promise<void> {
  const what = `write of due row ${entry.releaseId}`;
  const row: TableEntity = {
    partitionKey: PARTITION,
    rowKey: checkedKey(entry.releaseId),
    at: new Date(entry.at),
    ...(entry.phase === undefined ? {} : { phase: entry.phase }),
  };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    try {
      await client.updateEntity(row, 'Merge');
      return;
    } catch (error) {
      if (!isMissing(error)) throw asStoreFailure(error, what);
    }
    try {
      await client.createEntity({ ...row, since: new Date(entry.since) });
      return;
    } catch (error) {
      if (!isConflict(error)) throw asStoreFailure(error, what);
    }
  }
  refuse(`The ${what} found the row coming and going ${TRIES_MAX} times; the next tick writes it`);
}

/** Keys sort by release, not by time, so all due rows are read and sorted here. */
async function due(client: RowClient, now: number, max: number): Promise<readonly DueEntry[]> {
  const rows = await queryRows(client, {
    what: 'read of due rows',
    filter: odata`PartitionKey eq ${PARTITION} and at le ${new Date(now)}`,
    max: ROWS_READ_MAX,
  });
  return rows
    .map(entryOf)
    .sort((one, other) => one.at - other.at)
    .slice(0, max);
}

function entryOf(row: StoredRow): DueEntry {
  const entry = ROW.safeParse(row);
  if (!entry.success) {
    return refuse(`Due row ${row.rowKey} is not what Slipway writes. Delete it; it is only a hint`);
  }
  const { rowKey, at, since, phase } = entry.data;
  const times = { at: at.getTime(), since: since.getTime() };
  return { releaseId: rowKey, ...times, ...(phase === undefined ? {} : { phase }) };
}

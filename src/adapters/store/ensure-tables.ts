import type { TableClient } from '@azure/data-tables';
import type { QueueServiceClient } from '@azure/storage-queue';

import { QUEUES } from './names.ts';
import { stored } from './store-failure.ts';

/**
 * Makes the tables and queues that are missing. Doing it again changes nothing.
 * @throws StoreFailure naming the table or queue
 */
export async function ensureTables(
  tables: readonly TableClient[],
  queues: QueueServiceClient,
  timeoutMs: number,
): Promise<void> {
  await Promise.all([
    // Does not throw when the table exists (azure.md 5).
    ...tables.map((table) =>
      stored(`creation of table ${table.tableName}`, () => table.createTable()),
    ),
    ...Object.values(QUEUES).map((name) =>
      stored(`creation of queue ${name}`, () =>
        queues
          .getQueueClient(name)
          .createIfNotExists({ abortSignal: AbortSignal.timeout(timeoutMs) }),
      ),
    ),
  ]);
}

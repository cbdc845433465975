// One Azurite for a test file, emptied between tests.
import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';

import { QUEUES, TABLES } from '../../src/adapters/store/names.ts';
import { startAzurite, type Azurite } from '../../src/local/azurite.ts';

/** Azurite on any free ports, in memory, quiet. Stop it in `afterAll`. */
export function startTestAzurite(): Promise<Azurite> {
  return startAzurite({ log: () => undefined });
}

export function rawTable(azurite: Azurite, name: keyof typeof TABLES): TableClient {
  return TableClient.fromConnectionString(azurite.connectionString, TABLES[name], {
    allowInsecureConnection: true,
  });
}

/** Deletes every row and every message that is left of another test. */
export async function emptyStore(azurite: Azurite): Promise<void> {
  for (const name of ['releases', 'due', 'catalog', 'apps'] as const) {
    const table = rawTable(azurite, name);
    const rows: { partitionKey: string; rowKey: string }[] = [];
    for await (const { partitionKey, rowKey } of table.listEntities({
      queryOptions: { select: ['partitionKey', 'rowKey'] },
    })) {
      if (partitionKey !== undefined && rowKey !== undefined) rows.push({ partitionKey, rowKey });
    }
    for (const partition of Map.groupBy(rows, (row) => row.partitionKey).values()) {
      for (let from = 0; from < partition.length; from += 100) {
        const part = partition.slice(from, from + 100);
        await table.submitTransaction(part.map((row) => ['delete', row]));
      }
    }
  }
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  for (const name of Object.values(QUEUES)) await queues.getQueueClient(name).clearMessages();
}

/**
 * Remembers when monitored timers ran, so that a host that was down knows what it missed. The real host
 * keeps this in a blob `timers/{hostId}/{name}/status`; here it is a table row, for which a client is at hand.
 */
import { RestError, TableClient } from '@azure/data-tables';

const TABLE = 'azurewebjobstimers';
const PARTITION = 'timers';

/** When a timer ran and is due again; times are milliseconds since 1970. `lastMs` 0: never ran. */
export interface TimerStatus {
  readonly expression: string;
  readonly lastMs: number;
  readonly nextMs: number;
}

/** Keeps the status of timers by function name. */
export interface TimerStatusStore {
  read(name: string): Promise<TimerStatus | undefined>;
  write(name: string, status: TimerStatus): Promise<void>;
}

/** The store in the app's own storage account. */
export function createTimerStatusStore(connectionString: string): TimerStatusStore {
  const client = (): TableClient =>
    TableClient.fromConnectionString(connectionString, TABLE, { allowInsecureConnection: true });
  return {
    read: async (name) => {
      try {
        const row = await client().getEntity(PARTITION, name);
        const { expression, last, next } = row;
        if (typeof expression !== 'string') return undefined;
        return { expression, lastMs: timeOf(last), nextMs: timeOf(next) };
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return undefined;
        throw error;
      }
    },
    write: async (name, { expression, lastMs, nextMs }) => {
      const [last, next] = [new Date(lastMs), new Date(nextMs)];
      const table = client();
      await table.createTable();
      await table.upsertEntity({ partitionKey: PARTITION, rowKey: name, expression, last, next });
    },
  };
}

function timeOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : 0;
}

import type { TransactionAction } from '@azure/data-tables';

import type { RowClient } from './row-client.ts';
import { refuse } from './store-failure.ts';

/** Limits of an entity group transaction (azure.md 5). */
const OPERATIONS_MAX = 100;
const BYTES_MAX = 4 * 1024 * 1024;
/** Headers and boundaries of one operation in the multipart body. */
const OPERATION_OVERHEAD_BYTES = 700;

/**
 * Everything or nothing, in one partition. Returns the etags in the order of the actions.
 * @throws StoreFailure before anything is sent when a limit is passed; else what the SDK throws.
 */
export async function submitTogether(
  client: RowClient,
  actions: readonly TransactionAction[],
  what: string,
): Promise<readonly (string | undefined)[]> {
  checkLimits(actions, what);
  const response = await client.submitTransaction([...actions]);
  return response.subResponses.map(({ etag }) => etag);
}

function checkLimits(actions: readonly TransactionAction[], what: string): void {
  if (actions.length > OPERATIONS_MAX) {
    refuse(
      `The ${what} has ${actions.length} rows; one transaction takes ${OPERATIONS_MAX}. Commit the bins in parts (60 bins are a row)`,
    );
  }
  const bytes = actions.reduce(
    (sum, [, entity]) => sum + Buffer.byteLength(JSON.stringify(entity)) + OPERATION_OVERHEAD_BYTES,
    0,
  );
  if (bytes > BYTES_MAX) {
    refuse(
      `The ${what} has ${bytes} bytes; one transaction takes ${BYTES_MAX}. Commit less at once, or shorten the texts of the audit rows`,
    );
  }
}

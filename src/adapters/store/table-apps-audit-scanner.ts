import type { AuditScanner } from '../../controller/ports/audit-scanner.ts';
import { APPS_PARTITION, HEAD_ROW, headEntity, headOf } from './app-rows.ts';
import { columnProblem, plainRow } from './found-rows.ts';
import type { RowClient } from './row-client.ts';
import { isMissing, stored, StoreFailure } from './store-failure.ts';
import { scanRows } from './table-audit-scanner.ts';
import { asRow, type StoredRow } from './table-query.ts';

/** Table `apps`: its head stands where a release's row would. There is one chain, whatever id is asked for. */
export function createAppsAuditScanner(client: RowClient): AuditScanner {
  return {
    scanRelease: async () =>
      stored('read of the head of the app registry', async () => {
        try {
          const options = { disableTypeConversion: true };
          return foundHead(asRow(await client.getEntity(APPS_PARTITION, HEAD_ROW, options)));
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),
    scanRows: () => scanRows(client, { releaseId: APPS_PARTITION, partitionKey: APPS_PARTITION }),
  };
}

function foundHead(wire: StoredRow): Awaited<ReturnType<AuditScanner['scanRelease']>> {
  try {
    const head = headOf(plainRow(wire));
    const chain = { sequence: head.sequence, head: head.chainHead };
    return { chain, problem: columnProblem(wire, headEntity(head)) };
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    return { chain: undefined, problem: error.message };
  }
}

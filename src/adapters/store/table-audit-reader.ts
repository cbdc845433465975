import type { AuditReader } from '../../controller/ports/audit-reader.ts';
import { auditRow, endOfAudit, partitionOf } from './keys.ts';
import { auditOf } from './release-rows.ts';
import type { RowClient } from './row-client.ts';
import { keyRange, PAGE_ROWS, queryRows } from './table-query.ts';

/** Reads the audit rows of table `releases`. An id that is no release id has no rows. */
export function createAuditReader(client: RowClient): AuditReader {
  return {
    async readAudit(releaseId, { from, max }) {
      const partitionKey = partitionOf(releaseId);
      if (partitionKey === undefined || max < 1) return [];
      const rows = await queryRows(client, {
        what: `read of the audit of release ${releaseId}`,
        filter: keyRange(partitionKey, {
          from: auditRow(releaseId, Math.max(0, from)),
          to: endOfAudit(releaseId),
        }),
        max: Math.min(max, PAGE_ROWS),
      });
      return rows.map(auditOf);
    },
  };
}

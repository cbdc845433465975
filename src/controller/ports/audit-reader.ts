import type { AuditRow } from '../../release/audit.ts';

export interface AuditReader {
  /** Rows of one release with sequence >= `from`, ascending, at most `max` (<= 1000). */
  readAudit(
    releaseId: string,
    range: { readonly from: number; readonly max: number },
  ): Promise<readonly AuditRow[]>;
}

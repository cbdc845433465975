/** No notification lost: every row that is to be told arrives at least once, in order per release. */
import { noticeOf } from '../../../src/release/notice.ts';
import type { Checker, Eyes } from './checker.ts';

export function noticesChecker({ ledger, violate }: Eyes): Checker {
  const told = new Map<string, Set<number>>();
  return {
    told: ({ release, sequence, head }) => {
      const before = told.get(release) ?? new Set();
      told.set(release, before);
      const newest = Math.max(0, ...before);
      if (!before.has(sequence) && sequence < newest) {
        violate('notices', `${release}: row ${sequence} is first told after row ${newest}`);
      }
      before.add(sequence);
      const row = ledger.auditOf(release)[sequence - 1];
      if (row?.hash !== head) violate('notices', `${release}: row ${sequence} was told otherwise`);
    },
    over: () => {
      for (const release of ledger.releases.values()) {
        // Given up after days of tries, and said so on the release.
        if (Object.values(release.told ?? {}).some(({ untold }) => untold?.givenUp)) continue;
        for (const row of ledger.auditOf(release.id)) {
          const notice = noticeOf({ ...row, releaseId: release.id, body: row.text }, release);
          if (notice === undefined || told.get(release.id)?.has(row.sequence) === true) continue;
          violate(
            'notices',
            `${release.id}: row ${row.sequence} was never told: ${notice.message}`,
          );
        }
      }
    },
  };
}

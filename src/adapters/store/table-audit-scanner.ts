import type { AuditScanner } from '../../controller/ports/audit-scanner.ts';
import type { FoundRow } from '../../release/chain.ts';
import { foundRelease, foundRow } from './found-rows.ts';
import { endOfState, partitionOf, releaseRow } from './keys.ts';
import type { RowClient } from './row-client.ts';
import { isMissing, refuse, stored } from './store-failure.ts';
import { asRow, keyRange } from './table-query.ts';

/** Rows of up to half a megabyte: a page is small, so that memory is bounded. */
const PAGE_ROWS = 200;
/** Twenty million rows. */
const PAGES_MAX = 100_000;

/** Reads table `releases` with every column's own type. An id that is no release id has no rows. */
export function createAuditScanner(client: RowClient): AuditScanner {
  return {
    async scanRelease(releaseId) {
      const partitionKey = partitionOf(releaseId);
      if (partitionKey === undefined) return undefined;
      return stored(`read of release ${releaseId}`, async () => {
        try {
          const options = { disableTypeConversion: true };
          const entity = await client.getEntity(partitionKey, releaseRow(releaseId), options);
          return foundRelease(asRow(entity));
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      });
    },
    scanRows: (releaseId) => scanRows(client, { releaseId, partitionKey: partitionOf(releaseId) }),
  };
}

/** From the end of the state to the end of the release: a row before or after the true ones is seen. */
export async function* scanRows(
  client: RowClient,
  where: { readonly releaseId: string; readonly partitionKey: string | undefined },
): AsyncGenerator<FoundRow> {
  const { releaseId, partitionKey } = where;
  if (partitionKey === undefined) return;
  const filter = keyRange(partitionKey, { from: endOfState(releaseId), to: `${releaseId};` });
  const pages = client
    .listEntities({ queryOptions: { filter }, disableTypeConversion: true })
    .byPage({ maxPageSize: PAGE_ROWS });
  const what = `read of the audit of release ${releaseId}`;
  for (let count = 0; ; count += 1) {
    if (count >= PAGES_MAX) refuse(`The ${what} did not end after ${PAGES_MAX} pages`);
    const page = await stored(what, () => pages.next());
    if (page.done === true) return;
    for (const entity of page.value) yield foundRow(asRow(entity));
  }
}

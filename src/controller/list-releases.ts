import type { Release } from '../release/release.ts';
import { sha256 } from '../release/hash.ts';
import type { ListQuery, ReleasePage } from './controller.ts';
import type { Ports } from './ports.ts';

/** The catalog says which; each release of the page is read for the truth (at most 50). */
export async function listReleases(ports: Ports, query: ListQuery): Promise<ReleasePage> {
  const page = await ports.catalog.list({
    appKey: query.appKey,
    phase: query.phase,
    keyHash: query.key === undefined ? undefined : sha256(query.key),
    max: query.max,
    continuation: query.continuation,
  });
  const loaded = await Promise.all(page.entries.map((entry) => ports.store.load(entry.releaseId)));
  const releases: Release[] = [];
  for (const entry of loaded) {
    if (
      entry !== undefined &&
      (query.phase === undefined || entry.release.stage.phase === query.phase)
    ) {
      releases.push(entry.release);
    }
  }
  return { releases, continuation: page.continuation };
}

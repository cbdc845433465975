import { isFinished, type Release } from '../release/release.ts';
import { sha256 } from '../release/hash.ts';
import type { ListQuery, ReleasePage } from './controller.ts';
import type { Ports } from './ports.ts';

/** The catalog says which; each release of the page is read for the truth (at most 50). */
export async function listReleases(ports: Ports, query: ListQuery): Promise<ReleasePage> {
  const page = await ports.catalog.list({
    appKey: query.appKey,
    phase: query.phase,
    finished: query.finished,
    keyHash: query.key === undefined ? undefined : sha256(query.key),
    max: query.max,
    continuation: query.continuation,
  });
  const loaded = await Promise.all(page.entries.map((entry) => ports.store.load(entry.releaseId)));
  const releases: Release[] = [];
  for (const entry of loaded) {
    if (entry !== undefined && isAskedFor(entry.release, query)) releases.push(entry.release);
  }
  return { releases, continuation: page.continuation };
}

function isAskedFor({ stage }: Release, { phase, finished }: ListQuery): boolean {
  return (
    (phase === undefined || stage.phase === phase) &&
    (finished === undefined || isFinished(stage) === finished)
  );
}

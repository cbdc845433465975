/** The releases that are not finished. */
import type { ReleasesAnswer, ReleaseView } from '../api/contract.ts';
import type { ApiAccess } from './api-client.ts';
import { listReleases, type Told } from './slipway-api.ts';

/** The most that the API gives in one page, and the most pages: a page may be short before the end. */
const PAGE_MAX = 50;
const PAGES_MAX = 8;

/**
 * Newest first, by one question as long as a page has them.
 * @param query an app's key or resource id; `max` releases, by default as many as the pages have
 */
export async function activeReleases(
  access: ApiAccess,
  { app, max = PAGE_MAX * PAGES_MAX }: { readonly app?: string | undefined; readonly max?: number },
): Promise<Told<ReleasesAnswer>> {
  const releases: ReleaseView[] = [];
  let continuation: string | undefined;
  let at: number | undefined;
  for (let page = 0; page < PAGES_MAX && releases.length < max; page += 1) {
    const most = Math.min(PAGE_MAX, max - releases.length);
    const answer = await listReleases(access, { app, finished: false, max: most, continuation });
    at ??= answer.at;
    releases.push(...answer.releases);
    continuation = answer.continuation ?? undefined;
    if (continuation === undefined) break;
  }
  return { releases, continuation: continuation ?? null, at };
}

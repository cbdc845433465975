/** The releases that are not finished. */
import { UNFINISHED_PHASES } from '../api/contract/phases.ts';
import type { ReleasesAnswer } from '../api/contract.ts';
import type { ApiAccess } from './api-client.ts';
import { listReleases, type Told } from './slipway-api.ts';

/** The most that the API gives in one page. */
const PAGE_MAX = 50;

/**
 * Newest first. The list is asked once a phase: by itself it would walk through every finished release.
 * @param query an app's key or resource id; `max` releases, by default as many as a page has
 */
export async function activeReleases(
  access: ApiAccess,
  { app, max = PAGE_MAX }: { readonly app?: string | undefined; readonly max?: number },
): Promise<Told<ReleasesAnswer>> {
  const pages = await Promise.all(
    UNFINISHED_PHASES.map((phase) => listReleases(access, { app, phase, max: PAGE_MAX })),
  );
  // Moving on between two answers, a release can stand in both.
  const byId = new Map(pages.flatMap((page) => page.releases.map((one) => [one.id, one])));
  const releases = [...byId.values()]
    .filter(({ finished }) => !finished)
    .sort((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt));
  return { releases: releases.slice(0, max), continuation: null, at: pages[0]?.at };
}

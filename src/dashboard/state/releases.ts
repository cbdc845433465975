/** The list: the newest releases, and every one that is under way however old it is. */
import { batch, computed, signal } from '@preact/signals';

import type { Phase, ReleasesAnswer, ReleaseView } from '../../api/contract.ts';
import { api } from '../data/api.ts';
import { startPoller, type Poller } from '../data/poller.ts';
import { appName } from '../view/format.ts';
import { isUnderWay, ordered, UNFINISHED } from '../view/release-order.ts';
import type { Route } from '../view/route.ts';
import { failed, heard } from './page.ts';

type ListRoute = Extract<Route, { kind: 'list' }>;

const PAGE_MAX = 50;

const found = signal<ReadonlyMap<string, ReleaseView>>(new Map());
const asked = signal<ListRoute>({ kind: 'list', phase: '', app: '' });
/** Undefined: nothing was read yet; null: there are no more. */
const continuation = signal<string | null | undefined>(undefined);

export const isListRead = computed(() => continuation.value !== undefined);
export const hasMore = computed(() => typeof continuation.value === 'string');
export const loadingMore = signal(false);

/** Site ids with their names, for the filter. */
export const knownApps = signal<ReadonlyMap<string, string>>(new Map());

export const releases = computed(() => {
  const { phase, app } = asked.value;
  return ordered([...found.value.values()]).filter(
    (release) =>
      (phase === '' || release.phase === phase || (phase === 'active' && isUnderWay(release))) &&
      (app === '' || release.app.siteId.toLowerCase() === app.toLowerCase()),
  );
});

function keep(views: readonly ReleaseView[]): void {
  batch(() => {
    const all = new Map(found.value);
    const apps = new Map(knownApps.value);
    for (const view of views) {
      const known = all.get(view.id);
      if (known === undefined || known.updatedAt <= view.updatedAt) all.set(view.id, view);
      apps.set(view.app.siteId, appName(view.app));
    }
    found.value = all;
    if (apps.size !== knownApps.value.size) knownApps.value = apps;
  });
}

/**
 * A release that left the phase is not in the page of that phase any more: what is kept of it is old. Those
 * beyond the page's end are not known to have left.
 */
function forgetMoved(phase: string, page: ReleasesAnswer): void {
  const there = new Set(page.releases.map(({ id }) => id));
  const since = page.continuation === null ? '' : page.releases.at(-1)?.createdAt;
  if (since === undefined) return;
  found.value = new Map(
    [...found.value].filter(
      ([id, { phase: kept, createdAt }]) =>
        kept !== phase || there.has(id) || createdAt < since || isOfOtherApp(id),
    ),
  );
}

function isOfOtherApp(id: string): boolean {
  const { app } = asked.value;
  const siteId = found.value.get(id)?.app.siteId.toLowerCase();
  return app !== '' && siteId !== app.toLowerCase();
}

/** Watches the list of a route until it is stopped. */
export function watchList(to: ListRoute): Poller {
  batch(() => {
    asked.value = to;
    continuation.value = undefined;
  });
  const filter = { app: to.app, max: PAGE_MAX };
  const one = to.phase !== '' && to.phase !== 'active' ? to.phase : undefined;
  let sweep = 0;
  let first = true;
  return startPoller({
    ask: async (signal) => {
      const page = await api.releases(
        { ...filter, ...(one === undefined ? {} : { phase: one }) },
        signal,
      );
      heard();
      batch(() => {
        keep(page.releases);
        if (one !== undefined) forgetMoved(one, page);
        // Later pages move on only when somebody asks for them; null is the end that was reached.
        if (continuation.value === undefined) continuation.value = page.continuation;
      });
      if (one !== undefined) return;
      const phases = first ? UNFINISHED : [UNFINISHED[sweep % UNFINISHED.length] ?? 'ramping'];
      // Where the first page is all there is, it has them.
      if (page.continuation !== null) await oldOnes(phases, filter, signal);
      sweep += 1;
      if (first) await readApps(signal);
      first = false;
    },
    isActive: () => releases.value.some(isUnderWay),
    isVisible: () => document.visibilityState === 'visible',
    failed,
  });
}

/** Releases that are under way and older than the newest page: one phase a round, all of them at first. */
async function oldOnes(
  phases: readonly Phase[],
  filter: { readonly app: string; readonly max: number },
  signal: AbortSignal,
): Promise<void> {
  const pages = await Promise.all(
    phases.map((phase) => api.releases({ ...filter, phase }, signal)),
  );
  batch(() => {
    keep(pages.flatMap((page) => page.releases));
    phases.forEach((phase, index) => {
      const page = pages[index];
      if (page !== undefined) forgetMoved(phase, page);
    });
  });
}

/** The registry only adds names to the filter: without it the list is as good. */
async function readApps(signal: AbortSignal): Promise<void> {
  const { apps } = await api.apps(signal).catch(() => ({ apps: [] }));
  const all = new Map(knownApps.value);
  for (const { name, target } of apps) {
    const { subscriptionId, resourceGroup, site } = target;
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${site}`;
    all.set(id, name);
  }
  knownApps.value = all;
}

export async function showMore(): Promise<void> {
  const from = continuation.value;
  if (typeof from !== 'string' || loadingMore.value) return;
  loadingMore.value = true;
  try {
    const to = asked.value;
    const { app, phase } = to;
    const one = phase === 'active' ? '' : phase;
    const limit = new AbortController();
    const page = await api.releases(
      { app, phase: one, max: PAGE_MAX, continuation: from },
      limit.signal,
    );
    batch(() => {
      keep(page.releases);
      if (asked.value === to) continuation.value = page.continuation;
    });
  } catch (error) {
    failed(error);
  } finally {
    loadingMore.value = false;
  }
}

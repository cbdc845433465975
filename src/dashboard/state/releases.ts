/** The list: the newest releases, and every one that is under way however old it is. */
import { batch, computed, signal } from '@preact/signals';

import type { Phase, ReleaseView } from '../../api/contract.ts';
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
        // Later pages move on only when somebody asks for them.
        continuation.value ??= page.continuation;
      });
      if (one !== undefined) return;
      const phases = first ? UNFINISHED : [UNFINISHED[sweep % UNFINISHED.length] ?? 'ramping'];
      await oldOnes(phases, filter, signal);
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
  if (continuation.value === null) return;
  const pages = await Promise.all(
    phases.map((phase) => api.releases({ ...filter, phase }, signal)),
  );
  keep(pages.flatMap((page) => page.releases));
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
    const { app, phase } = asked.value;
    const one = phase === 'active' ? '' : phase;
    const limit = new AbortController();
    const page = await api.releases(
      { app, phase: one, max: PAGE_MAX, continuation: from },
      limit.signal,
    );
    batch(() => {
      keep(page.releases);
      continuation.value = page.continuation;
    });
  } catch (error) {
    failed(error);
  } finally {
    loadingMore.value = false;
  }
}

/** The list: the newest releases, and every one that is under way however old it is. */
import { batch, computed, signal } from '@preact/signals';

import type { ReleaseView } from '../../api/contract.ts';
import { api, type ReleasesAsked } from '../data/api.ts';
import { FIRST, hasLeft, pagesInTurn, type Part, placeAfter } from '../data/list-pages.ts';
import { startPoller, type Poller } from '../data/poller.ts';
import { appName } from '../view/format.ts';
import { isUnderWay, ordered } from '../view/release-order.ts';
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

export const releases = computed(() =>
  ordered([...found.value.values()]).filter((release) => isIn(asked.value, release)),
);

function isIn({ phase, app }: ListRoute, release: ReleaseView): boolean {
  return (
    (phase === '' || release.phase === phase || (phase === 'active' && isUnderWay(release))) &&
    (app === '' || release.app.siteId.toLowerCase() === app.toLowerCase())
  );
}

/** The question for a list. */
function askedBy({ phase, app }: ListRoute): ReleasesAsked {
  const filter = phase === '' ? {} : phase === 'active' ? { finished: false } : { phase };
  return { ...filter, app, max: PAGE_MAX };
}

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

/** What is kept of a release that left its list is old. */
function forgetLeft(list: ListRoute, part: Part): void {
  found.value = new Map(
    [...found.value].filter(([, release]) => !isIn(list, release) || !hasLeft(release, part)),
  );
}

/** Watches the list of a route until it is stopped. */
export function watchList(to: ListRoute): Poller {
  batch(() => {
    asked.value = to;
    continuation.value = undefined;
  });
  const oldOnes = watchUnderWay(to);
  let first = true;
  return startPoller({
    ask: async (signal) => {
      const page = await api.releases(askedBy(to), signal);
      const newest = { page, from: FIRST };
      heard();
      batch(() => {
        // Of all releases none leaves the list.
        if (to.phase !== '') forgetLeft(to, newest);
        keep(page.releases);
        // Later pages move on only when somebody asks for them; null is the end that was reached.
        if (continuation.value === undefined) continuation.value = page.continuation;
      });
      await oldOnes(newest, signal);
      if (first) await readApps(signal);
      first = false;
    },
    isActive: () => releases.value.some(isUnderWay),
    isVisible: () => document.visibilityState === 'visible',
    failed,
  });
}

/** Releases that are under way and older than the newest page: one question a round, where there can be any. */
function watchUnderWay(to: ListRoute): (newest: Part, signal: AbortSignal) => Promise<void> {
  const list: ListRoute = { ...to, phase: 'active' };
  const ask = pagesInTurn((continuation, signal) =>
    api.releases(
      { ...askedBy(list), ...(continuation === undefined ? {} : { continuation }) },
      signal,
    ),
  );
  return async (newest, signal) => {
    const end = placeAfter(newest);
    // Where the first page is all there is, it has them.
    if (end === undefined || (to.phase !== '' && to.phase !== 'active')) return;
    const part = await ask(to.phase === 'active' ? end : FIRST, signal);
    batch(() => {
      forgetLeft(list, part);
      // What ended between the two answers is shown as the first one had it until the next round.
      keep([...part.page.releases, ...newest.page.releases]);
      const isNext = to.phase === 'active' && continuation.value === part.from.continuation;
      if (isNext) continuation.value = part.page.continuation;
    });
  };
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
    const limit = new AbortController();
    const page = await api.releases({ ...askedBy(to), continuation: from }, limit.signal);
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

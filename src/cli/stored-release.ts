/** Which release of an app is meant, as the store itself has it: no function app is asked. */
import type { openStore } from '../app.ts';
import { NotFoundError } from '../release/errors.ts';
import { appKeyOfSiteId, isAppKey } from '../release/release-id.ts';
import { usage } from './usage.ts';

export type ReleasesSource = Pick<
  ReturnType<typeof openStore>,
  'appRegistry' | 'catalog' | 'releaseStore'
>;
type Entry = Awaited<ReturnType<ReleasesSource['catalog']['list']>>['entries'][number];

/** So many of the newest releases are looked at, in so many pages: one may be short before the end. */
const LOOKED_AT = 20;
const PAGES_MAX = 8;

/**
 * The id of the app's active release, else of the one that ended last.
 * @param app a name of the registry or of a site, an app key, or a site's resource id
 * @throws NotFoundError; UsageError when several sites have the name; StoreUnavailableError
 */
export async function storedReleaseOf(store: ReleasesSource, app: string): Promise<string> {
  const appKey = await storedAppKey(store, app);
  const active = (await store.releaseStore.loadApp(appKey))?.app.active;
  if (active !== undefined) return active;
  const entries = await newest(store, appKey);
  for (const { releaseId, phase } of entries) {
    const isMeant = phase !== 'rejected' || !(await foundBusy(store, releaseId));
    if (isMeant) return releaseId;
  }
  const [first] = entries;
  if (first !== undefined) return first.releaseId;
  throw new NotFoundError(`app ${app} has no release yet`);
}

async function storedAppKey(store: ReleasesSource, app: string): Promise<string> {
  if (app.startsWith('/')) return appKeyOfSiteId(app);
  if (isAppKey(app)) return app;
  const entry = await store.appRegistry.find({ name: app });
  return entry?.appKey ?? (await keyOfSite(store, app));
}

/** A site that is not registered, by the name that `slipway list` shows. */
async function keyOfSite(store: ReleasesSource, name: string): Promise<string> {
  const keys = new Set((await newest(store, undefined)).map(({ appKey }) => appKey));
  const found = await Promise.all([...keys].map((key) => store.releaseStore.loadApp(key)));
  const apps = found.flatMap((loaded) => (loaded === undefined ? [] : [loaded.app]));
  const [one, ...others] = apps.filter(({ siteId }) => siteId.split('/').at(-1) === name);
  if (one === undefined) {
    throw new NotFoundError(`no app is registered as ${name}: slipway apps list shows which are`);
  }
  if (others.length === 0) return one.appKey;
  const ids = [one, ...others].map(({ siteId }) => siteId);
  throw usage(`several sites are named ${name}, give one's resource id: ${ids.join(', ')}`);
}

async function newest(
  { catalog }: ReleasesSource,
  appKey: string | undefined,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let continuation: string | undefined;
  for (let page = 0; page < PAGES_MAX && entries.length < LOOKED_AT; page += 1) {
    const found = await catalog.list({
      ...{ appKey, phase: undefined, finished: undefined, keyHash: undefined },
      ...{ max: LOOKED_AT - entries.length, continuation },
    });
    entries.push(...found.entries);
    continuation = found.continuation;
    if (continuation === undefined) break;
  }
  return entries;
}

/** Refused while another release held the app: newer than that release, and no answer to how that one ended. */
async function foundBusy({ releaseStore }: ReleasesSource, id: string): Promise<boolean> {
  const loaded = await releaseStore.load(id);
  return loaded?.release.reason === 'app-busy';
}

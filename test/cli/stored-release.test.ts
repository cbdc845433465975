// Which release of an app `audit verify --app` and `audit export --app` mean, by the store alone.
import { beforeEach, describe, expect, it } from 'vitest';

import { storedReleaseOf } from '../../src/cli/stored-release.ts';
import { appKeyOfSiteId } from '../../src/release/release-id.ts';
import { isFinished, type Release } from '../../src/release/release.ts';
import { sha256 } from '../../src/release/hash.ts';
import { registryChange, storedApp } from '../support/app-samples.ts';
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts';
import {
  AT,
  freshAppKey,
  MINUTE_MS,
  sampleApp,
  sampleCreation,
  sampleRelease,
} from '../support/store-samples.ts';

const SHOP = storedApp('shop');
const SITE = '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Web/sites/shop';

let store: MemoryStore;
beforeEach(() => {
  store = createMemoryStore({ now: () => AT });
});

/** Written as a start writes it; one that takes no app row leaves the app as it is. */
async function stored(appKey: string, minute: number, change: Partial<Release>): Promise<Release> {
  const release = sampleRelease(appKey, { createdAt: AT + minute * MINUTE_MS, ...change });
  const isFirst = store.app(appKey) === undefined;
  const record = {
    ...sampleApp(release),
    ...(isFinished(release.stage) ? { active: undefined } : {}),
  };
  await store.releaseStore.create(
    sampleCreation(release, { app: isFirst ? { record, etag: undefined } : undefined }),
  );
  await store.catalog.put({
    ...{ releaseId: release.id, appKey, phase: release.stage.phase },
    ...{ finished: isFinished(release.stage), keyHash: sha256('k'), createdAt: release.createdAt },
  });
  return release;
}

const ended = (phase: 'rolled-back' | 'rejected'): Pick<Release, 'stage'> => ({
  stage: { phase, at: AT },
});

describe('the release of an app', () => {
  it('is the active one', async () => {
    const active = await stored(SHOP.appKey, 0, {});
    await stored(SHOP.appKey, 5, { ...ended('rejected'), reason: 'app-busy' });
    expect(await storedReleaseOf(store, SHOP.appKey)).toBe(active.id);
  });

  it('is else the one that ended last: not a start that found the app busy', async () => {
    await stored(SHOP.appKey, 0, ended('rolled-back'));
    const last = await stored(SHOP.appKey, 1, ended('rolled-back'));
    await stored(SHOP.appKey, 2, { ...ended('rejected'), reason: 'app-busy' });
    expect(await storedReleaseOf(store, SHOP.appKey)).toBe(last.id);
    const failed = await stored(SHOP.appKey, 3, {
      ...ended('rejected'),
      reason: 'preflight-failed',
    });
    expect(await storedReleaseOf(store, SHOP.appKey)).toBe(failed.id);
  });

  it('is found by the name in the registry, which comes before the name of a site', async () => {
    await store.appRegistry.commit(registryChange(await store.appRegistry.load(), { after: SHOP }));
    await stored(freshAppKey(), 1, {});
    const registered = await stored(SHOP.appKey, 0, {});
    expect(await storedReleaseOf(store, 'shop')).toBe(registered.id);
  });

  it('is found by the resource id, and by the name of a site that nobody registered', async () => {
    const release = await stored(appKeyOfSiteId(SITE), 0, {});
    expect(await storedReleaseOf(store, SITE.toUpperCase().replace(/^.SUBS/, '/subs'))).toBe(
      release.id,
    );
    expect(await storedReleaseOf(store, 'shop')).toBe(release.id);
  });

  it('is not guessed where several sites have the name', async () => {
    await stored(freshAppKey(), 0, {});
    await stored(freshAppKey(), 0, {});
    await expect(storedReleaseOf(store, 'shop')).rejects.toMatchObject({ code: 'usage' });
  });

  it.each(['blog', SITE])('may not be there: %s', async (app) => {
    await stored(freshAppKey(), 0, {});
    await expect(storedReleaseOf(store, app)).rejects.toMatchObject({ code: 'not-found' });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';

import type { Store } from '../../src/adapters/store/connect.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import {
  freshAppKey,
  sampleAudit,
  sampleBins,
  sampleCreation,
  sampleRelease,
} from '../support/store-samples.ts';
import type { StoreWorld } from '../support/store-suite.ts';
import { releaseSteps } from './store-release-steps.ts';

/** What every ReleaseStore must keep unchanged, and what it must refuse to keep. */
export function keptSuite(world: StoreWorld): void {
  let store: Store;
  beforeEach(async () => {
    store = await world.fresh();
  });

  const { created, loaded, next } = releaseSteps(() => store);

  describe('what is kept', () => {
    it('keeps every character and number of the state', async () => {
      const message = 'Größe 数 🚀 "quoted" \\ \u0000 \u2028 \r\n --changeset_ {"a":1}';
      const { release } = await created({
        message,
        ceiling: Number.NEGATIVE_INFINITY,
        pausedMs: 0.1 + 0.2,
      });
      expect((await loaded(release.id)).release).toEqual(release);
    });

    it('keeps a state of 200,000 characters, with pairs of surrogates anywhere', async () => {
      const message = `x${'🚀'.repeat(100_000)}`;
      const { release, etag } = await created({ message });
      expect((await loaded(release.id)).release.message).toBe(message);
      const smaller = next({ ...release, message: 'short again' }, etag);
      await store.releaseStore.commit(smaller);
      expect((await loaded(release.id)).release).toEqual(smaller.release);
    });

    it('keeps the hashed text of an audit row to the character', async () => {
      const release = sampleRelease(freshAppKey());
      const audit = [sampleAudit(release, 1, `é\u0301 🚀 \n ${'ü'.repeat(40_000)}`)];
      await store.releaseStore.create(sampleCreation(release, { audit }));
      expect(await store.auditReader.readAudit(release.id, { from: 0, max: 5 })).toEqual(audit);
    });

    it('shares nothing with its callers', async () => {
      const release = sampleRelease(freshAppKey());
      const steps = [5, 25, 50];
      await store.releaseStore.create(sampleCreation({ ...release, steps }));
      steps.push(99);
      expect((await loaded(release.id)).release.steps).toEqual([5, 25, 50]);
    });

    it.each([1, 59, 60, 61, 119, 120, 121, 500])('keeps %i bins written at once', async (count) => {
      const { release, etag } = await created();
      const all = sampleBins(count);
      await store.releaseStore.commit(next(release, etag, { bins: { all, firstNew: 0 } }));
      expect((await loaded(release.id)).bins).toEqual(all);
    });

    it('adds bins over the edges of chunks, rewriting only from the first new one', async () => {
      const { release, etag } = await created();
      const all = sampleBins(125);
      let state = release;
      let current = etag;
      let stored = 0;
      for (const count of [1, 58, 59, 60, 61, 62, 119, 120, 125]) {
        const change = next(state, current, {
          bins: { all: all.slice(0, count), firstNew: stored },
        });
        current = await store.releaseStore.commit(change);
        state = change.release;
        stored = count;
        expect((await loaded(release.id)).bins).toEqual(all.slice(0, count));
      }
    });

    it('leaves the bins alone when none were added', async () => {
      const { release, etag } = await created();
      const all = sampleBins(61);
      const first = next(release, etag, { bins: { all, firstNew: 0 } });
      const newEtag = await store.releaseStore.commit(first);
      await store.releaseStore.commit(
        next(first.release, newEtag, { bins: { all, firstNew: all.length } }),
      );
      expect((await loaded(release.id)).bins).toEqual(all);
    });

    it('keeps 10,000 bins, written in parts that fit a transaction', async () => {
      const { release, etag } = await created();
      const all = sampleBins(10_000);
      let state = release;
      let current = etag;
      for (let from = 0; from < all.length; from += 5_000) {
        const bins = { all: all.slice(0, from + 5_000), firstNew: from };
        const change = next(state, current, { bins });
        current = await store.releaseStore.commit(change);
        state = change.release;
      }
      expect((await loaded(release.id)).bins).toEqual(all);
    });

    it('refuses more rows than one transaction takes, and writes nothing', async () => {
      const { release, etag } = await created();
      const change = next(release, etag, { bins: { all: sampleBins(6_000), firstNew: 0 } });
      await expect(store.releaseStore.commit(change)).rejects.toThrow(StoreUnavailableError);
      await expect(store.releaseStore.commit(change)).rejects.toThrow(/one transaction takes 100/);
      expect((await loaded(release.id)).bins).toEqual([]);
    });

    it('refuses provisional bins', async () => {
      const { release, etag } = await created();
      const all = sampleBins(2).map((bin) => ({ ...bin, final: false }));
      await expect(
        store.releaseStore.commit(next(release, etag, { bins: { all, firstNew: 0 } })),
      ).rejects.toThrow(/final/);
    });
  });
}

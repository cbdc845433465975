import { beforeEach, describe, expect, it } from 'vitest';

import type { Store } from '../../src/adapters/store/connect.ts';
import { ConflictError } from '../../src/controller/ports/store-errors.ts';
import type { Release } from '../../src/release/release.ts';
import {
  AT,
  freshAppKey,
  sampleApp,
  sampleAudit,
  sampleBins,
  sampleCreation,
  samplePlan,
  sampleRelease,
} from '../support/store-samples.ts';
import type { StoreWorld } from '../support/store-suite.ts';
import { releaseSteps } from './store-release-steps.ts';

/** What every ReleaseStore and AuditReader must do: create, commit, and read the audit. */
export function releaseStoreSuite(world: StoreWorld): void {
  let store: Store;
  beforeEach(async () => {
    store = await world.fresh();
  });

  const { created, etagOf, loaded, hashes, next } = releaseSteps(() => store);

  describe('create and load', () => {
    it('reads back what was created: release, plan, no bins', async () => {
      const release = sampleRelease(freshAppKey());
      const creation = sampleCreation(release);
      await store.releaseStore.create(creation);
      const found = await loaded(release.id);
      expect(found).toEqual({
        release,
        plan: creation.plan,
        bins: [],
        etag: expect.stringMatching(/./) as string,
      });
    });

    it('writes app, start and audit with the release', async () => {
      const release = sampleRelease(freshAppKey());
      const creation = sampleCreation(release);
      await store.releaseStore.create(creation);
      expect((await store.releaseStore.loadApp(release.appKey))?.app).toEqual(sampleApp(release));
      expect(await store.releaseStore.findStart(release.appKey, creation.start.keyHash)).toEqual(
        creation.start,
      );
      expect(await store.auditReader.readAudit(release.id, { from: 1, max: 10 })).toEqual(
        creation.audit,
      );
    });

    it('knows no release, app or start that was never created', async () => {
      const { id, appKey } = sampleRelease(freshAppKey());
      expect(await store.releaseStore.load(id)).toBeUndefined();
      expect(await store.releaseStore.load("no' or RowKey ge '")).toBeUndefined();
      expect(await store.releaseStore.loadApp(appKey)).toBeUndefined();
      expect(await store.releaseStore.findStart(appKey, 'ab'.repeat(32))).toBeUndefined();
    });

    it('refuses a second release with the same start, and writes nothing of it', async () => {
      const first = sampleRelease(freshAppKey());
      const creation = sampleCreation(first);
      await store.releaseStore.create(creation);
      const second = sampleRelease(first.appKey);
      const start = { ...creation.start, releaseId: second.id };
      await expect(
        store.releaseStore.create(sampleCreation(second, { start, app: undefined })),
      ).rejects.toThrow(ConflictError);
      expect(await store.releaseStore.load(second.id)).toBeUndefined();
      expect(await hashes(second.id)).toEqual([]);
    });

    it('refuses a release that takes an app row which it believes absent', async () => {
      const { release: first } = await created();
      const second = sampleRelease(first.appKey);
      await expect(store.releaseStore.create(sampleCreation(second))).rejects.toThrow(
        ConflictError,
      );
      expect((await store.releaseStore.loadApp(first.appKey))?.app.active).toBe(first.id);
      expect(
        await store.releaseStore.findStart(first.appKey, sampleCreation(second).start.keyHash),
      ).toBeUndefined();
    });

    it('refuses a release that takes the app on a stale etag', async () => {
      const { release: first } = await created();
      const before = await store.releaseStore.loadApp(first.appKey);
      const second = sampleRelease(first.appKey);
      const app = { record: sampleApp(second), etag: before?.etag };
      await store.releaseStore.create(sampleCreation(second, { app }));
      const third = sampleRelease(first.appKey);
      await expect(
        store.releaseStore.create(
          sampleCreation(third, { app: { record: sampleApp(third), etag: before?.etag } }),
        ),
      ).rejects.toThrow(ConflictError);
      expect((await store.releaseStore.loadApp(first.appKey))?.app.active).toBe(second.id);
    });

    it('leaves a rejected release without touching the app', async () => {
      const { release: first } = await created();
      const second = sampleRelease(first.appKey, { stage: { phase: 'rejected', at: AT } });
      await store.releaseStore.create(sampleCreation(second, { app: undefined }));
      expect((await loaded(second.id)).release.stage.phase).toBe('rejected');
      expect((await store.releaseStore.loadApp(first.appKey))?.app.active).toBe(first.id);
    });

    it('takes the same creation twice as one: the first answer was lost', async () => {
      const creation = sampleCreation(sampleRelease(freshAppKey()));
      await store.releaseStore.create(creation);
      await store.releaseStore.create(creation);
      expect(await hashes(creation.release.id)).toEqual([creation.audit[0]?.hash]);
    });

    it('keeps releases of one app apart, whichever way their ids sort', async () => {
      const { release: first } = await created();
      const others = [AT - 1, AT + 1].map((createdAt) =>
        sampleRelease(first.appKey, { createdAt, message: `created at ${createdAt}` }),
      );
      for (const other of others) {
        await store.releaseStore.create(sampleCreation(other, { app: undefined }));
      }
      for (const release of [first, ...others]) {
        expect((await loaded(release.id)).release).toEqual(release);
      }
    });
  });

  describe('commit', () => {
    it('writes state and audit, and gives the etag for the next commit', async () => {
      const { release, etag } = await created();
      const first = next(release, etag);
      const second = next(first.release, await store.releaseStore.commit(first));
      const last = await store.releaseStore.commit(second);
      const found = await loaded(release.id);
      expect(found.release).toEqual(second.release);
      expect(found.etag).toBe(last);
      expect(await hashes(release.id)).toHaveLength(3);
    });

    it('gives the right etag when bins, app and several audit rows are written with it', async () => {
      const { release, etag } = await created();
      const app = await store.releaseStore.loadApp(release.appKey);
      const record = { ...sampleApp(release), ruleGoneAt: AT };
      const change = next(release, etag, {
        audit: [2, 3, 4].map((sequence) => sampleAudit(release, sequence)),
        bins: { all: sampleBins(130), firstNew: 0 },
        app: { record, etag: app?.etag ?? '' },
      });
      const newEtag = await store.releaseStore.commit(change);
      expect(newEtag).toBe(await etagOf(release.id));
      expect((await store.releaseStore.loadApp(release.appKey))?.app).toEqual(record);
    });

    it('refuses a stale etag and writes nothing', async () => {
      const { release, etag } = await created();
      const winner = next(release, etag);
      await store.releaseStore.commit(winner);
      const loser = next(release, etag, {
        release: { ...release, sequence: 3, message: 'from a stale read' },
        audit: [sampleAudit(release, 3, 'from a stale read')],
        bins: { all: sampleBins(3), firstNew: 0 },
      });
      await expect(store.releaseStore.commit(loser)).rejects.toThrow(ConflictError);
      const found = await loaded(release.id);
      expect(found.release).toEqual(winner.release);
      expect(found.bins).toEqual([]);
      expect(await hashes(release.id)).toHaveLength(2);
    });

    it('refuses a stale app row and writes nothing', async () => {
      const { release, etag } = await created();
      const app = await store.releaseStore.loadApp(release.appKey);
      const taking = { record: sampleApp(release), etag: app?.etag ?? '' };
      const first = next(release, etag, { app: taking });
      const newEtag = await store.releaseStore.commit(first);
      const stale = next(first.release, newEtag, { app: taking });
      await expect(store.releaseStore.commit(stale)).rejects.toThrow(ConflictError);
      expect((await loaded(release.id)).release).toEqual(first.release);
      expect(await hashes(release.id)).toHaveLength(2);
    });

    it('writes nothing at all when one audit row exists already', async () => {
      const { release, etag } = await created();
      const change = next(release, etag, {
        release: { ...release, sequence: 2, message: 'must not be seen' },
        audit: [sampleAudit(release, 2), sampleAudit(release, 1, 'another first row')],
        bins: { all: sampleBins(1), firstNew: 0 },
      });
      await expect(store.releaseStore.commit(change)).rejects.toThrow(ConflictError);
      const found = await loaded(release.id);
      expect(found).toEqual({ release, plan: samplePlan(), bins: [], etag });
      expect(await hashes(release.id)).toHaveLength(1);
    });

    it('refuses a release that is not there', async () => {
      const release = sampleRelease(freshAppKey());
      await expect(
        store.releaseStore.commit(next(release, `W/"datetime'2026-01-01T00%3A00%3A00.0Z'"`)),
      ).rejects.toThrow(ConflictError);
    });

    it('recognises its own write whose answer was lost, and gives the etag it has now', async () => {
      const { release, etag } = await created();
      const change = next(release, etag);
      const newEtag = await store.releaseStore.commit(change);
      expect(await store.releaseStore.commit(change)).toBe(newEtag);
      expect(await hashes(release.id)).toHaveLength(2);
    });

    it('never lets an own lost write overwrite what came after it', async () => {
      const { release, etag } = await created();
      const lost = next(release, etag);
      const since = next(lost.release, await store.releaseStore.commit(lost), {
        // Without an audit row: the chain's head alone would not show it.
        audit: [],
        release: { ...lost.release, message: 'written by somebody else' },
      });
      await store.releaseStore.commit(since);
      const given = await store.releaseStore.commit(lost);
      await expect(store.releaseStore.commit(next(lost.release, given))).rejects.toThrow(
        ConflictError,
      );
      expect((await loaded(release.id)).release.message).toBe('written by somebody else');
    });

    it('takes a conflict without audit rows for a conflict', async () => {
      const { release, etag } = await created();
      const change = next(release, etag, { audit: [], release: { ...release, message: 'again' } });
      await store.releaseStore.commit(change);
      await expect(store.releaseStore.commit(change)).rejects.toThrow(ConflictError);
    });

    it('lets exactly one of two writers win who come at the same time', async () => {
      const { release, etag } = await created();
      const attempts = ['one', 'other'].map((message) =>
        store.releaseStore.commit(
          next(release, etag, {
            release: { ...release, sequence: 2, message },
            audit: [sampleAudit(release, 2, message)],
          }),
        ),
      );
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await hashes(release.id)).toHaveLength(2);
    });
  });

  describe('audit', () => {
    const many = async (count: number): Promise<Release> => {
      const release = sampleRelease(freshAppKey());
      const audit = Array.from({ length: count }, (_unused, index) =>
        sampleAudit(release, index + 1),
      );
      await store.releaseStore.create(sampleCreation(release, { audit }));
      return release;
    };

    it.each([
      { from: 0, max: 100, expected: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] },
      { from: 1, max: 3, expected: [1, 2, 3] },
      { from: 9, max: 3, expected: [9, 10, 11] },
      { from: 12, max: 3, expected: [12] },
      { from: 13, max: 3, expected: [] },
      { from: 1, max: 0, expected: [] },
    ])('reads rows from $from, at most $max, ascending', async ({ from, max, expected }) => {
      const release = await many(12);
      const rows = await store.auditReader.readAudit(release.id, { from, max });
      expect(rows.map(({ sequence }) => sequence)).toEqual(expected);
    });

    it('reads nothing of another release of the app, nor of an unknown id', async () => {
      const release = await many(2);
      const other = sampleRelease(release.appKey);
      await store.releaseStore.create(sampleCreation(other, { app: undefined }));
      expect(await hashes(other.id)).toHaveLength(1);
      expect(await hashes('unknown')).toEqual([]);
    });
  });
}

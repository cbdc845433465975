import { beforeEach, describe, expect, it } from 'vitest';

import type { Store } from '../../src/adapters/store/connect.ts';
import type { CatalogEntry, CatalogQuery } from '../../src/controller/ports/catalog.ts';
import type { PoisonRecord } from '../../src/controller/ports/poison-box.ts';
import { BadContinuationError } from '../../src/controller/ports/store-errors.ts';
import type { Phase } from '../../src/release/release.ts';
import { AT, MINUTE_MS, freshAppKey, sampleRelease } from '../support/store-samples.ts';
import type { StoreWorld } from '../support/store-suite.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;
const FIRST_PAGE: CatalogQuery = {
  appKey: undefined,
  phase: undefined,
  finished: undefined,
  keyHash: undefined,
  max: 50,
  continuation: undefined,
};

/** What every catalog, due table, poison box, tick queue and clock must do. */
export function hintsSuite(world: StoreWorld): void {
  let store: Store;
  beforeEach(async () => {
    store = await world.fresh();
  });

  describe('catalog', () => {
    const entry = (createdAt: number, change: Partial<CatalogEntry> = {}): CatalogEntry => {
      const appKey = change.appKey ?? freshAppKey();
      const { id } = sampleRelease(appKey, { createdAt });
      return {
        releaseId: id,
        appKey,
        phase: 'ramping',
        finished: false,
        keyHash: undefined,
        createdAt,
        ...change,
      };
    };
    const everything = async (query: Partial<CatalogQuery> = {}): Promise<CatalogEntry[][]> => {
      const pages: CatalogEntry[][] = [];
      let continuation: string | undefined;
      do {
        const page = await store.catalog.list({
          ...FIRST_PAGE,
          ...query,
          continuation,
        });
        pages.push([...page.entries]);
        continuation = page.continuation;
      } while (continuation !== undefined && pages.length < 100);
      return pages;
    };
    const putAll = async (entries: readonly CatalogEntry[]): Promise<void> => {
      for (const one of entries) await store.catalog.put(one);
    };

    it('is empty at first', async () => {
      expect((await everything()).flat()).toEqual([]);
    });

    it('lists newest first over months and years', async () => {
      const ages = [0, 1, 40, 41, 400, 3_000];
      const entries = ages.map((days) => entry(AT - days * DAY_MS));
      await putAll(entries.toReversed());
      expect((await everything()).flat()).toEqual(entries);
    });

    it('gives every entry once, in pages of at most the size asked for', async () => {
      const entries = Array.from({ length: 23 }, (_unused, index) =>
        entry(AT - index * 9 * DAY_MS),
      );
      await putAll(entries);
      for (const max of [1, 5, 23, 50]) {
        const pages = await everything({ max });
        expect(pages.flat()).toEqual(entries);
        expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(max);
      }
    });

    it('fills pages over the edge of a month', async () => {
      const entries = [1, 2, 31, 32].map((days) => entry(AT - days * DAY_MS));
      await putAll(entries);
      const [page] = await everything({ max: 3 });
      expect(page).toEqual(entries.slice(0, 3));
    });

    it('filters by app, by phase and by key, newest first', async () => {
      const appKey = freshAppKey();
      const phases: Phase[] = ['succeeded', 'rolled-back', 'ramping'];
      const mine = phases.map((phase, index) =>
        entry(AT - index * 20 * DAY_MS, { appKey, phase, keyHash: `hash${index}` }),
      );
      const others = phases.map((phase, index) => entry(AT - index * 25 * DAY_MS, { phase }));
      await putAll([...mine, ...others]);
      expect((await everything({ appKey, max: 2 })).flat()).toEqual(mine);
      expect((await everything({ appKey, phase: 'ramping' })).flat()).toEqual(mine.slice(2));
      expect((await everything({ phase: 'succeeded', max: 1 })).flat()).toHaveLength(2);
      expect((await everything({ appKey: freshAppKey() })).flat()).toEqual([]);
      expect((await everything({ keyHash: 'hash1' })).flat()).toEqual(mine.slice(1, 2));
      expect((await everything({ keyHash: "' or true" })).flat()).toEqual([]);
    });

    it('replaces the entry of a release', async () => {
      const first = entry(AT);
      const last: CatalogEntry = { ...first, phase: 'succeeded', finished: true };
      await putAll([first, last]);
      expect((await everything()).flat()).toEqual([last]);
    });

    it('lists by a phase what stands there now, not what once did', async () => {
      const [going, ended] = [entry(AT), entry(AT - 1)];
      await putAll([going, ended]);
      expect((await everything({ phase: 'ramping' })).flat()).toEqual([going, ended]);
      const last: CatalogEntry = { ...ended, phase: 'rolled-back', finished: true };
      await putAll([last, last]);
      expect((await everything({ phase: 'ramping', max: 1 })).flat()).toEqual([going]);
      expect((await everything({ phase: 'rolled-back' })).flat()).toEqual([last]);
    });

    it('tells the finished from the others, a failed one by its acknowledgement', async () => {
      const appKey = freshAppKey();
      const [going, failed, taken, ended] = [
        entry(AT, { appKey }),
        entry(AT - 40 * DAY_MS, { phase: 'failed' }),
        entry(AT - 1, { phase: 'failed' }),
        entry(AT - 2, { appKey }),
      ] as const;
      await putAll([going, failed, taken, ended]);
      expect((await everything({ finished: false })).flat()).toEqual([going, taken, ended, failed]);
      expect((await everything({ finished: true })).flat()).toEqual([]);
      const acknowledged: CatalogEntry = { ...taken, finished: true };
      const succeeded: CatalogEntry = { ...ended, phase: 'succeeded', finished: true };
      await putAll([acknowledged, succeeded, succeeded]);
      const of = async (query: Partial<CatalogQuery>): Promise<CatalogEntry[]> =>
        (await everything({ ...query, max: 1 })).flat();
      expect(await of({ finished: false })).toEqual([going, failed]);
      expect(await of({ finished: true })).toEqual([acknowledged, succeeded]);
      expect(await of({ finished: false, appKey })).toEqual([going]);
      expect(await of({ finished: true, appKey })).toEqual([succeeded]);
      expect(await of({ finished: false, phase: 'failed' })).toEqual([failed]);
      expect(await of({ finished: true, phase: 'failed' })).toEqual([acknowledged]);
      expect(await of({ phase: 'failed' })).toEqual([acknowledged, failed]);
    });

    it('pages through the releases of an app and of a phase', async () => {
      const appKey = freshAppKey();
      const mine = [0, 1, 2, 40].map((days) => entry(AT - days * DAY_MS, { appKey }));
      await putAll([...mine, entry(AT)]);
      const queries = [{ appKey }, { appKey, phase: 'ramping' }, { appKey, finished: false }];
      for (const query of queries as readonly Partial<CatalogQuery>[]) {
        const pages = await everything({ ...query, max: 3 });
        expect(pages.flat()).toEqual(mine);
        expect(pages[0]).toHaveLength(3);
      }
      expect((await everything({ phase: 'ramping', max: 2 })).flat()).toHaveLength(5);
      expect((await everything({ finished: false, max: 2 })).flat()).toHaveLength(5);
    });

    it('does not show a new release on a later page', async () => {
      await putAll([entry(AT - 2), entry(AT - 1)]);
      const query = { ...FIRST_PAGE, max: 1 };
      const first = await store.catalog.list(query);
      const newest = entry(AT + 1);
      await store.catalog.put(newest);
      const second = await store.catalog.list({ ...query, continuation: first.continuation });
      expect(second.entries.map(({ createdAt }) => createdAt)).toEqual([AT - 2]);
    });

    it.each([
      { what: 'an empty text', continuation: '' },
      { what: 'a letter', continuation: 'x' },
      { what: 'signs', continuation: '%%%' },
      { what: 'a month that does not exist', continuation: 'eyJtb250aCI6IjIwMjYtMTMifQ' },
      { what: 'a very long text', continuation: 'a'.repeat(5_000) },
      {
        what: 'a month with a token that is none',
        continuation: 'eyJtb250aCI6IjIwMjYtMTEiLCJ0b2tlbiI6ImJuVnNiQT09In0',
      },
    ])('refuses $what as a continuation', async ({ continuation }) => {
      await expect(store.catalog.list({ ...FIRST_PAGE, continuation })).rejects.toThrow(
        BadContinuationError,
      );
    });
  });

  describe('due table', () => {
    const releaseIds = (count: number): string[] =>
      Array.from({ length: count }, () => sampleRelease(freshAppKey()).id);
    const idsDue = async (now: number, max = 100): Promise<string[]> =>
      (await store.dueTable.due(now, max)).map(({ releaseId }) => releaseId);

    it('gives what is due, oldest first, at most the number asked for', async () => {
      const [a = '', b = '', c = '', d = ''] = releaseIds(4);
      await store.dueTable.put({ releaseId: a, at: AT + 2, since: AT });
      await store.dueTable.put({ releaseId: b, at: AT, since: AT });
      await store.dueTable.put({ releaseId: c, at: AT + 1, since: AT });
      await store.dueTable.put({ releaseId: d, at: AT + 3, since: AT });
      expect(await idsDue(AT - 1)).toEqual([]);
      expect(await idsDue(AT + 2)).toEqual([b, c, a]);
      expect(await idsDue(AT + 2, 2)).toEqual([b, c]);
    });

    it('moves a row and keeps when it was first written', async () => {
      const [releaseId = ''] = releaseIds(1);
      await store.dueTable.put({ releaseId, at: AT, since: AT });
      await store.dueTable.put({ releaseId, at: AT + 500, since: AT + 100 });
      expect(await idsDue(AT + 499)).toEqual([]);
      expect(await store.dueTable.due(AT + 500, 1)).toEqual([
        { releaseId, at: AT + 500, since: AT },
      ]);
    });

    it('removes a row, also one that is gone already', async () => {
      const [releaseId = ''] = releaseIds(1);
      await store.dueTable.put({ releaseId, at: AT, since: AT });
      await store.dueTable.remove(releaseId);
      await store.dueTable.remove(releaseId);
      expect(await idsDue(AT)).toEqual([]);
      await store.dueTable.put({ releaseId, at: AT, since: AT + 7 });
      expect((await store.dueTable.due(AT, 1))[0]?.since).toBe(AT + 7);
    });
  });

  describe('poison box', () => {
    const record = (id: string, at: number): PoisonRecord => ({
      id,
      queue: 'releases',
      at,
      message: `{"not": "a start"} 🚀 ${id}`,
      code: 'invalid-input',
      problem: 'target: is missing',
    });

    it('lists newest first, at most the number asked for', async () => {
      const records = [record('one', AT), record('two', AT + 2), record('three', AT + 1)];
      for (const one of records) await store.poisonBox.record(one);
      const [one, two, three] = records;
      expect(await store.poisonBox.list(10)).toEqual([two, three, one]);
      expect(await store.poisonBox.list(1)).toEqual([two]);
      expect(await store.poisonBox.list(0)).toEqual([]);
    });

    it('keeps one row of a message that is recorded twice, at whatever time', async () => {
      const first = record('message / with # an ? odd \\ id', AT);
      await store.poisonBox.record(first);
      await store.poisonBox.record({ ...first, at: AT + 60_000, problem: 'told again' });
      expect(await store.poisonBox.list(10)).toEqual([first]);
    });

    it('keeps a message of 16K characters', async () => {
      const long = { ...record('long', AT), message: 'ü'.repeat(16_384) };
      await store.poisonBox.record(long);
      expect(await store.poisonBox.list(1)).toEqual([long]);
    });
  });

  describe('tick queue', () => {
    it('shows a message at once without a delay, and later with one', async () => {
      await store.tickQueue.send('soon', 0);
      await store.tickQueue.send('later', 900);
      await store.tickQueue.send('much-later', 7 * DAY_MS);
      expect(await world.visibleTicks()).toEqual(['soon']);
      await world.pass(1_100);
      expect(await world.visibleTicks()).toEqual(['later']);
    });

    it.each([-1, 7 * DAY_MS + 1, Number.NaN])('refuses a delay of %d ms', async (delayMs) => {
      await expect(store.tickQueue.send('never', delayMs)).rejects.toThrow(/0 to 7 days/);
    });
  });

  describe('clock', () => {
    it('never goes backwards', () => {
      const times = Array.from({ length: 50 }, () => store.clock.now());
      expect(times).toEqual([...times].sort((one, other) => one - other));
      expect(times.every(Number.isInteger)).toBe(true);
    });

    it('knows the skew once the store has answered', async () => {
      await store.releaseStore.loadApp(freshAppKey());
      expect(Math.abs(store.clock.skewMs() ?? Infinity)).toBeLessThan(1_000);
    });
  });
}

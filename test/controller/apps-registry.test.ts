// The registry in the use cases: how it is changed, and what is kept of that.
import '../functions/quiet.ts';

import { beforeEach, describe, expect, it } from 'vitest';

import type { Controller } from '../../src/controller/controller.ts';
import type { AppsAuditBody } from '../../src/release/apps-change.ts';
import { verifyChain } from '../../src/release/chain.ts';
import { BOUNDS } from '../../src/limits.ts';
import type { WrittenApp } from '../../src/release/written-app.ts';
import { entra, readApps, TEAM, writtenApp } from '../support/app-samples.ts';
import { CI } from '../support/callers.ts';
import { NEW, type World } from '../support/world.ts';
import { ADA, ADMIN, type AppsWorld, byName, codeOf, createAppsWorld } from './apps-world.ts';

let world: World;
let slipway: Controller;
let shop: WrittenApp;
let apply: AppsWorld['apply'];
let start: AppsWorld['start'];

beforeEach(() => {
  ({ world, slipway, shop, apply, start } = createAppsWorld());
});

describe('the registry', () => {
  it('tells what was added, changed, removed and left as it was', async () => {
    const bank = writtenApp('bank');
    expect((await apply(shop, bank)).changes.map(({ kind }) => kind)).toEqual(['added', 'added']);
    const input = {
      apps: readApps({ ...shop, defaultPlan: 'careful' }, writtenApp('post')),
      prune: true,
      caller: ADMIN,
    };
    const { changes, head } = await slipway.applyApps(input);
    expect(changes).toMatchObject([
      { name: 'bank', kind: 'removed' },
      { name: 'post', kind: 'added' },
      { name: 'shop', kind: 'changed', fields: [{ path: 'defaultPlan', after: 'careful' }] },
    ]);
    expect((await slipway.applyApps(input)).changes).toMatchObject([
      { name: 'post', kind: 'unchanged' },
      { name: 'shop', kind: 'unchanged' },
    ]);
    expect((await slipway.listApps()).map(({ name }) => name)).toEqual(['post', 'shop']);
    expect(head.sequence).toBe(5);
  });

  it('keeps who changed what, before and after, in one chain', async () => {
    await apply(shop);
    await apply({ ...shop, slot: 'green' });
    await slipway.removeApp('shop', ADMIN);
    const { rows, head } = await slipway.readAppsAudit({ from: 1, max: 100 });
    const bodies = rows.map(({ body }) => JSON.parse(body) as AppsAuditBody);
    expect(bodies).toMatchObject([
      { action: 'app-added', app: 'shop', before: null, after: shop },
      { action: 'app-changed', before: shop, after: { slot: 'green' } },
      { action: 'app-removed', before: { slot: 'green' }, after: null },
    ]);
    for (const { actor, via } of bodies)
      expect({ actor, via }).toEqual({ actor: ADMIN.actor, via: 'entra' });
    const expected = { releaseId: 'apps', sequence: head.sequence, head: head.chainHead };
    expect(verifyChain(rows, expected)).toMatchObject({ ok: true, rows: 3 });
  });

  it('is changed by administrators alone', async () => {
    for (const caller of [ADA, CI, entra('Slipway.Reader', TEAM)]) {
      const apps = readApps(shop);
      expect(await codeOf(slipway.applyApps({ apps, prune: false, caller }))).toBe('forbidden');
      expect(await codeOf(slipway.removeApp('shop', caller))).toBe('forbidden');
    }
    expect(await slipway.listApps()).toEqual([]);
  });

  it('does not take an entry from under a release', async () => {
    await apply(shop);
    const { id } = await start(byName);
    const moved = { ...shop, target: { ...shop.target, site: 'elsewhere' } };
    for (const attempt of [
      slipway.removeApp('shop', ADMIN),
      slipway.applyApps({ apps: [], prune: true, caller: ADMIN }),
      apply(moved, writtenApp('bank')),
    ]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'apps-refused',
        details: [{ path: 'shop', code: 'app-active' }],
      });
      await expect(attempt).rejects.toThrow(id);
    }
    // Everything else of it may change meanwhile.
    expect((await apply({ ...shop, defaultPlan: 'fast' })).changes[0]?.kind).toBe('changed');
    expect(await slipway.listApps()).toHaveLength(1);
  });

  it('gives a site one name', async () => {
    await apply(shop);
    const again = writtenApp('shop-2', { target: shop.target });
    await expect(apply(again)).rejects.toMatchObject({
      details: [{ path: 'shop-2', code: 'site-taken' }],
    });
    const renamed = { apps: readApps(again), prune: true, caller: ADMIN };
    expect((await slipway.applyApps(renamed)).changes).toMatchObject([
      { name: 'shop', kind: 'removed' },
      { name: 'shop-2', kind: 'added' },
    ]);
    expect(await start({ app: 'shop-2', version: NEW })).toMatchObject({ app: 'shop-2' });
  });

  it('says that there is nothing to remove', async () => {
    expect(await codeOf(slipway.removeApp('shop', ADMIN))).toBe('not-found');
  });

  it('takes many at once, and goes on where a lost answer left it', async () => {
    const apps = Array.from({ length: 100 }, (_unused, index) => writtenApp(`app-${index}`));
    world.registry.beforeNextCommit(async () => world.registry.failNext('after'));
    expect(await codeOf(apply(...apps))).toBe('store-unavailable');
    const { changes, head } = await apply(...apps);
    expect(changes.filter(({ kind }) => kind === 'added')).toHaveLength(76);
    expect(changes).toHaveLength(100);
    expect(head.sequence).toBe(100);
    const gone = await slipway.applyApps({ apps: [], prune: true, caller: ADMIN });
    expect(gone.changes.map(({ kind }) => kind)).toEqual(apps.map(() => 'removed'));
  });

  it('takes no more than it can list', async () => {
    const some = (from: number, count: number): WrittenApp[] =>
      Array.from({ length: count }, (_unused, index) => writtenApp(`app-${from + index}`));
    await apply(...some(0, BOUNDS.apps));
    await expect(apply(...some(BOUNDS.apps, 1))).rejects.toMatchObject({
      details: [{ path: 'apps', code: 'too-many' }],
    });
  });

  it('decides again when somebody else was faster', async () => {
    world.registry.beforeNextCommit(async () => {
      await apply(writtenApp('bank'), shop);
    });
    expect((await apply(shop, writtenApp('post'))).changes).toMatchObject([
      { name: 'post', kind: 'added' },
      { name: 'shop', kind: 'unchanged' },
    ]);
    expect(await slipway.listApps()).toHaveLength(3);
  });

  it('lets apps change their sites among each other, as many as fit', async () => {
    const apps = Array.from({ length: 60 }, (_unused, index) => writtenApp(`app-${index}`));
    await apply(...apps);
    const turned = (count: number): WrittenApp[] =>
      apps.slice(0, count).map((app, index) => ({
        ...app,
        target: apps[(index + 1) % count]?.target ?? app.target,
      }));
    expect(await codeOf(apply(...turned(25)))).toBe('too-many-moves');
    expect((await apply(...turned(24))).changes.map(({ kind }) => kind)).toContain('changed');
    const { apps: stored } = await world.registry.load();
    expect(new Set(stored.map(({ appKey }) => appKey)).size).toBe(60);
  });

  it('tells an app with its entry', async () => {
    await apply(shop);
    const { id, appKey } = await start(byName);
    expect(await slipway.getApp(appKey)).toMatchObject({ active: { id }, entry: shop });
  });
});

// What every app registry must hold, on whatever it is built.
import { expect, it } from 'vitest';

import type { AppRegistry, Registry } from '../../src/controller/ports/app-registry.ts';
import { ConflictError } from '../../src/controller/ports/store-errors.ts';
import { APPS_CHAIN } from '../../src/release/apps-change.ts';
import { CHAIN_START, verifyChain } from '../../src/release/chain.ts';
import { type EntryChange, registryChange, storedApp } from '../support/app-samples.ts';
import type { StoreWorld } from '../support/store-suite.ts';

const ALL = { from: 1, max: 1_000 };

export function appRegistrySuite(world: StoreWorld): void {
  const fresh = async (): Promise<AppRegistry> => (await world.fresh()).appRegistry;

  async function apply(
    registry: AppRegistry,
    ...entries: readonly EntryChange[]
  ): Promise<Registry> {
    await registry.commit(registryChange(await registry.load(), ...entries));
    return registry.load();
  }

  it('is empty at first', async () => {
    const registry = await fresh();
    expect(await registry.load()).toEqual({
      apps: [],
      head: { sequence: 0, chainHead: CHAIN_START },
      etag: undefined,
    });
    expect(await registry.find({ name: 'shop' })).toBeUndefined();
    expect(await registry.find({ appKey: '0'.repeat(20) })).toBeUndefined();
    expect(await registry.readAudit(ALL)).toEqual([]);
  });

  it('finds an entry by its name and by its site, as it was written', async () => {
    const registry = await fresh();
    const shop = storedApp('shop', { labels: { team: 'größe 👜' }, weakestPlan: 'careful' });
    const bank = storedApp('bank', { reversible: false, may: { start: ['queue'] } });
    const { apps } = await apply(registry, { after: shop }, { after: bank });
    expect(apps).toEqual([bank, shop]);
    expect(await registry.find({ name: 'shop' })).toEqual(shop);
    expect(await registry.find({ appKey: bank.appKey })).toEqual(bank);
    expect(await registry.find({ name: 'Shop' })).toBeUndefined();
  });

  it('changes and removes entries; a site that is given up is free', async () => {
    const registry = await fresh();
    const old = storedApp('shop');
    const moved = storedApp('shop', {
      target: { ...old.written.target, site: 'shop-new' },
      slot: 'green',
    });
    await apply(registry, { after: old }, { after: storedApp('bank') });
    const { apps } = await apply(
      registry,
      { before: old, after: moved },
      { before: storedApp('bank') },
    );
    expect(apps).toEqual([moved]);
    expect(await registry.find({ appKey: old.appKey })).toBeUndefined();
    expect(await registry.find({ appKey: moved.appKey })).toEqual(moved);
    expect(await registry.find({ name: 'bank' })).toBeUndefined();
  });

  it('lets two entries change places in one transaction', async () => {
    const registry = await fresh();
    const shop = storedApp('shop');
    const bank = storedApp('bank');
    const newShop = storedApp('shop', { target: bank.written.target });
    const newBank = storedApp('bank', { target: shop.written.target });
    await apply(registry, { after: shop }, { after: bank });
    await apply(registry, { before: shop, after: newShop }, { before: bank, after: newBank });
    expect(await registry.find({ appKey: shop.appKey })).toEqual(newBank);
    expect(await registry.find({ appKey: bank.appKey })).toEqual(newShop);
  });

  it('takes as many changes at once as the controller sends', async () => {
    const registry = await fresh();
    const before = Array.from({ length: 24 }, (_unused, index) => storedApp(`app-${index}`));
    await apply(registry, ...before.map((after) => ({ after })));
    const moved = before.map(({ name }) =>
      storedApp(name, { target: { ...storedApp(name).written.target, site: `${name}-moved` } }),
    );
    const { apps, head } = await apply(
      registry,
      ...moved.map((after, index) => ({ before: before[index], after })),
    );
    expect(apps.map(({ appKey }) => appKey).toSorted()).toEqual(
      moved.map(({ appKey }) => appKey).toSorted(),
    );
    expect(head.sequence).toBe(48);
  });

  it('refuses what was decided on an older state, and writes nothing of it', async () => {
    const registry = await fresh();
    const empty = await registry.load();
    const older = await apply(registry, { after: storedApp('shop') });
    const { etag } = await apply(registry, { after: storedApp('post') });
    for (const state of [empty, older, { ...older, head: { ...older.head, sequence: 7 } }]) {
      const stale = registryChange(state, { after: storedApp('bank') });
      await expect(registry.commit(stale)).rejects.toBeInstanceOf(ConflictError);
    }
    const { apps, etag: now } = await registry.load();
    expect(apps.map(({ name }) => name)).toEqual(['post', 'shop']);
    expect(now).toBe(etag);
    expect(await registry.readAudit(ALL)).toHaveLength(2);
  });

  it('takes its own write a second time: the answer was lost on the way', async () => {
    const registry = await fresh();
    const change = registryChange(await registry.load(), { after: storedApp('shop') });
    await registry.commit(change);
    await registry.commit(change);
    expect(await registry.readAudit(ALL)).toEqual(change.audit);
  });

  it('keeps one chain, in pages', async () => {
    const registry = await fresh();
    await apply(registry, { after: storedApp('shop') }, { after: storedApp('bank') });
    const { head } = await apply(registry, { before: storedApp('bank') });
    const rows = await registry.readAudit(ALL);
    expect(rows.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(await registry.readAudit({ from: 2, max: 1 })).toEqual([rows[1]]);
    const expected = { releaseId: APPS_CHAIN, sequence: head.sequence, head: head.chainHead };
    expect(verifyChain(rows, expected)).toMatchObject({ ok: true, rows: 3 });
  });
}

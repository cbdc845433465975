// The registry against its audit: what is compared besides the chain.
import { beforeEach, describe, expect, it } from 'vitest';

import { verifyApps } from '../../src/cli/apps-verify.ts';
import type { AppRegistry } from '../../src/controller/ports/app-registry.ts';
import { registryChange, storedApp } from '../support/app-samples.ts';
import { createMemoryAppRegistry } from '../support/memory-app-registry.ts';

type Store = Parameters<typeof verifyApps>[0];

const CART = storedApp('cart');
const SHOP = storedApp('shop');

let registry: AppRegistry;

beforeEach(async () => {
  registry = createMemoryAppRegistry();
  const entries = [{ after: CART }, { after: SHOP }];
  await registry.commit(registryChange(await registry.load(), ...entries));
});

/** The audit as it was written, the entries as `edited` gives them. */
function storeOf(edited: Partial<AppRegistry>): Store {
  const appsAuditScanner: Store['appsAuditScanner'] = {
    scanRelease: async () => {
      const { head } = await registry.load();
      return { chain: { sequence: head.sequence, head: head.chainHead }, problem: undefined };
    },
    scanRows: async function* () {
      for (const row of await registry.readAudit({ from: 1, max: 1_000 })) {
        yield { row, problem: undefined };
      }
    },
  };
  return { appRegistry: { ...registry, ...edited }, appsAuditScanner };
}

describe('verifyApps', () => {
  it('finds every entry as the audit tells of it', async () => {
    expect(await verifyApps(storeOf({}))).toMatchObject({ chain: { ok: true }, unaudited: [] });
  });

  const loaded = async (...apps: (typeof SHOP)[]): ReturnType<AppRegistry['load']> => ({
    ...(await registry.load()),
    apps,
  });

  it.each<[string, Partial<AppRegistry>, string[]]>([
    [
      'an entry that was edited',
      { load: () => loaded(CART, storedApp('shop', { slot: 'other' })) },
      ['shop'],
    ],
    ['an entry that was taken away', { load: () => loaded(CART) }, ['shop']],
    [
      'an entry that nobody applied',
      { load: () => loaded(CART, SHOP, storedApp('till')) },
      ['till'],
    ],
    ['a row of a site that is gone', { find: () => Promise.resolve(undefined) }, ['cart', 'shop']],
    ['a row of a site that leads to another app', { find: () => Promise.resolve(CART) }, ['shop']],
  ])('tells of %s', async (_what, edited, unaudited) => {
    expect((await verifyApps(storeOf(edited))).unaudited).toEqual(unaudited);
  });
});

// Receivers that are tried on demand, and how they fared, for health and for a release's view.
import { describe, expect, it } from 'vitest';

import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import { createMemoryReceiver } from '../support/memory-receiver.ts';
import { freshAppKey, sampleRelease } from '../support/store-samples.ts';
import { createWorld } from '../support/world.ts';

describe('a test of the receivers', () => {
  it('reaches each once, also those that want to hear of nothing, and says who did not take it', async () => {
    const well = createMemoryReceiver('well');
    const picky = createMemoryReceiver('picky', () => false);
    const dead = createMemoryReceiver('dead');
    dead.down = true;
    const { controller } = createWorld({ notifier: { receivers: [well, dead, picky] } });
    expect(await controller.tryReceivers()).toEqual([
      { name: 'well', kind: 'memory', problem: undefined },
      { name: 'dead', kind: 'memory', problem: 'nobody listens' },
      { name: 'picky', kind: 'memory', problem: undefined },
    ]);
    expect(well.notices).toMatchObject([{ action: 'test', severity: 'info' }]);
    expect(picky.notices).toHaveLength(1);
    await controller.tryReceivers();
    expect(new Set(well.notices.map(({ id }) => id)).size).toBe(2);
  });

  it('is over at once where nobody is told', async () => {
    expect(await createWorld().controller.tryReceivers()).toEqual([]);
  });
});

describe('health', () => {
  it('says how each receiver fared, and is well although one is down', async () => {
    const well = createMemoryReceiver('well');
    const dead = createMemoryReceiver('dead');
    const fresh = createMemoryReceiver('fresh');
    dead.down = true;
    const { controller } = createWorld({ notifier: { receivers: [well, dead, fresh] } });
    await controller.tryReceivers();
    const before = await controller.health();
    expect(before.ok).toBe(true);
    expect(before.receivers).toMatchObject([
      { name: 'well', ok: true, problem: undefined },
      { name: 'dead', ok: false, toldAt: undefined, problem: { message: 'nobody listens' } },
      { name: 'fresh', ok: true },
    ]);
    dead.down = false;
    await controller.tryReceivers();
    const [, after] = (await controller.health()).receivers ?? [];
    expect(after).toMatchObject({ ok: true, problem: { message: 'nobody listens' } });
  });
});

describe('a release', () => {
  const links = new Links('https://slipway.example/api');
  const untold = { attempts: 2, retryAt: 0, problem: 'no answer', givenUp: 0 };

  it('shows the receiver that fails most first, and all that fail', () => {
    const told = {
      well: { seq: 3 },
      some: { seq: 2, untold },
      worst: { seq: 1, untold: { ...untold, attempts: 12, givenUp: 4 } },
    };
    const view = releaseView({ ...sampleRelease(freshAppKey()), told }, links).untold;
    expect(view).toMatchObject({ receiver: 'worst', attempts: 12, givenUp: 4 });
    expect(view?.receivers.map(({ receiver }) => receiver)).toEqual(['worst', 'some']);
  });

  it('of before there were several receivers shows its one webhook', () => {
    const old = { ...sampleRelease(freshAppKey()), told: undefined };
    expect(releaseView(old, links).untold).toBeNull();
    expect(releaseView({ ...old, untold }, links).untold).toMatchObject({ receiver: 'webhook' });
  });
});

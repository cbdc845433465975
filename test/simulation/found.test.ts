/** What random stories found once (`npm run simulate`), told without chance so that it stays found. */
import { describe, expect, it } from 'vitest';
import { createController } from '../../src/controller/create-controller.ts';
import type { Ports } from '../../src/controller/ports.ts';
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { Rule } from '../../src/release/azure-facts.ts';
import { CI } from '../support/callers.ts';
import { NEW, OLD, type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;

function ownRule(world: World, weight: number): Rule {
  return { name: world.azure.slot, host: world.azure.state.slot.host, weight, autoRamp: false };
}

/** One pass in a worker whose ports are other ones. */
async function tickWith(world: World, id: string, ports: Partial<Ports>): Promise<void> {
  await createController({ ...world.ports, ...ports }).tick(id);
}

/** A worker that stands still for ten minutes after its reads of rules, right before it writes. */
function stallAfterRules(world: World): Partial<Ports> {
  const { router, store } = world.ports;
  let claimed = false;
  return {
    store: {
      ...store,
      commit: async (change) => {
        claimed ||= change.release.intent !== undefined;
        return store.commit(change);
      },
    },
    router: {
      ...router,
      readRules: async (target) => {
        const rules = await router.readRules(target);
        if (claimed) world.idle(10 * MINUTE);
        return rules;
      },
    },
  };
}

function posts(world: World): number {
  return world.azure.writes().filter(({ call }) => call === 'submitSwap').length;
}

describe('a worker that stands still between its checks and its write', () => {
  it('does not POST a swap after the end of its claim', async () => {
    const world = createWorld();
    const { id } = await world.start({ plan: 'blue-green' });
    await world.until(id, ['preflight']);
    while ((await world.release(id)).intent?.kind !== 'swap') {
      world.idle(30_000);
      await tickWith(world, id, stallAfterRules(world));
      if ((await world.release(id)).stage.phase === 'promoting') break;
    }
    expect(posts(world)).toBe(0);
    await world.until(id, ['succeeded']);
    expect(posts(world)).toBe(1);
    expect(world.azure.state.production.content).toBe(NEW);
  });

  it('does not raise a weight after the end of its claim', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['preflight']);
    while ((await world.release(id)).stage.phase === 'preflight') {
      world.idle(30_000);
      await tickWith(world, id, stallAfterRules(world));
    }
    expect(world.azure.writes()).toEqual([]);
  });
});

describe('rules that should not be there', () => {
  it('our rule that comes back before a swap is asked for again goes first', async () => {
    const world = createWorld();
    const { id } = await world.start({ plan: 'blue-green' });
    await world.until(id, ['preflight']);
    const busy = new AzureCallError('busy', { code: '429', failure: 'busy', status: 429 });
    world.azure.failNext({ call: 'submitSwap', how: busy });
    await world.untilTrue('asked again', ({ intent }) => intent?.retryAt !== undefined, id);
    world.azure.editRules([ownRule(world, 5)]);
    const done = await world.until(id, ['watching', 'failed', 'rolled-back'], 10 * MINUTE);
    expect(done.stage.phase).toBe('watching');
    expect(world.azure.state.rules).toEqual([]);
  });

  it('are still removed while the next release waits for its turn', async () => {
    const world = createWorld();
    const first = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', first.id);
    await world.command(first.id, 'abort');
    await world.until(first.id, ['aborted']);
    world.azure.deploy('slot', '3.0.0');
    const next = await world.start({ version: '3.0.0', key: 'next' });
    await world.pass(5 * MINUTE);
    expect((await world.release(next.id)).reason).toBe('visitors-pinned');
    world.azure.editRules([ownRule(world, 5)]);
    await world.pass(6 * MINUTE);
    expect(world.azure.state.rules).toEqual([]);
  });
});

describe('an irreversible release that somebody swapped in at the middle of its ramp', () => {
  it('is looked after like any other once it was acknowledged', async () => {
    const world = createWorld();
    const plan = { preset: 'standard', maxPause: '20m' };
    const { id } = await world.start({ plan, reversible: false });
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    world.azure.editRules([]);
    world.azure.swapByHand();
    await world.command(id, 'pause');
    expect((await world.until(id, ['failed'])).reason).toBe('irreversible');
    await world.command(id, 'acknowledge');
    world.azure.editRules([ownRule(world, 5)]);
    await world.pass(6 * MINUTE);
    expect(world.azure.state.rules).toEqual([]);
    expect(await world.chainHolds(id)).toBe(true);
  });
});

describe('preflight', () => {
  it('asks nothing of a slot whose content is not known yet', async () => {
    const world = createWorld();
    world.azure.failNext({ call: 'readContent', how: 'before', times: 4 });
    const { id } = await world.start();
    await world.until(id, ['preflight']);
    await world.pass(MINUTE);
    expect(world.prober.asks).toEqual([]);
    expect((await world.until(id, ['succeeded', 'rejected'])).stage.phase).toBe('succeeded');
  });

  it('refuses a site whose slots report the same volume: a swap ended half-way', async () => {
    const world = createWorld();
    world.azure.state.production.volume = world.azure.state.slot.volume;
    const { id } = await world.start();
    const done = await world.until(id, ['rejected', 'succeeded']);
    expect(done.stage.phase).toBe('rejected');
    expect(done.message).toContain('half-way');
  });
});

describe('visitors and hints', () => {
  it('a first weight that arrives while paused is judged, and harm takes it back', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, { failureRate: 0.05, reports: true, label: undefined });
    const { id } = await world.start();
    await world.until(id, ['preflight']);
    // The PATCH is under way when a person pauses, and arrives when nobody waits for it any more.
    world.azure.failNext({ call: 'writeRules', how: 'before' });
    await world.untilTrue('in the ramp', ({ stage }) => stage.phase === 'ramping', id);
    await world.command(id, 'pause');
    await world.pass(4 * MINUTE);
    world.azure.editRules([ownRule(world, 5)]);
    const done = await world.until(id, ['rolled-back'], 30 * MINUTE);
    expect(done.message).toContain('fails');
    expect(world.azure.state.production.content).toBe(OLD);
  });

  it('a rule that was away by hand for a while does not make a canary silent', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    world.azure.editRules([]);
    await world.pass(8 * MINUTE);
    expect((await world.release(id)).reason).toBe('drift');
    world.azure.editRules([ownRule(world, 5)]);
    await world.pass(10 * MINUTE);
    expect((await world.release(id)).stage.phase).toBe('paused');
  });

  it('a start that stood still and lost both its hints is ticked when it is sent again', async () => {
    const world = createWorld();
    const { store } = world.ports;
    const stalled = createController({
      ...world.ports,
      store: {
        ...store,
        create: async (creation) => {
          world.idle(15 * MINUTE);
          // Meanwhile the hint went as one without its release.
          await world.controller.tick(creation.release.id);
          await store.create(creation);
          world.store.failNext('before', 'dueTable.put');
        },
      },
    });
    const body = {
      key: 'sent-twice',
      target: world.azure.target,
      slot: world.azure.slot,
      version: NEW,
      plan: 'standard',
      requestedBy: { name: 'ci' },
    };
    const input = { body, fallbackKey: 'sent-twice', caller: CI };
    await expect(stalled.start(input)).rejects.toThrow();
    expect(world.store.dueEntries()).toEqual([]);
    const { release, created } = await world.controller.start(input);
    expect(created).toBe(false);
    expect((await world.until(release.id, ['ramping'])).stage.phase).toBe('ramping');
  });

  it('a hint whose release never came to be is forgotten after ten minutes', async () => {
    const world = createWorld();
    world.store.failNext('before', 'releaseStore.create');
    await expect(world.start()).rejects.toThrow();
    expect(world.store.dueEntries()).toHaveLength(1);
    await world.pass(15 * MINUTE);
    expect(world.store.dueEntries()).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { SwapProgress } from '../../src/controller/ports/slot-swapper.ts';
import type { Rule } from '../../src/release/azure-facts.ts';
import { RESCUE_TAG } from '../../src/release/rescue-record.ts';
import { WORLDS } from './app-service-worlds.ts';
import type { World } from './app-service-worlds.ts';

const rule = (change: Partial<Rule> = {}): Rule => ({
  name: 'staging',
  host: 'shop-staging.azurewebsites.net',
  weight: 5,
  autoRamp: false,
  ...change,
});

/** The AzureCallError that a call ends with. */
async function errorOf(call: Promise<unknown>): Promise<AzureCallError> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof AzureCallError) return error;
  throw error;
}

function pollerOf(progress: SwapProgress): string {
  if (progress.kind === 'running') return progress.poller;
  throw new Error(`the swap should run, and it has ${progress.kind}`);
}

describe.each(WORLDS)('App Service by $name', ({ start }) => {
  let world: World;
  beforeEach(async () => {
    world = await start();
  });
  afterEach(async () => {
    await world.stop();
  });

  describe('reading', () => {
    it('says which volume is in which slot, and both hosts', async () => {
      const facts = await world.reader.readSite(world.target, world.slot);
      expect(facts.volumes.production).not.toBe(facts.volumes.slot);
      expect(facts.volumes.swappedAt).toBeUndefined();
      const healthy = {
        state: 'Running',
        targetSwapSlot: undefined,
        operationInProgress: undefined,
      };
      expect(facts.production).toEqual({ ...healthy, host: 'shop.azurewebsites.net' });
      expect(facts.slot).toEqual({ ...healthy, host: 'shop-staging.azurewebsites.net' });
    });

    it('sees that other bits were pushed, though the volumes stay', async () => {
      const before = await world.reader.readContent(world.target, world.slot);
      const { volumes } = await world.reader.readSite(world.target, world.slot);
      const pushed = await world.deploy('slot', 'shop@3');
      expect(await world.reader.readContent(world.target, world.slot)).toEqual({
        production: before.production,
        slot: pushed,
      });
      expect(pushed).not.toBe(before.slot);
      expect((await world.reader.readSite(world.target, world.slot)).volumes).toEqual(volumes);
    });

    it('says what preflight asks for', async () => {
      expect(await world.reader.readSwapSettings(world.target, world.slot)).toEqual({
        autoSwapSlotName: undefined,
        stickyAppSettings: [],
      });
    });

    it.each(['readSite', 'readContent', 'readSwapSettings'] as const)(
      '%s refuses a slot that does not exist by the code ResourceNotFound',
      async (call) => {
        const error = await errorOf(world.reader[call](world.target, 'nowhere'));
        expect(error).toMatchObject({ failure: 'refused', code: 'ResourceNotFound', status: 404 });
      },
    );

    it('shows a pending preview, and no swap is accepted then', async () => {
      await world.preparePreview();
      const { slot } = await world.reader.readSite(world.target, world.slot);
      expect(slot.targetSwapSlot).toBe('production');
      const error = await errorOf(world.swapper.submitSwap(world.target, world.slot));
      expect(error).toMatchObject({ failure: 'refused', code: 'Conflict', status: 409 });
      expect(error.message).toContain('prepared for swap');
    });
  });

  describe('tags', () => {
    it('are merged, stay with the production site at a swap, and are read with it', async () => {
      const { target, slot } = world;
      expect((await world.reader.readSite(target, slot)).rescueTag).toBeUndefined();
      await world.tags.merge(target, { team: 'shop', [RESCUE_TAG]: 'first' });
      const merged = await world.tags.merge(target, { [RESCUE_TAG]: '{"v":1}' });
      expect(merged.tags).toEqual({ team: 'shop', [RESCUE_TAG]: '{"v":1}' });
      expect(merged.azureTime).toBeTypeOf('number');
      await world.swapper.submitSwap(target, slot);
      await world.passSwap();
      expect((await world.tags.read(target)).tags).toEqual(merged.tags);
      expect((await world.reader.readSite(target, slot)).rescueTag).toBe('{"v":1}');
    });

    it('can be written while a swap runs', async () => {
      await world.swapper.submitSwap(world.target, world.slot);
      await world.tags.merge(world.target, { team: 'shop' });
      expect((await world.tags.read(world.target)).tags).toEqual({ team: 'shop' });
      await world.passSwap();
    });

    it('of an app that does not exist are refused', async () => {
      const error = await errorOf(world.tags.read({ ...world.target, site: 'nowhere' }));
      expect(error).toMatchObject({ failure: 'refused', code: 'ResourceNotFound' });
    });
  });

  describe('rules', () => {
    it('are none at first', async () => {
      expect(await world.router.readRules(world.target)).toEqual([]);
    });

    it.each([
      { what: 'a rule', rules: [rule()] },
      { what: 'a fraction of a percent', rules: [rule({ weight: 0.5 })] },
      {
        what: "another slot's rule beside ours, in their order",
        rules: [rule({ name: 'insiders', host: 'shop-insiders.net', weight: 0 }), rule()],
      },
      { what: 'nothing', rules: [] },
    ])('read back as written: $what', async ({ rules }) => {
      await world.editRules([rule({ weight: 33 })]);
      await world.router.writeRules(world.target, rules);
      expect(await world.router.readRules(world.target)).toEqual(rules);
    });

    it("keep another slot's auto ramp through a write of ours", async () => {
      const foreign = rule({ name: 'beta', host: 'shop-beta.net', weight: 0, autoRamp: true });
      await world.editRules([foreign]);
      await world.router.writeRules(world.target, [foreign, rule({ weight: 10 })]);
      const rules = await world.router.readRules(world.target);
      expect(rules).toEqual([foreign, rule({ weight: 10 })]);
    });

    it('stay on production in a swap', async () => {
      await world.router.writeRules(world.target, [rule()]);
      await world.swapper.submitSwap(world.target, world.slot);
      await world.passSwap();
      expect(await world.router.readRules(world.target)).toEqual([rule()]);
    });
  });

  describe('a swap', () => {
    it('exchanges volumes and content, leaves the hosts, and is stamped', async () => {
      const before = await world.reader.readSite(world.target, world.slot);
      const content = await world.reader.readContent(world.target, world.slot);
      await world.swapper.submitSwap(world.target, world.slot);
      await world.passSwap();
      const after = await world.reader.readSite(world.target, world.slot);
      expect(after.volumes.production).toBe(before.volumes.slot);
      expect(after.volumes.slot).toBe(before.volumes.production);
      expect(after.volumes.swappedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect([after.production.host, after.slot.host]).toEqual([
        before.production.host,
        before.slot.host,
      ]);
      expect(await world.reader.readContent(world.target, world.slot)).toEqual({
        production: content.slot,
        slot: content.production,
      });
    });

    it('done twice undoes itself, with a newer stamp', async () => {
      const before = await world.reader.readSite(world.target, world.slot);
      await world.swapper.submitSwap(world.target, world.slot);
      await world.passSwap();
      const between = await world.reader.readSite(world.target, world.slot);
      await world.swapper.submitSwap(world.target, world.slot);
      await world.passSwap();
      const after = await world.reader.readSite(world.target, world.slot);
      expect({ ...after.volumes, swappedAt: undefined }).toEqual(before.volumes);
      expect((after.volumes.swappedAt ?? '') > (between.volumes.swappedAt ?? '~')).toBe(true);
    });

    it('is followed by its poller; an older poller goes on working', async () => {
      const { poller } = await world.swapper.submitSwap(world.target, world.slot);
      const second = pollerOf(await world.swapper.pollSwap(poller));
      expect(second).not.toBe(poller);
      await world.passSwap();
      expect(await world.swapper.pollSwap(second)).toEqual({ kind: 'succeeded' });
      expect(await world.swapper.pollSwap(poller)).toEqual({ kind: 'succeeded' });
      expect(world.writes()).toBe(1);
    });

    it('makes every write busy while it runs, and is shown', async () => {
      await world.swapper.submitSwap(world.target, world.slot);
      const rules = await errorOf(world.router.writeRules(world.target, [rule()]));
      const swap = await errorOf(world.swapper.submitSwap(world.target, world.slot));
      const facts = await world.reader.readSite(world.target, world.slot);
      const busy = { failure: 'busy', code: 'Conflict', status: 409 };
      expect(rules).toMatchObject(busy);
      expect(swap).toMatchObject(busy);
      expect(swap.message).toContain('another operation is in progress');
      expect(facts.production.operationInProgress).toBeDefined();
      await world.passSwap();
      await world.router.writeRules(world.target, [rule()]);
      expect(await world.router.readRules(world.target)).toEqual([rule()]);
    });

    it('that fails says code and reason, and moved nothing', async () => {
      const before = await world.reader.readSite(world.target, world.slot);
      world.failSwap('ExpectationFailed', "the 'staging' slot did not respond to http ping.");
      const { poller } = await world.swapper.submitSwap(world.target, world.slot);
      await world.passSwap();
      const progress = await world.swapper.pollSwap(poller);
      expect(progress).toMatchObject({ kind: 'failed', code: 'ExpectationFailed' });
      expect(progress).toHaveProperty('message', expect.stringContaining('did not respond'));
      const after = await world.reader.readSite(world.target, world.slot);
      expect(after.volumes).toEqual(before.volumes);
    });

    it('of a slot that does not exist is refused', async () => {
      const error = await errorOf(world.swapper.submitSwap(world.target, 'nowhere'));
      expect(error).toMatchObject({ failure: 'refused', code: 'ResourceNotFound' });
    });

    it('cannot be followed by a text that is no poller', async () => {
      const error = await errorOf(world.swapper.pollSwap('{"state":'));
      expect(error).toMatchObject({ failure: 'refused', code: 'poller-unreadable' });
    });
  });

  describe('a write whose connection breaks', () => {
    it.each([
      { how: 'before', rules: [] },
      { how: 'after', rules: [rule()] },
    ] as const)('$how it was done is unknown, and is sent once: rules', async ({ how, rules }) => {
      world.cutNextWrite(how);
      const error = await errorOf(world.router.writeRules(world.target, [rule()]));
      expect(error.failure).toBe('unknown');
      expect(world.writes()).toBe(1);
      expect(await world.router.readRules(world.target)).toEqual(rules);
    });

    it.each([
      { how: 'before', swapped: false },
      { how: 'after', swapped: true },
    ] as const)('$how it was done is unknown, and is sent once: swap', async ({ how, swapped }) => {
      const before = await world.reader.readSite(world.target, world.slot);
      world.cutNextWrite(how);
      const error = await errorOf(world.swapper.submitSwap(world.target, world.slot));
      expect(error.failure).toBe('unknown');
      await world.passSwap();
      expect(world.writes()).toBe(1);
      const after = await world.reader.readSite(world.target, world.slot);
      expect(after.volumes.production === before.volumes.slot).toBe(swapped);
    });
  });
});

// Somebody breaks the glass while Slipway is away: `slipway rescue` on the same App Service, and what
// Slipway makes of it when it is back.
import { describe, expect, it } from 'vitest';
import { rescue } from '../../src/cli/rescue.ts';
import { limitsAt } from '../../src/limits.ts';
import { writeRescue } from '../../src/release/rescue-record.ts';
import { NEW, OLD, type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;

/** The command itself, with yes to every question; the swap takes its time. */
async function rescued(world: World, swapBack = false): Promise<number> {
  const { azure } = world;
  const report = await rescue(
    { target: azure.target, slot: azure.slot, swapBack, yes: true },
    {
      appService: azure,
      limits: limitsAt(1),
      who: async () => 'anna@example.com',
      say: () => undefined,
      ask: undefined,
      sleep: async (ms) => world.idle(Math.max(ms, 30_000)),
      save: (name) => name,
    },
  );
  return report.exit;
}

const sentToCanary = (world: World) => world.azure.state.rules.map(({ weight }) => weight);
const swaps = (world: World) => world.azure.writes().filter(({ call }) => call === 'submitSwap');

describe('after a rescue', () => {
  it('in mid-ramp the release ends as aborted, and no weight comes back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    world.store.down();
    expect(await rescued(world)).toBe(0);
    world.idle(10 * MINUTE);
    expect(sentToCanary(world)).toEqual([]);
    world.store.up();
    const done = await world.until(id, ['aborted', 'paused', 'succeeded', 'rolled-back']);
    expect(done).toMatchObject({ stage: { phase: 'aborted' }, reason: 'rescued' });
    const row = (await world.audit(id)).find(({ action }) => action === 'rescue-adopted');
    expect(row?.message).toContain('rescue (rule-removed) by anna@example.com at 2026-01-05T');
    expect(row?.facts).toMatchObject({ rescue: { did: 'rule-removed', weight: 5 } });
    const raised = world.azure
      .writes()
      .filter(({ rules }) => rules?.some(({ weight }) => weight > 0));
    expect(raised).toHaveLength(1);
    expect(await world.chainHolds(id)).toBe(true);
  });

  it('an intent that a crash left, claimed or not, never brings the rule back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['preflight']);
    // The claim is committed; the PATCH never leaves.
    world.azure.failNext({ call: 'writeRules', how: 'before' });
    await world.untilTrue('claimed', ({ intent }) => intent?.kind === 'set-weight', id);
    expect(await rescued(world)).toBe(0);
    const done = await world.until(id, ['aborted', 'paused', 'succeeded']);
    expect(done.stage.phase).toBe('aborted');
    expect(
      world.azure.log.filter(({ outcome, rules }) => outcome === 'ok' && (rules?.length ?? 0) > 0),
    ).toEqual([]);
  });

  it('a worker that was about to write looks at the record first', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['preflight']);
    // The rescue falls between the commit of the claim and the PATCH.
    const { router } = world.ports;
    let fell = false;
    Object.assign(world.ports, {
      router: {
        ...router,
        readRules: async (target: Parameters<typeof router.readRules>[0]) => {
          const rules = await router.readRules(target);
          const claimed = (await world.release(id)).intent?.claim !== undefined;
          if (claimed && !fell) {
            fell = true;
            await rescued(world);
          }
          return rules;
        },
      },
    });
    const done = await world.until(id, ['aborted', 'paused', 'succeeded']);
    expect(fell).toBe(true);
    expect(done.stage.phase).toBe('aborted');
    expect(world.azure.writes().filter(({ rules }) => (rules?.length ?? 0) > 0)).toEqual([]);
    const dropped = (await world.audit(id)).find(({ action }) => action === 'intent-dropped');
    expect(dropped?.message).toContain('comes first');
  });

  it('a worker that was about to swap looks at the record first', async () => {
    const world = createWorld();
    const { id } = await world.start({ plan: 'blue-green' });
    const { site } = world.ports;
    let fell = false;
    Object.assign(world.ports, {
      site: {
        ...site,
        readSite: async (...of: Parameters<typeof site.readSite>) => {
          const { intent } = await world.release(id);
          if (intent?.kind === 'swap' && intent.claim !== undefined && !fell) {
            fell = true;
            await rescued(world);
          }
          return site.readSite(...of);
        },
      },
    });
    const done = await world.until(id, ['aborted', 'paused', 'succeeded', 'failed']);
    expect(fell).toBe(true);
    expect(done.stage.phase).toBe('aborted');
    expect(swaps(world)).toEqual([]);
  });

  it('in the watch with a swap back the release ends, and nobody swaps again', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['watching']);
    world.store.down();
    expect(await rescued(world, true)).toBe(0);
    world.store.up();
    const done = await world.until(id, ['aborted', 'paused', 'succeeded', 'failed']);
    expect(done).toMatchObject({ stage: { phase: 'aborted' }, reason: 'rescued' });
    expect(world.azure.state.production.content).toBe(OLD);
    expect(swaps(world)).toHaveLength(2);
  });

  it('in the watch without a swap back it waits for a word, and still takes harm back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['watching']);
    await rescued(world);
    const paused = await world.until(id, ['aborted', 'paused', 'succeeded']);
    expect(paused).toMatchObject({ stage: { phase: 'paused' }, reason: 'rescued' });
    expect(paused.message).toContain(`${NEW} was left in production`);
    await world.pass(5 * MINUTE);
    expect(world.azure.state.production.content).toBe(NEW);
    world.behaviours.set(NEW, { failureRate: 0.3, reports: true, label: undefined });
    const done = await world.until(id, ['rolled-back', 'succeeded']);
    expect(done.stage.phase).toBe('rolled-back');
  });

  it('that fell into the promotion, the swap is taken back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    world.azure.nextSwap({ kind: 'slow', forMs: 5 * MINUTE });
    await world.untilTrue('swapping', () => world.azure.isSwapping(), id);
    expect(await rescued(world)).toBe(0);
    const done = await world.until(id, ['aborted', 'paused', 'succeeded', 'failed']);
    expect(done.stage.phase).toBe('aborted');
    expect(world.azure.state.production.content).toBe(OLD);
  });

  it('the next release is not touched by the old record', async () => {
    const world = createWorld();
    await rescued(world);
    world.idle(MINUTE);
    const { id } = await world.start();
    expect((await world.until(id, ['succeeded', 'aborted'])).stage.phase).toBe('succeeded');
  });

  it('a tag that says nothing is told in the log, and changes nothing', async () => {
    const world = createWorld();
    const warned: string[] = [];
    Object.assign(world.ports, { log: (_: string, message: string) => void warned.push(message) });
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    const late = { at: world.now() + 48 * 60 * MINUTE, did: 'rule-removed' } as const;
    world.azure.state.tags = {
      'slipway-rescue': writeRescue({ ...late, by: undefined, weight: undefined }),
    };
    expect((await world.until(id, ['succeeded', 'aborted'])).stage.phase).toBe('succeeded');
    expect(warned.join()).toContain('the tag slipway-rescue is ignored: it is from the future');
  });
});

import { describe, expect, it } from 'vitest';
import { NEW, OLD, type World, createWorld } from '../support/world.ts';

const harmful = { failureRate: 0.2, reports: true, label: undefined };
const swaps = (world: World) => world.azure.writes().filter(({ call }) => call === 'submitSwap');

async function promoted(world: World): Promise<string> {
  const { id } = await world.start({ reversible: false });
  await world.until(id, ['watching']);
  world.behaviours.set(NEW, harmful);
  return id;
}

describe('an irreversible release', () => {
  it('that turns bad before its promotion is rolled back as any other', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, harmful);
    const { id } = await world.start({ reversible: false });
    expect((await world.until(id, ['rolled-back', 'failed'])).stage.phase).toBe('rolled-back');
    expect(world.azure.state.rules).toEqual([]);
  });

  it('that turns bad after the swap calls a person and is left where it is', async () => {
    const world = createWorld();
    const id = await promoted(world);
    const called = await world.until(id, ['failed', 'rolled-back', 'succeeded']);
    expect(called).toMatchObject({ stage: { phase: 'failed' }, reason: 'irreversible' });
    expect(called.message).toContain(`${NEW} is in production`);
    await world.pass(3 * 3_600_000);
    expect(swaps(world)).toHaveLength(1);
    expect(world.azure.state.production.content).toBe(NEW);
    expect(await world.chainHolds(id)).toBe(true);
  });

  it('is swapped back when that person says so', async () => {
    const world = createWorld();
    const id = await promoted(world);
    await world.until(id, ['failed']);
    await world.command(id, 'rollback');
    expect((await world.until(id, ['rolled-back', 'succeeded'])).stage.phase).toBe('rolled-back');
    expect(world.azure.state.production.content).toBe(OLD);
    expect(swaps(world)).toHaveLength(2);
  });

  it('of which a swap lands after the deadline calls a person, too', async () => {
    const world = createWorld();
    const plan = { preset: 'fast', deadline: '30m' };
    const { id } = await world.start({ plan, reversible: false });
    world.azure.nextSwap({ kind: 'slow', forMs: 40 * 60_000 });
    const called = await world.until(id, ['failed', 'rolled-back', 'succeeded', 'watching']);
    expect(called).toMatchObject({ stage: { phase: 'failed' }, reason: 'irreversible' });
    expect(world.azure.state.production.content).toBe(NEW);
    expect(swaps(world)).toHaveLength(1);
  });
});

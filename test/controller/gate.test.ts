// The gates of whole releases: what a pipeline would have been told.
import { describe, expect, it } from 'vitest';

import { GATES } from '../../src/release/gate.ts';
import { createWorld, type World } from '../support/world.ts';

const TARGET = {
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'rg-shop',
};

async function gatesOf(world: World, releaseId: string): Promise<Record<string, string>> {
  const entries = GATES.map(async (kind) => {
    const { gate } = await world.controller.readGate({ of: { releaseId }, kind });
    return [kind, gate?.status ?? 'none'] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe('the gates of a release', () => {
  it('that is certified step by step open with its swap, and for finished with its end', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    expect(await gatesOf(world, id)).toEqual({
      ...{ promoted: 'pending', certified: 'pending', finished: 'pending' },
    });
    await world.until(id, ['watching']);
    expect(await gatesOf(world, id)).toEqual({
      ...{ promoted: 'successful', certified: 'successful', finished: 'pending' },
    });
    await world.until(id, ['succeeded']);
    expect(await gatesOf(world, id)).toEqual({
      ...{ promoted: 'successful', certified: 'successful', finished: 'successful' },
    });
  });

  it('that a person took past a step is not certified, from then on', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    await world.command(id, 'advance');
    expect(await gatesOf(world, id)).toMatchObject({ promoted: 'pending', certified: 'failed' });
    await world.until(id, ['watching']);
    expect(await gatesOf(world, id)).toMatchObject({ promoted: 'successful', certified: 'failed' });
  });
});

describe('a gate by key', () => {
  const gate = (world: World, key: string, appKey?: string) =>
    world.controller.readGate({ of: { key, appKey }, kind: 'promoted' });

  it('waits for a start that has not come yet, then tells of its release', async () => {
    const world = createWorld();
    expect(await gate(world, 'run-1')).toEqual({ release: undefined, gate: undefined });
    const { id } = await world.start({ key: 'run-1' });
    expect(await gate(world, 'run-1')).toMatchObject({
      ...{ release: { id }, gate: { status: 'pending' } },
    });
  });

  it('does not guess which app is meant', async () => {
    const world = createWorld();
    const [one, other] = await Promise.all(
      ['shop', 'other-shop'].map((site) =>
        world.start({ key: 'run-1', target: { ...TARGET, site } }),
      ),
    );
    await expect(gate(world, 'run-1')).rejects.toMatchObject({ code: 'key-ambiguous' });
    for (const started of [one, other]) {
      const found = await gate(world, 'run-1', started?.appKey);
      expect(found.release?.id).toBe(started?.id);
    }
  });
});

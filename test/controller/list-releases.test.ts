/** What lists are told by `finished`: the release says it, the catalog only where to look. */
import { describe, expect, it } from 'vitest';

import { isFinished } from '../../src/release/release.ts';
import { createWorld, NEW, type World } from '../support/world.ts';

type Filter = Partial<Parameters<World['controller']['listReleases']>[0]>;

async function listed(world: World, filter: Filter): Promise<readonly string[]> {
  const { releases } = await world.controller.listReleases({
    ...{ appKey: undefined, phase: undefined, finished: undefined, key: undefined },
    ...{ max: 50, continuation: undefined },
    ...filter,
  });
  return releases.map(({ id }) => id);
}

const harmful = { failureRate: 0.2, reports: true, label: undefined };

describe('a list of what is, or is not, finished', () => {
  it('has a release in one of the two, at every turn of its life', async () => {
    const world = createWorld();
    const { id, appKey } = await world.start();
    for (let turn = 0; turn < 400; turn += 1) {
      const over = isFinished((await world.release(id)).stage);
      expect(await listed(world, { finished: over })).toEqual([id]);
      expect(await listed(world, { finished: !over, appKey })).toEqual([]);
      if (over) break;
      await world.pass(30_000);
    }
    expect((await world.release(id)).stage.phase).toBe('succeeded');
  });

  it('has a failed release among the unfinished until somebody acknowledges it', async () => {
    const world = createWorld();
    const { id, appKey } = await world.start();
    await world.until(id, ['watching']);
    world.azure.deploy('slot', '3.0.0');
    world.behaviours.set(NEW, harmful);
    await world.until(id, ['failed']);
    expect(await listed(world, { finished: false, appKey })).toEqual([id]);
    expect(await listed(world, { finished: false, phase: 'failed' })).toEqual([id]);
    await world.command(id, 'acknowledge');
    expect(await listed(world, { finished: false })).toEqual([]);
    expect(await listed(world, { finished: true, phase: 'failed' })).toEqual([id]);
    expect(await listed(world, { phase: 'failed' })).toEqual([id]);
  });

  it('shows nothing as unfinished that has ended, whatever a late row of the catalog says', async () => {
    const world = createWorld();
    const { id, appKey, createdAt } = await world.start();
    await world.until(id, ['ramping']);
    await world.command(id, 'abort');
    await world.until(id, ['aborted']);
    // A worker that stood still since then: the last writer wins.
    const late = { releaseId: id, appKey, phase: 'ramping', finished: false } as const;
    await world.store.catalog.put({ ...late, keyHash: undefined, createdAt });
    expect(await listed(world, { finished: false })).toEqual([]);
  });
});

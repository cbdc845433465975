import { expect, it } from 'vitest';
import { createController } from '../../src/controller/create-controller.ts';
import { createWorld } from '../support/world.ts';

it('a label that a crashed pass asked of other bits proves nothing about the ones that replaced them', async () => {
  const world = createWorld();
  const { id } = await world.start();
  await world.controller.tick(id);
  const { store } = world.ports;
  const crashing = createController({
    ...world.ports,
    store: { ...store, commit: () => Promise.reject(new Error('the process died')) },
  });
  const { stage } = await world.release(id);
  expect(stage.phase === 'preflight' ? stage.content : 'another phase').toBeUndefined();
  // It saw the validated bits and asked them for their label, and nothing of that was kept.
  await expect(crashing.tick(id)).rejects.toThrow('the process died');
  world.idle(60_000);
  world.azure.deploy('slot', 'hotfix');
  const ended = await world.until(id, ['rejected', 'ramping']);
  expect(ended.stage.phase).toBe('rejected');
  expect(ended.reason).toBe('version-not-seen');
});

// Evidence is folded once for what the store has, however often it is asked for.
import { expect, it } from 'vitest';

import { createWorld } from '../support/world.ts';

const MINUTE = 60_000;

it('is worked out anew when the release has changed, and only then', async () => {
  const world = createWorld();
  const { id } = await world.start();
  await world.pass(20 * MINUTE);
  const read = () => world.controller.readEvidence(id);
  const first = await read();
  expect(first.series.points.length).toBeGreaterThan(0);
  expect((await read()).series).toBe(first.series);
  await world.pass(5 * MINUTE);
  const later = await read();
  expect(later.series.points.length).toBeGreaterThan(first.series.points.length);
  expect((await read()).series).toBe(later.series);
});

it('keeps that of a few releases, and is right about all of them', async () => {
  const world = createWorld();
  const ids: string[] = [];
  for (let number = 0; number < 10; number += 1) {
    const { target } = world.azure;
    const site = `shop${number}`;
    const started = await world.start({ target: { ...target, site } });
    ids.push(started.id);
  }
  const read = async (id: string) => (await world.controller.readEvidence(id)).release.id;
  for (const id of [...ids, ...ids]) expect(await read(id)).toBe(id);
});

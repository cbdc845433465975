/** The load test in its smallest form, so that it cannot rot: `npm run load` is the long one. */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { runBurst } from '../load/run-burst.ts';
import { readFor } from '../load/readers.ts';
import { verify } from '../load/verify.ts';
import { buildApp, startWorld, type World } from '../load/world.ts';
import { eventually } from '../support/local/waiting.ts';

const APPS = 10;

let world: World;

beforeAll(async () => {
  await buildApp();
  world = await startWorld({ sites: APPS, subscriptions: APPS, queryMs: 0, clock: 'never' });
  await world.startHost();
});

afterAll(async () => {
  await world.stop();
});

it('a burst of 100 starts for 10 apps, ticked and read meanwhile: nothing lost, nothing doubled', async () => {
  const { expected, figures } = await runBurst(world, { apps: APPS, taken: 0, total: 100 });
  expect(figures.messages).toBe(100);

  const releaseIds = await holders();
  expect(releaseIds).toHaveLength(APPS);
  const [read] = await Promise.all([
    readFor(world, { readers: 5, seconds: 2, everyMs: 250, releaseIds }),
    // Twice each: a tick too many changes nothing.
    eventually('every app has its rule', async () => {
      if (world.sites.withRule() === APPS) return true;
      const ticks = releaseIds.map((release) => JSON.stringify({ release }));
      if ((await world.waiting('ticks')) === 0) await world.send('ticks', [...ticks, ...ticks]);
      return false;
    }),
  ]);
  expect(read.requests).toBeGreaterThan(10);
  expect(read.errors).toBe(0);

  await world.host.stop();
  const found = await verify(world, expected);
  expect(found.problems).toEqual([]);
  expect(found.releases).toBe(expected.keys.size + expected.unkeyedReleases);
});

/** The release that each app row names. */
async function holders(): Promise<string[]> {
  const found: string[] = [];
  const filter = "RowKey eq 'app'";
  for await (const row of world.table('releases').listEntities({ queryOptions: { filter } })) {
    found.push(String(row.active));
  }
  return found;
}

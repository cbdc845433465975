/**
 * Whole releases through the doors of the function app. Several shops live in one world; each plays
 * its stories one after the other, all shops at the same time.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { BLUE_GREEN_PLAN, CANARY_PLAN } from '../support/local/plans.ts';
import { errorOf, releaseOf } from '../support/local/slipway-client.ts';
import {
  begin,
  changes,
  expectWholeAudit,
  QUEUE_WAIT,
  reasonFor,
  startedBy,
  way,
} from '../support/local/story.ts';
import { pause } from '../support/local/waiting.ts';

/** One story of a shop after the other, while other shops play theirs. */
const IN_TURN = { concurrent: false } as const;

let world: LocalWorld;

beforeAll(async () => {
  world = await startLocalWorld({ shops: ['shop-a', 'shop-b', 'shop-c', 'shop-d'] });
});

afterAll(async () => {
  await world.stop();
});

describe.concurrent('a good release, with everything sent twice', () => {
  it('climbs its steps, is swapped once without a rule, is watched, succeeds', IN_TURN, async () => {
    const { shop, id, key, message, untilTrue } = await begin(world, 'shop-a', {
      content: 'shop@2.0.0',
    });
    await world.send('releases', message);
    const seen = new Set<string>();
    const done = await untilTrue(({ phase }) => phase === 'succeeded', {
      onLook: async ({ phase, step }) => {
        const place = `${phase} ${step?.number ?? ''}`;
        if (seen.has(place)) return;
        seen.add(place);
        const ticks = Array.from({ length: 8 }, () =>
          world.send('ticks', JSON.stringify({ release: id })),
        );
        await Promise.all(ticks);
      },
    });

    expect(done).toMatchObject({ reason: 'succeeded', baseline: '1.0.0', finished: true });
    expect(shop.contents()).toEqual({ production: 'shop@2.0.0', slot: 'shop@1.0.0' });
    expect(shop.rules()).toEqual([]);
    expect(changes(shop)).toEqual(['rules staging=20', 'rules staging=50', 'rules', 'swap']);
    expect(await way(world, id)).toEqual([
      'preflight',
      'ramping 1/2',
      'ramping 2/2',
      'promoting',
      'watching',
      'succeeded',
    ]);
    expect(await reasonFor(world, id, 'ramping 2/2')).toBe('certified');
    expect(await reasonFor(world, id, 'promoting')).toBe('certified');
    await expectWholeAudit(world, id);
    const mark = shop.mark();
    await pause(1_000);
    expect(shop.visitsSince(mark)).toEqual({ versions: ['2.0.0'], failures: 0 });

    expect(await world.slipway.releasesByKey(key)).toHaveLength(1);
    const app = await world.slipway.app(shop.siteId);
    expect(app).toMatchObject({ free: true, lastPromoted: { release: id, version: '2.0.0' } });
  });
});

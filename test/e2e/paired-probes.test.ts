/** Quiet shops: nobody visits them while their releases ramp, so probes are all that says anything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { rawTable } from '../support/azurite.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { begin, changes, expectWholeAudit, reasonFor, type Story } from '../support/local/story.ts';

const IN_TURN = { concurrent: false, timeout: 240_000 } as const;
const SHOPS = ['shop-a', 'shop-b'];

const PLAN = {
  strategy: 'canary',
  // Half of what goes to production's host would be answered by the new version, if it were not pinned.
  steps: [{ weight: 50, bake: '8s' }],
  maxBake: '10x',
  maxBlind: '2m',
  maxNoData: '2m',
  deadline: '10m',
  onUndecided: 'pause',
  analysis: {
    interval: '2s',
    settle: '7s',
    budget: { absolute: 0.1, relative: 0.5 },
    ceiling: 0.1,
    // Requests of people that nobody sends can certify nothing.
    metrics: { failures: 'notify' },
  },
  probes: {
    rate: '10/s',
    // The machine may be busy: slow answers of a good version are no failures here, and no evidence.
    timeout: '5s',
    edges: [],
    requests: [{ path: '/api/checkout' }, { path: '/api/products', method: 'HEAD' }],
  },
  watch: '6s',
  pinned: 'accept',
};

const TALLY = z.object({ n: z.number(), x: z.array(z.number()) });
const COUNTS = z.object({ answers: z.object({ canary: TALLY, baseline: TALLY }) });
const NONE = { n: 0, bad: 0 };

let world: LocalWorld;

beforeAll(async () => {
  world = await startLocalWorld({ shops: SHOPS });
});

afterAll(async () => {
  await world.stop();
});

/** Sends everybody home as soon as the ramp begins. Gives how many may have been counted by then. */
async function untilQuiet({ shop, untilTrue }: Story): Promise<number> {
  let before = shop.mark();
  await untilTrue(({ phase }) => phase === 'ramping', {
    onLook: async () => {
      before = shop.mark();
    },
  });
  shop.visitors.stop();
  return shop.mark().sent - before.sent;
}

/** All that the probes of a release counted, as its rows say. */
async function probesOf(id: string): Promise<{ canary: typeof NONE; baseline: typeof NONE }> {
  const sum = { canary: { ...NONE }, baseline: { ...NONE } };
  const filter = `PartitionKey eq '${id.slice(0, 20)}' and RowKey ge 'probes:${id}:' and RowKey lt 'probes:${id};'`;
  for await (const row of rawTable(world.azurite, 'releases').listEntities({
    queryOptions: { filter },
  })) {
    if (typeof row.counts !== 'string') continue;
    const { answers } = COUNTS.parse(JSON.parse(row.counts));
    for (const arm of ['canary', 'baseline'] as const) {
      sum[arm].n += answers[arm].n;
      sum[arm].bad += answers[arm].x[0] ?? 0;
    }
  }
  return sum;
}

describe.concurrent('shop-a', () => {
  it('a failing version is found by its probes alone, and rolled back', IN_TURN, async () => {
    const story = await begin(world, 'shop-a', {
      content: 'shop@2.0.0?behaviour=failing&checkoutFailures=0.5',
      plan: PLAN,
    });
    const { shop, id, until } = story;
    const visits = await untilQuiet(story);
    const done = await until('rolled-back');
    expect(await reasonFor(world, id, 'rolling-back')).toBe('harm');
    expect(done.message).toContain("Slipway's probes");
    expect(changes(shop)).toEqual(['rules staging=50', 'rules']);
    expect(shop.contents().production).toBe('shop@1.0.0');

    const { canary, baseline } = await probesOf(id);
    expect(canary.n).toBe(baseline.n);
    expect(canary.n).toBeGreaterThan(20);
    expect(canary.bad).toBeGreaterThan(5);
    // The old version never fails: not one of its probes was answered by the new one.
    expect(baseline.bad).toBe(0);
    const live = done.verdict;
    expect((live?.canary.requests ?? 0) + (live?.baseline.requests ?? 0)).toBeLessThanOrEqual(
      visits,
    );
    await expectWholeAudit(world, id);
  });
});

describe.concurrent('shop-b', () => {
  it('a good version is certified by its probes, and promoted', IN_TURN, async () => {
    const story = await begin(world, 'shop-b', { content: 'shop@2.0.0', plan: PLAN });
    const { shop, id, until } = story;
    const visits = await untilQuiet(story);
    const done = await until('succeeded');
    expect(await reasonFor(world, id, 'promoting')).toBe('certified');
    expect(shop.contents()).toEqual({ production: 'shop@2.0.0', slot: 'shop@1.0.0' });

    const { canary, baseline } = await probesOf(id);
    expect({ canary: canary.bad, baseline: baseline.bad }).toEqual({ canary: 0, baseline: 0 });
    expect(canary.n).toBe(baseline.n);
    const live = done.verdict;
    expect((live?.canary.requests ?? 0) + (live?.baseline.requests ?? 0)).toBeLessThanOrEqual(
      visits,
    );
    expect(canary.n).toBeGreaterThan(visits);
    await expectWholeAudit(world, id);
  });
});

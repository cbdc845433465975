/**
 * Whole releases through the doors of the function app. Several shops live in one world; each plays
 * its stories one after the other, all shops at the same time.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { BLUE_GREEN_PLAN, CANARY_PLAN } from '../support/local/plans.ts';
import { expectReads } from '../support/local/reads.ts';
import { errorOf, releaseOf } from '../support/local/slipway-client.ts';
import {
  begin,
  changes,
  expectWholeAudit,
  reasonFor,
  startedBy,
  way,
} from '../support/local/story.ts';
import { eventually, pause } from '../support/local/waiting.ts';

/** One story of a shop after the other, while other shops play theirs; slow only on a loaded machine. */
const IN_TURN = { concurrent: false, timeout: 240_000 } as const;
/** Of a quarter of all visits, which are checkouts. */
const FAILS = 'behaviour=failing&checkoutFailures=1';

const SHOPS = ['shop-a', 'shop-b', 'shop-c', 'shop-d', 'shop-e'];

let world: LocalWorld;

beforeAll(async () => {
  world = await startLocalWorld({ shops: SHOPS });
});

afterAll(async () => {
  await world.stop();
});

describe.concurrent('shop-a', () => {
  it('a good version, everything sent twice, is promoted by one swap', IN_TURN, async () => {
    const story = await begin(world, 'shop-a', { content: 'shop@2.0.0' });
    const { shop, id, key, message } = story;
    await world.send('releases', message);
    const again = await world.slipway.send('releases', { method: 'POST', body: message });
    expect(again).toMatchObject({ status: 200, body: { created: false, release: { id } } });

    const seen = new Set<string>();
    const done = await story.untilTrue(({ phase }) => phase === 'succeeded', {
      onLook: async ({ phase, step }) => {
        const place = `${phase} ${step?.number ?? ''}`;
        if (seen.has(place)) return;
        seen.add(place);
        const tick = JSON.stringify({ release: id });
        await Promise.all(Array.from({ length: 8 }, () => world.send('ticks', tick)));
      },
    });

    expect(done).toMatchObject({ reason: 'succeeded', baseline: '1.0.0', finished: true });
    expect(done.requestedBy).toMatchObject({ name: 'ci', claimed: true });
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
    expect(await world.slipway.releasesByKey(key)).toHaveLength(1);
    await expectReads(world, { id, key });
    const app = await world.slipway.app(shop.siteId);
    expect(app).toMatchObject({ free: true, lastPromoted: { release: id, version: '2.0.0' } });
    const mark = shop.mark();
    await pause(1_000);
    expect(shop.visitsSince(mark)).toEqual({ versions: ['2.0.0'], failures: 0 });
  });

  it('a silent version is rolled back: a dead canary writes no telemetry', IN_TURN, async () => {
    const { shop, id, until } = await begin(world, 'shop-a', {
      content: 'shop@3.0.0?behaviour=silent',
      plan: { ...CANARY_PLAN, label: { require: false } },
    });
    const done = await until('rolled-back');
    // Most rows of the last hour are of 1.0.0, but the swap has put another version into production.
    expect(done.baseline).toBe('2.0.0');
    expect(await reasonFor(world, id, 'rolling-back')).toBe('canary-silent');
    expect(shop.contents().production).toBe('shop@2.0.0');
    expect(shop.rules()).toEqual([]);
    await expectWholeAudit(world, id);
  });
});

describe.concurrent('shop-b', () => {
  it(
    'a failing version is rolled back, and a rule that comes back is removed',
    IN_TURN,
    async () => {
      const story = await begin(world, 'shop-b', {
        content: `shop@2.0.0?${FAILS}`,
        encode: (message) => Buffer.from(message).toString('base64'),
      });
      const { shop, id } = story;
      await story.until('rolled-back');
      const mark = shop.mark();
      expect(await reasonFor(world, id, 'rolling-back')).toBe('harm');
      expect(changes(shop)).toEqual(['rules staging=20', 'rules']);
      expect(shop.contents().production).toBe('shop@1.0.0');
      await expectWholeAudit(world, id);
      await pause(1_500);
      expect(shop.visitsSince(mark)).toEqual({ versions: ['1.0.0'], failures: 0 });

      // A tool that read the configuration before the rollback writes it back.
      await shop.setWeightByHand(20);
      await eventually('the rule is removed', () => shop.rules().length === 0);
      await eventually('it is in the audit', async () =>
        (await world.slipway.audit(id)).some(({ action }) => action === 'aftercare'),
      );
      expect(await world.slipway.checkChain(id)).toMatchObject({ ok: true });
    },
  );

  it('a slot that is overwritten in mid-ramp loses its traffic', IN_TURN, async () => {
    const { shop, id, atWeight, until } = await begin(world, 'shop-b', { content: 'shop@2.0.0' });
    await atWeight(20);
    // Under the same version: telemetry shows nothing of it, and another one would fall silent first.
    await shop.deploy('shop@2.0.0');
    await until('rolled-back');
    expect(await reasonFor(world, id, 'rolling-back')).toBe('slot-overwritten');
    expect(shop.contents()).toEqual({ production: 'shop@1.0.0', slot: 'shop@2.0.0' });
    expect(shop.rules()).toEqual([]);
    const mark = shop.mark();
    await pause(1_000);
    expect(shop.visitsSince(mark)).toEqual({ versions: ['1.0.0'], failures: 0 });
    await expectWholeAudit(world, id);
  });
});

describe.concurrent('shop-c', () => {
  it('pause holds the weight, resume goes on, abort goes back', IN_TURN, async () => {
    const { shop, id, atWeight, until } = await begin(world, 'shop-c', { content: 'shop@2.0.0' });
    const { slipway } = world;
    await atWeight(20);

    const late = await slipway.command(id, 'pause', { expectedSequence: 1 });
    expect(late).toMatchObject({ status: 409, body: { release: { id, phase: 'ramping' } } });
    expect(errorOf(late).code).toBe('sequence-moved-on');
    const paused = await slipway.command(id, 'pause', { reason: 'lunch' });
    expect(releaseOf(paused)).toMatchObject({ phase: 'paused', pause: { from: 'ramping' } });
    // Longer than the bake with its settling: nothing but the pause holds it.
    await pause(7_000);
    expect(await slipway.release(id)).toMatchObject({
      phase: 'paused',
      weights: { confirmed: 20 },
    });
    expect(shop.rules()).toEqual(['staging=20']);

    expect((await slipway.command(id, 'resume')).status).toBe(200);
    await atWeight(50);
    expect((await slipway.command(id, 'abort', { reason: 'dinner' })).status).toBe(200);
    await until('aborted');
    expect(shop.rules()).toEqual([]);
    expect(changes(shop)).toEqual(['rules staging=20', 'rules staging=50', 'rules']);
    expect(shop.contents().production).toBe('shop@1.0.0');
    const rows = await slipway.audit(id);
    expect(rows.find(({ message }) => message.includes('lunch'))?.actor.kind).toBe('operator');
    expect(rows.find(({ message }) => message.includes('dinner'))?.actor.kind).toBe('operator');
    await expectWholeAudit(world, id);
    const after = await slipway.command(id, 'resume');
    expect(after).toMatchObject({ status: 409, body: { release: { phase: 'aborted' } } });
  });

  it('drift is lowered first, then waits for a choice', IN_TURN, async () => {
    const { shop, id, atWeight, until } = await begin(world, 'shop-c', {
      content: 'shop@3.0.0',
      plan: { ...CANARY_PLAN, steps: [{ weight: 20, bake: '30s' }] },
    });
    const { slipway } = world;
    await atWeight(20);
    await shop.setWeightByHand(60);
    const paused = await until('paused');
    expect(paused).toMatchObject({ reason: 'drift', pause: { choices: ['adopt', 'reapply'] } });
    await eventually('lowered', () => shop.rules()[0] === 'staging=20');

    const undecided = await slipway.command(id, 'resume');
    expect(undecided.status).toBe(409);
    expect(errorOf(undecided).message).toContain('reapply');
    expect((await slipway.command(id, 'resume', { choice: 'reapply' })).status).toBe(200);
    await atWeight(20);
    expect((await slipway.command(id, 'rollback')).status).toBe(200);
    await until('rolled-back');
    expect(shop.rules()).toEqual([]);
    await expectWholeAudit(world, id);
  });
});

describe.concurrent('shop-d', () => {
  it('a validation that fails rejects a blue-green release', IN_TURN, async () => {
    const { shop, id, until } = await begin(world, 'shop-d', {
      content: 'shop@2.0.0',
      plan: { ...BLUE_GREEN_PLAN, validate: [{ http: { path: '/ready', every: '1s' } }] },
    });
    const rejected = await until('rejected');
    expect(rejected.reason).toBe('preflight-failed');
    expect(rejected.message).toContain('/ready');
    expect(rejected.message).toContain('404');
    expect(changes(shop)).toEqual([]);
    await expectWholeAudit(world, id);
  });

  it(
    'a good blue-green release swaps without any rule; the app is busy meanwhile',
    IN_TURN,
    async () => {
      const { shop, id, until } = await begin(world, 'shop-d', {
        content: 'shop@2.0.0',
        plan: BLUE_GREEN_PLAN,
      });
      const { slipway } = world;
      expect(await slipway.app(shop.siteId)).toMatchObject({ free: false, active: { id } });
      const other = shop.message({ version: '9.9.9', key: 'too-early' });
      const refused = await slipway.send('releases', { method: 'POST', body: other });
      expect(refused.status).toBe(409);
      expect(errorOf(refused).message).toContain(id);
      const byQueue = shop.message({ version: '9.9.9', key: 'too-early-by-queue' });
      await world.send('releases', byQueue);
      const rejected = await startedBy(world, 'too-early-by-queue');
      expect(rejected).toMatchObject({ phase: 'rejected', reason: 'app-busy' });

      await until('succeeded');
      expect(changes(shop)).toEqual(['swap']);
      expect(await way(world, id)).toEqual(['preflight', 'promoting', 'watching', 'succeeded']);
      expect(shop.contents()).toEqual({ production: 'shop@2.0.0', slot: 'shop@1.0.0' });
      await expectWholeAudit(world, id);
      expect(await slipway.app(shop.siteId)).toMatchObject({ free: true, active: null });
    },
  );
});

describe.concurrent('shop-e', () => {
  it('a version that telemetry never shows is rejected with the fix', IN_TURN, async () => {
    const { shop, id, until } = await begin(world, 'shop-e', {
      content: 'shop@2.0.0?behaviour=silent',
    });
    const rejected = await until('rejected');
    expect(rejected.reason).toBe('version-not-seen');
    expect(rejected.message).toContain('ai.application.ver');
    expect(changes(shop)).toEqual([]);
    await expectWholeAudit(world, id);
  });

  it('a version that fails after the swap is swapped back', IN_TURN, async () => {
    const { shop, id, atWeight, until } = await begin(world, 'shop-e', {
      content:
        'shop@3.0.0?behaviour=failing-late&afterSeconds=0&afterRequests=150&checkoutFailures=1',
      plan: { ...CANARY_PLAN, watch: '40s' },
    });
    await atWeight(20);
    expect((await world.slipway.command(id, 'promote')).status).toBe(200);
    await until('watching');
    expect(shop.contents().production).toContain('shop@3.0.0');
    await until('rolled-back');
    expect(await reasonFor(world, id, 'rolling-back')).toBe('harm');
    expect(changes(shop)).toEqual(['rules staging=20', 'rules', 'swap', 'swap']);
    expect(shop.contents().production).toBe('shop@1.0.0');
    expect(shop.rules()).toEqual([]);
    const mark = shop.mark();
    await pause(1_000);
    expect(shop.visitsSince(mark)).toEqual({ versions: ['1.0.0'], failures: 0 });
    await expectWholeAudit(world, id);
  });
});

import { describe, expect, it } from 'vitest';
import { NEW, OLD, createWorld } from '../support/world.ts';

/** Everything that an answer lost, a crash or a second worker can do to a release. */
describe('nothing is doubled or lost', () => {
  it('a start that is delivered twice is one release', async () => {
    const world = createWorld();
    const first = await world.start({ key: 'run-1' });
    const second = await world.start({ key: 'run-1' });
    expect(second.id).toBe(first.id);
    expect(world.store.releases()).toHaveLength(1);
  });

  it('the same key with other content is refused', async () => {
    const world = createWorld();
    await world.start({ key: 'run-1' });
    await expect(world.start({ key: 'run-1', version: '9.9.9' })).rejects.toMatchObject({
      code: 'key-used',
    });
  });

  it('a second release of a busy app leaves a rejected one', async () => {
    const world = createWorld();
    const first = await world.start({ key: 'run-1' });
    const second = await world.start({ key: 'run-2', version: '3.0.0' });
    expect(second.stage.phase).toBe('rejected');
    expect(second.reason).toBe('app-busy');
    expect(second.message).toContain(first.id);
    const page = await world.controller.listReleases({
      appKey: undefined,
      phase: undefined,
      finished: undefined,
      key: 'run-2',
      max: 10,
      continuation: undefined,
    });
    expect(page.releases.map(({ id }) => id)).toEqual([second.id]);
  });

  it('an invalid queue message that names its app leaves a rejected release with every problem', async () => {
    const world = createWorld();
    const rejected = await world.start({
      plan: { steps: [{ weight: 50 }, { weight: 5 }] },
      version: 'a"b',
    });
    expect(rejected.stage.phase).toBe('rejected');
    expect(rejected.reason).toBe('invalid-start');
    expect(rejected.message).toContain('version');
  });

  it('ticks that are repeated and run side by side change nothing', async () => {
    const world = createWorld();
    const { id } = await world.start();
    for (let turn = 0; turn < 400; turn += 1) {
      await world.pass(30_000);
      await Promise.all([
        world.controller.tick(id),
        world.controller.tick(id),
        world.controller.tick(id),
      ]);
      if ((await world.release(id)).stage.phase === 'succeeded') break;
    }
    expect((await world.release(id)).stage.phase).toBe('succeeded');
    expect(world.azure.writes().filter(({ call }) => call === 'submitSwap')).toHaveLength(1);
    expect(await world.chainHolds(id)).toBe(true);
  });

  it.each(['before', 'after'] as const)(
    'a swap whose answer is lost (%s it had its effect) is never POSTed twice',
    async (how) => {
      const world = createWorld();
      const { id } = await world.start();
      await world.until(id, ['promoting']);
      world.azure.failNext({ call: 'submitSwap', how });
      const done = await world.until(id, ['succeeded', 'rolled-back', 'failed']);
      expect(done.stage.phase).toBe('succeeded');
      expect(world.azure.state.production.content).toBe(NEW);
      const landed = world.azure
        .writes()
        .filter(({ call, outcome }) => call === 'submitSwap' && outcome !== 'ECONNRESET');
      expect(landed.length).toBeLessThanOrEqual(how === 'after' ? 1 : 2);
    },
  );

  it.each(['before', 'after'] as const)(
    'a commit whose answer is lost (%s) in every phase',
    async (fault) => {
      const world = createWorld();
      const { id } = await world.start();
      for (let turn = 0; turn < 600; turn += 1) {
        if (turn % 7 === 3) world.store.failNext(fault, 'releaseStore.commit');
        await world.pass(30_000).catch(() => undefined);
        if ((await world.release(id)).stage.phase === 'succeeded') break;
      }
      expect((await world.release(id)).stage.phase).toBe('succeeded');
      expect(world.azure.writes().filter(({ call }) => call === 'submitSwap')).toHaveLength(1);
      expect(await world.chainHolds(id)).toBe(true);
    },
  );

  it('a swap that fails in Azure is taken for refused, and the release goes back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    world.azure.failSwap('ExpectationFailed', "the 'staging' slot did not respond to http ping");
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed']);
    expect(done.stage.phase).toBe('rolled-back');
    expect(world.azure.state.production.content).toBe(OLD);
    expect(world.azure.writes().filter(({ call }) => call === 'submitSwap')).toHaveLength(1);
  });

  it('a rule whose write timed out after it was applied is found by the next read', async () => {
    const world = createWorld();
    const { id } = await world.start();
    world.azure.failNext({ call: 'writeRules', how: 'after' });
    const done = await world.until(id, ['succeeded', 'rolled-back', 'failed', 'paused']);
    expect(done.stage.phase).toBe('succeeded');
    expect(world.azure.writes().filter(({ call }) => call === 'writeRules')).toHaveLength(4);
  });

  it('storage that is down stops everything, and everything goes on when it is back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    const writes = world.azure.writes().length;
    world.store.down();
    for (let turn = 0; turn < 20; turn += 1) await world.pass(30_000).catch(() => undefined);
    expect(world.azure.writes()).toHaveLength(writes);
    world.store.up();
    expect((await world.until(id, ['succeeded', 'rolled-back'])).stage.phase).toBe('succeeded');
  });
});

describe('telemetry that cannot be used', () => {
  it('freezes the release and pauses it after maxBlind, never counted as good or bad', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    world.telemetry.fail('error', 10_000);
    const paused = await world.until(id, [
      'paused',
      'ramping-past' as never,
      'rolled-back',
      'succeeded',
    ]);
    expect(paused.reason).toBe('telemetry-unavailable');
    expect(world.azure.state.rules[0]?.weight).toBe(5);
  });

  it('without the new version under its name rejects the release with the fix', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, { failureRate: 0, reports: true, label: OLD });
    const { id } = await world.start();
    const done = await world.until(id, ['rejected', 'succeeded']);
    expect(done.reason).toBe('version-not-seen');
    expect(done.message).toContain('ai.application.ver');
    expect(world.azure.writes()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';

import { createController } from '../../src/controller/create-controller.ts';
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import { TelemetryError } from '../../src/controller/ports/telemetry.ts';
import type { Ports } from '../../src/controller/ports.ts';
import { parseApps } from '../../src/release/parse-apps.ts';
import { OPERATOR } from '../support/callers.ts';
import { createSightings } from '../../src/controller/sightings.ts';
import { watchPorts } from '../../src/controller/trace-ports.ts';
import { createWorld, type World } from '../support/world.ts';

const MINUTE = 60_000;
const TARGET = { subscriptionId: 's', resourceGroup: 'rg', site: 'shop' };
const noAnswer = (): never => {
  throw new AzureCallError('no answer', { code: 'timed-out', failure: 'unknown' });
};

interface Looked {
  readonly world: World;
  readonly controller: ReturnType<typeof createController>;
  /** How often App Service and the logs were asked. */
  readonly asked: { arm: number; logs: number };
  /** What they do from now on. */
  readonly moods: { arm: () => void; logs: () => void };
}

/** A controller that nobody ticks: whatever is asked is asked by its health. */
function looked(changes: (ports: Ports) => Partial<Ports> = () => ({})): Looked {
  const world = createWorld();
  const { ports } = world;
  const asked = { arm: 0, logs: 0 };
  const moods = { arm: (): void => undefined, logs: (): void => undefined };
  const controller = createController({
    ...ports,
    router: {
      ...ports.router,
      readRules: async (target) => {
        asked.arm += 1;
        moods.arm();
        return ports.router.readRules(target);
      },
    },
    telemetry: {
      ...ports.telemetry,
      versionsSeen: async (query) => {
        asked.logs += 1;
        moods.logs();
        return ports.telemetry.versionsSeen(query);
      },
    },
    ...changes(ports),
  });
  return { world, controller, asked, moods };
}

describe('health', () => {
  it('of a Slipway that nobody has used is well, and says that it has asked nobody', async () => {
    const { controller, asked } = looked();
    const health = await controller.health();
    expect(health).toMatchObject({
      ...{ ok: true, degraded: false, storage: { ok: true } },
      arm: { ok: true, okAt: undefined, message: 'nobody has asked it yet' },
      logs: { ok: true, okAt: undefined },
      clock: { ok: true, oldestDueMs: 0 },
    });
    expect(asked).toEqual({ arm: 0, logs: 0 });
  });

  it('asks by itself what nobody has asked, no more than once in five minutes', async () => {
    const { world, controller, asked } = looked();
    await world.start();
    world.idle(MINUTE);
    for (let looks = 0; looks < 12; looks += 1) {
      expect(await controller.health()).toMatchObject({ arm: { ok: true }, logs: { ok: true } });
      world.elapseTo(world.now() + 10_000);
    }
    expect(asked).toEqual({ arm: 1, logs: 1 });
    world.idle(5 * MINUTE);
    await controller.health();
    expect(asked).toEqual({ arm: 2, logs: 2 });
  });

  it('shows trouble of App Service and of the logs, and lets releases wait it out', async () => {
    const { world, controller, moods } = looked();
    await world.start();
    world.idle(MINUTE);
    await controller.health();
    const okAt = world.now();
    moods.arm = noAnswer;
    moods.logs = () => {
      throw new TelemetryError('throttled', 'too many');
    };
    world.idle(5 * MINUTE);
    const health = await controller.health();
    expect(health).toMatchObject({
      ...{ degraded: true, storage: { ok: true } },
      arm: { ok: false, down: false, okAt, error: { code: 'timed-out', message: 'no answer' } },
      logs: { ok: false, down: false, okAt, error: { code: 'telemetry-throttled' } },
    });
    moods.arm = () => undefined;
    world.idle(5 * MINUTE);
    const again = await controller.health();
    expect(again.arm).toMatchObject({ ok: true, error: { code: 'timed-out' } });
  });

  it('is not well when every call to a service has failed for long', async () => {
    const { world, controller, moods } = looked();
    await world.start();
    moods.arm = noAnswer;
    const seen: boolean[] = [];
    for (let looks = 0; looks < 5; looks += 1) {
      world.idle(5 * MINUTE);
      seen.push((await controller.health()).arm.down);
    }
    expect(seen).toEqual([false, false, false, true, true]);
    expect((await controller.health()).ok).toBe(false);
  });

  it.each([
    ['a site that is gone', 404, true],
    ['another operation', 409, true],
    ['a right that is missing', 403, false],
  ])('takes %s for what it is', async (_what, status, ok) => {
    const { world, controller, moods } = looked();
    await world.start();
    moods.arm = () => {
      throw new AzureCallError('no', { code: 'No', failure: 'refused', status });
    };
    world.idle(MINUTE);
    expect((await controller.health()).arm.ok).toBe(ok);
  });

  it('says how old its look at the ticks is, and looks again after a minute', async () => {
    const { world, controller } = looked();
    const ageMs = async () => (await controller.health()).clock.ageMs;
    expect(await ageMs()).toBe(0);
    world.idle(MINUTE / 2);
    expect(await ageMs()).toBe(MINUTE / 2);
    world.idle(MINUTE / 2);
    expect(await ageMs()).toBe(0);
  });

  it('finds that ticks are late, and that they have stopped', async () => {
    const { world, controller } = looked();
    await world.start();
    world.idle(MINUTE);
    expect(await controller.health()).toMatchObject({ ok: true, clock: { ok: true } });
    world.idle(3 * MINUTE);
    expect(await controller.health()).toMatchObject({ ok: true, clock: { ok: false } });
    // The clock goes on, and puts the row off at each turn; what is late is the pass.
    for (let turns = 0; turns < 20; turns += 1) {
      world.idle(MINUTE);
      await controller.clock();
    }
    const health = await controller.health();
    expect(health).toMatchObject({ ok: false, clock: { ok: false } });
    expect(health.clock.oldestDueMs).toBeGreaterThan(20 * MINUTE);
    expect(health.clock.message).toContain('waits for its tick');
  });

  it('is not well without storage, and asks nothing else then', async () => {
    const { controller, asked } = looked((ports) => ({
      due: {
        ...ports.due,
        due: async () => {
          throw new StoreUnavailableError('no answer');
        },
      },
    }));
    expect(await controller.health()).toMatchObject({
      ok: false,
      storage: { ok: false, message: 'no answer', error: { code: 'store-unavailable' } },
    });
    expect(asked).toEqual({ arm: 0, logs: 0 });
  });

  it('sees stopped ticks and asks Azure although one release cannot be read', async () => {
    const damaged = new Set<string>();
    const { world, controller, asked } = looked((ports) => ({
      store: {
        ...ports.store,
        load: async (id) => {
          if (damaged.has(id)) throw new TypeError('a row that nobody can read');
          return ports.store.load(id);
        },
      },
    }));
    const { id } = await world.start();
    damaged.add(id);
    world.idle(MINUTE);
    await controller.health();
    expect(asked).toEqual({ arm: 0, logs: 0 });
    world.idle(30 * MINUTE);
    expect(await controller.health()).toMatchObject({ ok: false, clock: { ok: false } });
  });

  it('is not brought down by the queries of one release', async () => {
    const { world, controller } = looked(({ telemetry }) => ({
      telemetry: {
        ...telemetry,
        countRequests: async () => {
          throw new TelemetryError('error', 'the plan asks for what takes too long');
        },
      },
    }));
    const { id } = await world.start();
    for (let turns = 0; turns < 90; turns += 1) {
      world.idle(30_000);
      await controller.tick(id);
      expect((await controller.health()).logs.down).toBe(false);
    }
    expect((await world.release(id)).stage.phase).not.toBe('preflight');
  });

  it('asks about one app after the other: one without rights is not all of App Service', async () => {
    const sites: string[] = [];
    const { world, controller } = looked(({ router }) => ({
      router: {
        ...router,
        readRules: async ({ site }) => {
          sites.push(site);
          if (site !== 'locked') return [];
          throw new AzureCallError('no', { code: 'No', failure: 'refused', status: 403 });
        },
      },
    }));
    const { target, slot } = world.azure;
    const written = ['locked', 'open'].map((name) => {
      return { name, slot, target: { ...target, site: name } };
    });
    const apps = parseApps({ apps: written });
    await controller.applyApps({ apps, prune: false, caller: OPERATOR });
    for (let rounds = 0; rounds < 8; rounds += 1) {
      world.idle(5 * MINUTE);
      expect((await controller.health()).arm.down).toBe(false);
    }
    expect(new Set(sites)).toEqual(new Set(['locked', 'open']));
  });

  it('is not troubled by a right that only the doctor, or the check of rights, asks for', async () => {
    const { ports } = createWorld();
    let error = new AzureCallError('no', { code: 'No', failure: 'refused', status: 403 });
    const refused = (): never => {
      throw error;
    };
    const inspector = {
      readRights: async () => refused(),
      compareSettings: async () => refused(),
      readConfiguration: async () => refused(),
      who: async () => undefined,
    };
    const inspection = { inspector, gauge: { gauge: async () => [] } };
    const sightings = createSightings();
    const watched = watchPorts({ ...ports, inspection }, { sightings, saw: () => undefined });
    // A token that is kept says nothing of App Service.
    await watched.inspection?.inspector.who();
    expect(sightings.of('arm').okAt).toBeUndefined();
    const ask = () => watched.inspection?.inspector.compareSettings(TARGET, 'staging');
    await expect(ask()).rejects.toThrow('no');
    expect(sightings.of('arm')).toMatchObject({ failures: 0, failingSince: undefined });
    error = new AzureCallError('no', { code: 'No', failure: 'unknown', status: 500 });
    await expect(ask()).rejects.toThrow('no');
    expect(sightings.of('arm')).toMatchObject({ failures: 1 });
  });
});

// What somebody who starts a release over HTTP is told of the app's traffic.
import { describe, expect, it } from 'vitest';

import { startAnswer } from '../../src/api/start-answer.ts';
import { Links } from '../../src/api/links.ts';
import type { Started } from '../../src/controller/controller.ts';
import type { CountQuery, Telemetry } from '../../src/controller/ports/telemetry.ts';
import { createController } from '../../src/controller/create-controller.ts';
import { CI, OPERATOR } from '../support/callers.ts';
import { createWorld, NEW, OLD, type World } from '../support/world.ts';

interface Asked {
  readonly counts: CountQuery[];
  versions: number;
}

/** The world's telemetry, with what was asked of it. */
function listening(world: World, broken = false) {
  const asked: Asked = { counts: [], versions: 0 };
  const telemetry: Telemetry = {
    ...world.telemetry,
    countRequests: (query) => {
      asked.counts.push(query);
      return broken
        ? Promise.reject(new Error('no answer within 4000 ms'))
        : world.telemetry.countRequests(query);
    },
    versionsSeen: (query) => {
      asked.versions += 1;
      return world.telemetry.versionsSeen(query);
    },
  };
  const controller = createController({ ...world.ports, telemetry });
  const start = (over: object = {}, caller = OPERATOR): Promise<Started> => {
    const { target, slot } = world.azure;
    const body = { target, slot, version: NEW, requestedBy: { name: 'ci' }, key: 'one', ...over };
    return controller.start({ body, fallbackKey: 'other', caller });
  };
  return { asked, start };
}

function messageOf({ outlook }: Started): string {
  if (outlook === undefined) return 'nobody reads it';
  return 'unknown' in outlook ? outlook.unknown : outlook.message;
}

describe('a start over HTTP', () => {
  it('says what the last hour of the app means for the plan', async () => {
    const world = createWorld();
    const { start, asked } = listening(world);
    const started = await start({ plan: 'standard' });
    expect(started.outlook).toMatchObject({
      requestsPerMinute: 6_000,
      steps: [{ weight: 5 }, { weight: 25 }, { weight: 50 }],
    });
    expect(messageOf(started)).toContain("At the app's present 6,000 requests a minute");
    expect(asked.versions).toBe(1);
    const [counts] = asked.counts;
    expect(counts).toMatchObject({ canary: OLD, baseline: null, timeoutMs: 4_000 });
    expect((counts?.toMs ?? 0) - (counts?.fromMs ?? 0)).toBe(3_600_000);
  });

  it('asks once where the version in production is known', async () => {
    const { start, asked } = listening(createWorld());
    await start({ baselineVersion: OLD });
    expect(asked).toMatchObject({ versions: 0, counts: [{ canary: OLD }] });
  });

  it('looks for the busiest version where the known one shows nothing', async () => {
    const { start, asked } = listening(createWorld());
    const started = await start({ baselineVersion: '0.9.0' });
    expect(asked.counts.map(({ canary }) => canary)).toEqual(['0.9.0', OLD]);
    expect(messageOf(started)).toContain('6,000 requests');
  });

  it("leaves the plan's own queries out: they may take long", async () => {
    const { start, asked } = listening(createWorld());
    const query = 'AppRequests | take 1';
    const metrics = { kql: [{ name: 'checkout', query }], exceptions: 'rollback' };
    await start({ plan: { preset: 'standard', analysis: { metrics } } });
    expect(asked.counts[0]?.metrics?.more.map(({ kind }) => kind)).toEqual(['exceptions']);
  });

  it('stands when telemetry does not answer, and says why there is no outlook', async () => {
    const world = createWorld();
    const { start } = listening(world, true);
    const started = await start();
    expect(started).toMatchObject({ created: true, release: { stage: { phase: 'queued' } } });
    expect(messageOf(started)).toMatch(/could not be read: no answer within 4000 ms/);
    const { body } = startAnswer(started, new Links('https://slipway.example/api/releases'));
    expect(body).toMatchObject({ created: true, outlook: null });
    expect(await world.release(started.release.id)).toMatchObject({ version: NEW });
  });

  it('that comes again asks nobody, and knows what preflight found', async () => {
    const world = createWorld();
    const { start, asked } = listening(world);
    const { release } = await start();
    const looks = asked.counts.length;
    const again = await start();
    expect(again).toMatchObject({ created: false, release: { id: release.id } });
    expect(messageOf(again)).toContain('had been made before');
    await world.until(release.id, ['ramping']);
    expect(messageOf(await start())).toMatch(/^At the app's present 5,950 requests a minute/);
    expect(asked.counts).toHaveLength(looks);
  });

  it('says of a quiet app that it can never be certified', async () => {
    const world = createWorld();
    world.ratePerMinute = 60;
    world.idle(3_600_000);
    const { start } = listening(world);
    expect(messageOf(await start({ plan: 'careful' }))).toMatch(
      /60 requests a minute, .*no step of this plan can be certified/,
    );
  });

  it('tells nothing from a few minutes of a version that is new itself', async () => {
    const world = createWorld();
    for (const minute of [1, 2, 3]) {
      world.telemetry.add({ atMs: world.now() - minute * 60_000, version: '1.0.1', count: 40 });
    }
    const { start } = listening(world);
    expect(messageOf(await start({ baselineVersion: '1.0.1' }))).toContain(
      'requests of 3 min of the last hour, too few to tell',
    );
  });

  it('has no outlook where the plan certifies nothing, without a query', async () => {
    const { start, asked } = listening(createWorld());
    expect(messageOf(await start({ plan: 'blue-green' }))).toContain('no step');
    expect(asked).toEqual({ counts: [], versions: 0 });
  });
});

it('a start from the queue asks nothing: nobody reads an answer', async () => {
  const { start, asked } = listening(createWorld());
  expect((await start({}, CI)).outlook).toBeUndefined();
  expect(asked).toEqual({ counts: [], versions: 0 });
});

// What a pass tells of itself, and that telling changes nothing.
import { describe, expect, it } from 'vitest';

import { createController } from '../../src/controller/create-controller.ts';
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { Ports } from '../../src/controller/ports.ts';
import { TelemetryError } from '../../src/controller/ports/telemetry.ts';
import { OPERATOR } from '../support/callers.ts';
import { createMemoryReceiver } from '../support/memory-receiver.ts';
import { memoryMetrics, memorySpans } from '../support/memory-spans.ts';
import { createWorld, type World } from '../support/world.ts';

const TURN_MS = 30_000;
const RUN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

interface Watched {
  readonly world: World;
  readonly spans: ReturnType<typeof memorySpans>;
  readonly metrics: ReturnType<typeof memoryMetrics>;
  readonly controller: ReturnType<typeof createController>;
  readonly logged: string[];
  /** A turn of the clock with its ticks. */
  turn(): Promise<void>;
}

function watchedWorld(changes: (ports: Ports) => Partial<Ports> = () => ({})): Watched {
  const world = createWorld();
  const spans = memorySpans();
  const metrics = memoryMetrics();
  const logged: string[] = [];
  const controller = createController({
    ...world.ports,
    ...changes(world.ports),
    tracer: spans.tracer,
    meter: metrics.meter,
    log: (level, message, facts) => logged.push(JSON.stringify({ level, message, ...facts })),
  });
  const turn = async (): Promise<void> => {
    world.idle(TURN_MS);
    await controller.clock();
    for (const { releaseId } of world.store.takeTicks()) await controller.tick(releaseId);
  };
  return { world, spans, metrics, controller, logged, turn };
}

async function turns(watched: Watched, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await watched.turn();
}

describe('a pass', () => {
  it('has its parts and calls as spans, each with the release', async () => {
    const watched = watchedWorld();
    const requestedBy = {
      name: 'ci',
      run: 'https://ci.example/7?token=abcdefgh',
      traceparent: RUN,
    };
    const { id } = await watched.world.start({ requestedBy });
    await turns(watched, 6);
    const ticks = watched.spans.named('slipway.tick');
    expect(ticks.length).toBeGreaterThan(3);
    for (const span of watched.spans.spans()) {
      expect(span.attributes).toMatchObject({
        'slipway.release.id': id,
        'slipway.release.version': '2.0.0',
        'slipway.release.phase': expect.stringMatching(/queued|preflight|ramping/) as string,
      });
    }
    for (const tick of ticks) {
      expect(tick.links.map(({ context }) => context.traceId)).toEqual([RUN.slice(3, 35)]);
      expect(tick.attributes['slipway.run.url']).toBe('https://ci.example/7?[redacted]');
    }
    const [tick] = ticks;
    const parts = watched.spans
      .spans()
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === tick?.spanContext().spanId)
      .map(({ name }) => name);
    expect(parts).toEqual(
      expect.arrayContaining(['slipway.observe', 'slipway.decide', 'slipway.commit']),
    );
  });

  it('is logged with its trace', async () => {
    const watched = watchedWorld();
    const { id } = await watched.world.start();
    await turns(watched, 2);
    const lines = watched.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    const traces = new Set(watched.spans.spans().map((span) => span.spanContext().traceId));
    expect(lines.filter(({ release }) => release === id).length).toBeGreaterThan(0);
    for (const { trace } of lines) expect(traces).toContain(trace);
  });

  it('shows a call that failed by its code, and goes on', async () => {
    const watched = watchedWorld((ports) => ({
      router: {
        ...ports.router,
        readRules: async () => {
          throw new AzureCallError('too many', {
            code: 'TooManyRequests',
            failure: 'busy',
            status: 429,
          });
        },
      },
    }));
    await watched.world.start();
    await turns(watched, 3);
    const [failed] = watched.spans.named('slipway.arm router.readRules');
    expect(failed?.attributes).toMatchObject({ 'error.type': 'TooManyRequests' });
    const [tick] = watched.spans.named('slipway.tick');
    expect(tick?.status.code).toBe(0);
    expect(await watched.metrics.points('slipway.azure.throttled')).toMatchObject([
      { attributes: { 'slipway.azure.service': 'arm' } },
    ]);
  });

  it('is the same with and without somebody who listens', async () => {
    const watched = watchedWorld();
    const silent = createWorld();
    await watched.world.start({ key: 'same' });
    await silent.start({ key: 'same' });
    await turns(watched, 12);
    await silent.pass(12 * TURN_MS);
    const audit = async (world: World): Promise<unknown> => {
      const { releases } = await world.controller.listReleases({
        ...{ appKey: undefined, phase: undefined, finished: undefined, continuation: undefined },
        ...{ key: 'same', max: 1 },
      });
      return world.audit(releases[0]?.id ?? '');
    };
    expect(await audit(watched.world)).toEqual(await audit(silent));
  });
});

describe('starts and commands', () => {
  it('have a trace of their own', async () => {
    const { world, controller, spans } = watchedWorld();
    const { target, slot } = world.azure;
    const started = await controller.start({
      body: { target, slot, version: '2.0.0', plan: 'standard' },
      fallbackKey: 'one',
      caller: { ...OPERATOR, via: 'key' },
    });
    const { id } = started.release;
    await controller.command({
      releaseId: id,
      command: { kind: 'pause', reason: 'a look', choice: undefined },
      expectedSequence: undefined,
      caller: OPERATOR,
    });
    expect(spans.named('slipway.start')[0]?.attributes).toMatchObject({
      'slipway.release.id': id,
      'slipway.start.created': true,
    });
    expect(spans.named('slipway.command')[0]?.attributes).toMatchObject({
      'slipway.release.id': id,
      'slipway.release.phase': 'paused',
      'slipway.command': 'pause',
    });
    // Also what was called before the release had an id.
    for (const { attributes } of spans.spans()) expect(attributes['slipway.release.id']).toBe(id);
  });

  it('that are refused are errors with their code', async () => {
    const { world, controller, spans } = watchedWorld();
    const { id } = await world.start();
    const refused = controller.command({
      releaseId: id,
      command: { kind: 'resume', reason: 'too early', choice: undefined },
      expectedSequence: undefined,
      caller: OPERATOR,
    });
    await expect(refused).rejects.toMatchObject({ code: 'refused' });
    expect(spans.named('slipway.command')[0]?.attributes['error.type']).toBe('refused');
  });
});

describe('metrics', () => {
  it('count calls, verdicts and passes, and see what is active', async () => {
    const watched = watchedWorld();
    await watched.world.start();
    await turns(watched, 60);
    const { points } = watched.metrics;
    const calls = await points('slipway.azure.calls');
    const services = new Set(
      calls.map(({ attributes }) => Reflect.get(attributes, 'slipway.azure.service') as unknown),
    );
    expect(services).toEqual(new Set(['storage', 'arm', 'logs']));
    expect(await points('slipway.releases.active')).toContainEqual({
      attributes: { 'slipway.release.phase': 'ramping' },
      value: 1,
    });
    expect((await points('slipway.verdicts')).length).toBeGreaterThan(0);
    const [duration] = await points('slipway.tick.duration');
    expect(duration?.value).toMatchObject({ count: watched.spans.named('slipway.tick').length });
    const [lag] = await points('slipway.tick.lag');
    expect(lag?.value).toMatchObject({ min: 0 });
    expect(await points('slipway.due.oldest_age')).toHaveLength(1);
  });

  it('count a query that was turned away as throttled', async () => {
    const watched = watchedWorld((ports) => ({
      telemetry: {
        ...ports.telemetry,
        versionsSeen: async () => {
          throw new TelemetryError('throttled', 'too many');
        },
      },
    }));
    await watched.world.start();
    await turns(watched, 3);
    expect(await watched.metrics.points('slipway.azure.throttled')).toMatchObject([
      { attributes: { 'slipway.azure.service': 'logs' } },
    ]);
  });

  it('count what was given up, once a notice and receiver', async () => {
    const receivers = ['one', 'other'].map((name) => createMemoryReceiver(name));
    for (const receiver of receivers) receiver.down = true;
    const watched = watchedWorld(() => ({ notifier: { receivers } }));
    const { id } = await watched.world.start();
    await turns(watched, 400);
    const { told } = await watched.world.release(id);
    const givenUp = Object.values(told ?? {}).map(({ untold }) => untold?.givenUp ?? 0);
    expect(givenUp).toHaveLength(2);
    const all = givenUp.reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThan(2);
    expect(await watched.metrics.points('slipway.notices.given_up')).toEqual([
      { attributes: {}, value: all },
    ]);
  });
});

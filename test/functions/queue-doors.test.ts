// The doors without a caller: messages, the clock, and what the host gave up on.
import './quiet.ts';

import { describe, expect, it } from 'vitest';

import type { Controller } from '../../src/app.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import { clock } from '../../src/functions/clock.ts';
import { releasesQueue } from '../../src/functions/releases-queue.ts';
import { poisonHandler } from '../../src/functions/shared/poison-handler.ts';
import { queueHandler, type QueueDoor } from '../../src/functions/shared/queue-handler.ts';
import { ticksQueue } from '../../src/functions/ticks-queue.ts';
import { RefusedError, SlipwayError } from '../../src/release/errors.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import { context, deliver } from './calls.ts';
import { fakeController, RELEASE } from './fake-controller.ts';

const START = {
  target: {
    subscriptionId: '11111111-2222-3333-4444-555555555555',
    resourceGroup: 'rg',
    site: 'shop',
  },
  slot: 'staging',
  version: '2.4.0-größer',
};
const TEXT = JSON.stringify(START);
const METADATA = { id: 'message-1', insertionTime: '2026-11-22T12:00:00+00:00', dequeueCount: 1 };

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const send = (door: QueueDoor, slipway: Controller, text: string, metadata = METADATA) =>
  deliver(
    queueHandler(door, async () => slipway),
    text,
    metadata,
  );
const fail = (error: unknown) => async (): Promise<never> => {
  throw error;
};

describe('queue releases', () => {
  it.each([
    ['raw JSON', TEXT],
    ['JSON with spaces', JSON.stringify(START, null, 2)],
    ['base64 of JSON', base64(TEXT)],
    ['base64 in lines, as some tools write it', base64(TEXT).replace(/(.{40})/g, '$1\r\n')],
    ['base64 of JSON with spaces', base64(JSON.stringify(START, null, 2))],
    ['base64 that begins with a byte order mark', base64(`\ufeff${TEXT}`)],
  ])('starts a release from %s', async (_what, text) => {
    const bodies: unknown[] = [];
    const slipway = fakeController({
      start: async ({ body }) => {
        bodies.push(parseStart(body));
        return { release: RELEASE, created: true };
      },
    });
    await send(releasesQueue, slipway, text);
    expect(bodies).toEqual([parseStart(START)]);
    expect(slipway.inputsOf('recordPoison')).toEqual([]);
  });

  it('says that nobody checked the sender', async () => {
    const slipway = fakeController();
    await send(releasesQueue, slipway, TEXT);
    expect(slipway.inputsOf('start')).toMatchObject([
      { caller: { actor: { kind: 'claimed' }, via: 'queue' } },
    ]);
  });

  it('gives every delivery of one message the same key, and every message its own', async () => {
    const slipway = fakeController();
    await send(releasesQueue, slipway, TEXT);
    await send(releasesQueue, slipway, TEXT, { ...METADATA, dequeueCount: 4 });
    await send(releasesQueue, slipway, TEXT, { ...METADATA, id: 'message-2' });
    await send(releasesQueue, slipway, base64(TEXT), { ...METADATA, id: 'message-2' });
    const [first, again, ...others] = slipway
      .inputsOf('start')
      .map((input) => (input as { fallbackKey: string }).fallbackKey);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(3);
  });

  it.each([
    ['no JSON', 'start it, please'],
    ['nothing', ''],
    ['JSON that is no start', '[1,2]'],
    ['a number', '12345678'],
    ['base64 of something else', base64('hello')],
    ['base64 of no text', Buffer.from([0xff, 0xfe, 0x00]).toString('base64')],
    ['unknown keys', JSON.stringify({ ...START, dequeueCount: 9, id: 'mine' })],
  ])('records %s and goes on', async (_what, text) => {
    const slipway = fakeController();
    await send(releasesQueue, slipway, text);
    expect(slipway.inputsOf('recordPoison')).toEqual([
      {
        queue: 'releases',
        id: expect.stringContaining('releases ') as unknown,
        message: text,
        code: 'invalid-input',
        problem: expect.stringContaining('not valid') as unknown,
      },
    ]);
  });

  it('records a version with a blank, with the whole message and what is wrong', async () => {
    const slipway = fakeController();
    const text = JSON.stringify({ ...START, version: '2.4.0 ' });
    await send(releasesQueue, slipway, text);
    expect(slipway.inputsOf('recordPoison')).toMatchObject([
      { message: text, problem: expect.stringContaining('"2.4.0 " has white space') as unknown },
    ]);
  });

  it('records what is refused for good, such as a key used for something else', async () => {
    const slipway = fakeController({ start: fail(new RefusedError('key-used', 'used before')) });
    await send(releasesQueue, slipway, TEXT);
    expect(slipway.inputsOf('recordPoison')).toMatchObject([
      { code: 'key-used', problem: 'used before', message: TEXT },
    ]);
  });

  it.each([new StoreUnavailableError('away'), new TypeError('our mistake')])(
    'leaves the message to the host when trying again may help: %s',
    async (error) => {
      const slipway = fakeController({ start: fail(error) });
      await expect(send(releasesQueue, slipway, TEXT)).rejects.toMatchObject({
        name: error.name,
        message: error.message,
      });
      expect(slipway.inputsOf('recordPoison')).toEqual([]);
    },
  );

  it.each([
    ['storage is away', new StoreUnavailableError('away')],
    ['others were faster', new SlipwayError('conflict', 'changed meanwhile')],
  ])('waits for as many deliveries as it takes while %s', async (_what, error) => {
    const slipway = fakeController({ start: fail(error) });
    const metadata = { ...METADATA, dequeueCount: 500 };
    await expect(send(releasesQueue, slipway, TEXT, metadata)).rejects.toThrow(error.message);
    expect(slipway.inputsOf('recordPoison')).toEqual([]);
  });

  it.each([
    ['a row that cannot be read', new StoreUnavailableError('damaged', { transient: false })],
    ['a mistake of ours', new TypeError('damaged')],
  ])('records %s at the fifth delivery', async (_what, error) => {
    const slipway = fakeController({ start: fail(error) });
    const at = (dequeueCount: number) =>
      send(releasesQueue, slipway, TEXT, { ...METADATA, dequeueCount });
    await expect(at(4)).rejects.toThrow('damaged');
    await at(5);
    expect(slipway.inputsOf('recordPoison')).toMatchObject([
      { queue: 'releases', code: 'given-up', message: TEXT },
    ]);
  });

  it('leaves a message to the host that cannot be recorded', async () => {
    const away = new StoreUnavailableError('away');
    const slipway = fakeController({ recordPoison: fail(away) });
    await expect(send(releasesQueue, slipway, 'start it, please')).rejects.toThrow('away');
  });

  it('trusts no metadata that a field of the message hides', async () => {
    const slipway = fakeController();
    const text = JSON.stringify({ ID: 'mine', insertionTime: 'never' });
    // As the host merges them into the metadata (azure.md 8).
    await send(releasesQueue, slipway, text, { ...METADATA, id: 'mine', insertionTime: 'never' });
    const [{ id }] = slipway.inputsOf('recordPoison') as [{ id: string }];
    expect(id).not.toMatch(/mine|never/);
  });
});

describe('queue ticks', () => {
  const tick = JSON.stringify({ release: RELEASE.id });

  it.each([tick, base64(tick)])('%s is one pass over that release', async (text) => {
    const slipway = fakeController();
    await send(ticksQueue, slipway, text);
    expect(slipway.asked).toEqual([{ method: 'tick', input: RELEASE.id }]);
  });

  it.each(['', 'x', '{}', '[]', 'null', '{"release":1}', '{"release":"../app"}', RELEASE.id])(
    'records %j, which is no tick',
    async (text) => {
      const slipway = fakeController();
      await send(ticksQueue, slipway, text);
      expect(slipway.asked).toMatchObject([
        { method: 'recordPoison', input: { queue: 'ticks', message: text } },
      ]);
    },
  );

  it('throws on what the host should deliver again', async () => {
    const slipway = fakeController({ tick: fail(new StoreUnavailableError('away')) });
    await expect(send(ticksQueue, slipway, tick)).rejects.toThrow('away');
  });

  it('records one that fails for another reason at the fifth delivery', async () => {
    const slipway = fakeController({ tick: fail(new TypeError('our mistake')) });
    await send(ticksQueue, slipway, tick, { ...METADATA, dequeueCount: 5 });
    expect(slipway.inputsOf('recordPoison')).toMatchObject([
      { queue: 'ticks', code: 'given-up', message: tick },
    ]);
  });
});

describe.each(['releases-poison', 'ticks-poison', 'probes-poison'])('queue %s', (queue) => {
  it('records the message whole, with where it came from', async () => {
    const slipway = fakeController();
    await deliver(
      poisonHandler(queue, async () => slipway),
      TEXT,
      METADATA,
    );
    expect(slipway.inputsOf('recordPoison')).toMatchObject([
      {
        queue,
        message: TEXT,
        code: 'given-up',
        id: expect.stringContaining('message-1') as unknown,
      },
    ]);
  });

  it.each(['', 'null', '[]', '{"id":1}', 'x'])('never throws, whatever comes: %j', async (text) => {
    const slipway = fakeController();
    await deliver(
      poisonHandler(queue, async () => slipway),
      text,
    );
    expect(slipway.inputsOf('recordPoison')).toMatchObject([{ message: text }]);
  });

  it('never throws when there is nothing to record with: the log keeps the message', async () => {
    const logged = await deliver(poisonHandler(queue, fail(new Error('settings'))), TEXT, METADATA);
    expect(logged.join('\n')).toContain(TEXT);
  });
});

describe('timer clock', () => {
  const timer = {
    isPastDue: false,
    schedule: { adjustForDST: true },
    scheduleStatus: { last: '', next: '', lastUpdated: '' },
  };

  it('asks once for ticks', async () => {
    const slipway = fakeController({ clock: async () => 3 });
    await clock(async () => slipway)(timer, context());
    expect(slipway.asked).toMatchObject([{ method: 'clock' }]);
  });

  it('fails when storage is away, so that the host logs it', async () => {
    const slipway = fakeController({ clock: fail(new StoreUnavailableError('away')) });
    await expect(clock(async () => slipway)(timer, context())).rejects.toThrow('away');
  });
});

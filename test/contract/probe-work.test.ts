// Asking for windows of probes: the same promises of the twin in memory and of the queue.
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createProbeWork } from '../../src/adapters/store/storage-probe-work.ts';
import { probesAsked } from '../../src/api/probe-message.ts';
import type { AskedWindow, ProbeWork } from '../../src/controller/ports/probe-work.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import { startTestAzurite } from '../support/azurite.ts';
import { createMemoryProbeWork } from '../support/memory-paired.ts';
import { AT, freshAppKey, sampleRelease } from '../support/store-samples.ts';

const QUEUE = 'probes';
const MINUTE_S = 60;

interface World {
  readonly work: ProbeWork;
  /** Takes what is visible now, as the queue trigger would. */
  readonly visible: () => Promise<readonly (AskedWindow | undefined)[]>;
}

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startTestAzurite();
});
afterAll(async () => {
  await azurite.stop();
});

async function freshQueue() {
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  const queue = service.getQueueClient(QUEUE);
  await queue.createIfNotExists();
  await queue.clearMessages();
  return queue;
}

async function memoryWorld(): Promise<World> {
  const work = createMemoryProbeWork(() => AT);
  return { work, visible: async () => work.takeVisible() };
}

function azuriteWorld(encoding: 'none' | 'base64') {
  return async (): Promise<World> => {
    const queue = await freshQueue();
    return {
      work: createProbeWork(queue, { encoding, timeoutMs: 10_000 }),
      visible: async () => {
        const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
        return receivedMessageItems.map(({ messageText }) => probesAsked(messageText));
      },
    };
  };
}

describe.each([
  { name: 'in memory', open: memoryWorld },
  { name: 'on Azurite, raw', open: azuriteWorld('none') },
  { name: 'on Azurite, base64', open: azuriteWorld('base64') },
])('asking for windows $name', ({ open }) => {
  const window = { releaseId: sampleRelease(freshAppKey()).id, fromMs: AT };
  let world: World;
  beforeEach(async () => {
    world = await open();
  });

  it('shows a message at once without a delay, and not yet with one', async () => {
    await world.work.send(window, 0);
    await world.work.send({ ...window, fromMs: AT + 1 }, 30_000);
    expect(await world.visible()).toEqual([window]);
  });

  it.each([-1, Number.NaN, 8 * 24 * 3_600_000])('refuses a delay of %d ms', async (delayMs) => {
    await expect(world.work.send(window, delayMs)).rejects.toMatchObject({
      code: 'store-unavailable',
    });
  });
});

describe('a message on Azurite', () => {
  it('is there up to a second too soon, never too late, and gone two minutes later', async () => {
    const queue = await freshQueue();
    const options: unknown[] = [];
    const work = createProbeWork(
      {
        sendMessage: (text, given = {}) => {
          const { abortSignal, ...sent } = given;
          options.push({ ...sent, isBounded: abortSignal !== undefined });
          return queue.sendMessage(text, given);
        },
      },
      { encoding: 'none', timeoutMs: 10_000 },
    );
    const window = { releaseId: sampleRelease(freshAppKey()).id, fromMs: AT };
    await work.send(window, 1_999);
    expect(options).toEqual([
      { visibilityTimeout: 1, messageTimeToLive: 1 + 2 * MINUTE_S, isBounded: true },
    ]);
  });
});

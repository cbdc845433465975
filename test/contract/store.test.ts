// The store's contract: the same suites on the fake, which other tests rely on, and on the real
// adapters over Azurite.
import { setTimeout as wait } from 'node:timers/promises';

import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe } from 'vitest';
import { z } from 'zod';

import { connectStore } from '../../src/adapters/store/connect.ts';
import { QUEUES } from '../../src/adapters/store/names.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import { emptyStore, startTestAzurite } from '../support/azurite.ts';
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts';
import { AT } from '../support/store-samples.ts';
import type { StoreWorld } from '../support/store-suite.ts';
import { appRegistrySuite } from './app-registry-suite.ts';
import { hintsSuite } from './store-hints-suite.ts';
import { keptSuite } from './store-kept-suite.ts';
import { releaseStoreSuite } from './store-release-suite.ts';

function fakeWorld(): StoreWorld {
  let nowMs = AT;
  let store: MemoryStore = createMemoryStore({ now: () => nowMs });
  return {
    name: 'in memory',
    fresh: async () => {
      store = createMemoryStore({ now: () => nowMs });
      return store;
    },
    visibleTicks: async () => store.takeVisibleTicks().map(({ releaseId }) => releaseId),
    pass: async (ms) => {
      nowMs += ms;
    },
  };
}

const MESSAGE = z.strictObject({ release: z.string() });

function azuriteWorld(azurite: () => Azurite): StoreWorld {
  return {
    name: 'on Azurite',
    fresh: async () => {
      const { connectionString } = azurite();
      const store = connectStore({ connectionString }, { encoding: 'base64' });
      await store.ensureTables();
      await emptyStore(azurite());
      return store;
    },
    visibleTicks: async () => {
      const service = QueueServiceClient.fromConnectionString(azurite().connectionString);
      const queue = service.getQueueClient(QUEUES.ticks);
      const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
      return receivedMessageItems.map(({ messageText }) => {
        const json: unknown = JSON.parse(Buffer.from(messageText, 'base64').toString());
        return MESSAGE.parse(json).release;
      });
    },
    pass: async (ms) => {
      await wait(ms);
    },
  };
}

describe('the store in memory', () => {
  const world = fakeWorld();
  appRegistrySuite(world);
  releaseStoreSuite(world);
  keptSuite(world);
  hintsSuite(world);
});

describe('the store on Azurite', () => {
  let azurite: Azurite | undefined;
  beforeAll(async () => {
    azurite = await startTestAzurite();
  });
  afterAll(async () => {
    await azurite?.stop();
  });
  const world = azuriteWorld(() => {
    if (azurite === undefined) throw new Error('Azurite is not running');
    return azurite;
  });
  appRegistrySuite(world);
  releaseStoreSuite(world);
  keptSuite(world);
  hintsSuite(world);
});

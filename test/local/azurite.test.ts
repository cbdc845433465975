import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startAzurite } from '../../src/local/azurite.ts';
import { spawnNode } from '../../src/local/child-process.ts';

const log = (): void => undefined;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-azurite-'));
});
afterAll(() => rm(folder, { recursive: true }));

// Each test starts and stops processes, on machines that may be slow.
describe('startAzurite', { timeout: 60_000 }, () => {
  it('gives real queues and tables on free loopback ports until it is stopped', async () => {
    const azurite = await startAzurite({ log });
    const { connectionString } = azurite;
    for (const url of [azurite.blobUrl, azurite.queueUrl, azurite.tableUrl]) {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/devstoreaccount1$/);
      expect((await fetch(url)).status).toBeGreaterThanOrEqual(400);
    }
    const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient('one');
    await queue.create();
    await queue.sendMessage('hello');
    const { receivedMessageItems } = await queue.receiveMessages();
    expect(receivedMessageItems.map(({ messageText }) => messageText)).toEqual(['hello']);
    await azurite.stop();
    await expect(fetch(azurite.queueUrl)).rejects.toThrow();
  });

  it('keeps what was written right before it was stopped', async () => {
    const dataDir = join(folder, 'kept');
    const table = (connectionString: string) =>
      TableClient.fromConnectionString(connectionString, 'kept', { allowInsecureConnection: true });
    const first = await startAzurite({ dataDir, log });
    await table(first.connectionString).createTable();
    await table(first.connectionString).createEntity({ partitionKey: 'a', rowKey: 'b', n: 7 });
    await first.stop();
    const second = await startAzurite({ dataDir, log });
    expect(await table(second.connectionString).getEntity('a', 'b')).toMatchObject({ n: 7 });
    await second.stop();
  });

  it('says which port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    const azurite = startAzurite({ ports: { blob: 0, queue: taken, table: 0 }, log });
    await expect(azurite).rejects.toThrow(new RegExp(`EADDRINUSE.*${taken}`));
    server.close();
  });

  it('ends when its parent is killed', async () => {
    const parentFile = join(folder, 'parent.ts');
    const module = new URL('../../src/local/azurite.ts', import.meta.url).href;
    await writeFile(
      parentFile,
      `import { startAzurite } from '${module}';
       const azurite = await startAzurite({ log: () => undefined });
       console.log('up ' + azurite.queueUrl);`,
    );
    const up = Promise.withResolvers<string>();
    const parent = spawnNode({
      name: 'The parent',
      file: parentFile,
      onLine: (line) => {
        if (line.startsWith('up ')) up.resolve(line.slice(3));
      },
    });
    const url = await up.promise;
    expect((await fetch(url)).status).toBeGreaterThanOrEqual(400);
    await parent.kill();
    let isUp = true;
    for (let looks = 0; isUp && looks < 100; looks += 1) {
      isUp = await fetch(url).then(
        () => true,
        () => false,
      );
      await sleep(50);
    }
    expect(isUp).toBe(false);
  });
});

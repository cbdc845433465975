import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readHostJson } from '../../../src/local/host/host-json.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-host-json-'));
});
afterAll(() => rm(folder, { recursive: true }));

const read = async (text: string, settings: Record<string, string> = {}) => {
  const file = join(folder, 'host.json');
  await writeFile(file, text);
  return readHostJson(file, settings);
};
const withQueues = (queues: object) => JSON.stringify({ version: '2.0', extensions: { queues } });

describe('readHostJson', () => {
  it("has the real host's defaults", async () => {
    expect(await read('{"version":"2.0"}')).toEqual({
      routePrefix: 'api',
      minLogLevel: 'information',
      queues: {
        maxPollingIntervalMs: 60_000,
        visibilityTimeoutMs: 0,
        batchSize: 16,
        newBatchThreshold: 8 * availableParallelism(),
        maxDequeueCount: 5,
        messageEncoding: 'base64',
      },
    });
  });

  it('reads comments, times and unknown keys', async () => {
    const read1 = await read(`{
      // why "none"
      "version": "2.0", "extensionBundle": { "id": "https://x" }, /* more */
      "logging": { "logLevel": { "default": "Warning" } },
      "extensions": { "http": { "routePrefix": "" }, "queues": {
        "maxPollingInterval": "00:00:02", "visibilityTimeout": "1.00:00:30.5",
        "messageEncoding": "none", "newBatchThreshold": 0 } } }`);
    expect(read1).toMatchObject({
      routePrefix: '',
      minLogLevel: 'warning',
      queues: {
        maxPollingIntervalMs: 2000,
        visibilityTimeoutMs: 86_430_500,
        messageEncoding: 'none',
        newBatchThreshold: 0,
      },
    });
  });

  it('is overridden by settings', async () => {
    const settings = {
      AzureFunctionsJobHost__extensions__queues__batchSize: '2',
      AzureFunctionsJobHost__Extensions__Queues__VisibilityTimeout: '00:00:01',
    };
    const { queues } = await read(withQueues({ visibilityTimeout: '00:01:00' }), settings);
    expect(queues).toMatchObject({ batchSize: 2, visibilityTimeoutMs: 1000 });
  });

  it('lists every problem with its path', async () => {
    const text = withQueues({ batchSize: 33, maxDequeueCount: 0, visibilityTimeout: '30' });
    await expect(read(text)).rejects.toThrow(
      expect.objectContaining({
        code: 'host-json-invalid',
        message: expect.stringMatching(
          /extensions\.queues\.visibilityTimeout: .*extensions\.queues\.batchSize: .*extensions\.queues\.maxDequeueCount: /,
        ) as string,
      }),
    );
  });

  it.each(['', '{', '{"version":"1.0"}'])('refuses %s', async (text) => {
    await expect(read(text)).rejects.toThrow(
      expect.objectContaining({ code: 'host-json-invalid' }),
    );
  });
});

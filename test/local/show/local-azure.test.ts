import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { takeDataFolder } from '../../../src/local/local-azure/data-folder.ts';
import { ANY_PORTS, freePorts, portsFor } from '../../../src/local/local-azure/ports.ts';
import { shopBuild } from '../../../src/local/local-azure/sample-shop.ts';
import { createShoppers } from '../../../src/local/local-azure/shoppers.ts';
import { writeSettings } from '../../../src/local/local-azure/settings-file.ts';
import { createStops } from '../../../src/local/local-azure/stops.ts';
import type { StoredRow } from '../../../src/local/log-analytics/row-store.ts';
import { StateFile } from '../../../src/local/log-analytics/state-file.ts';
import { shopContent } from '../../../src/local/shop/shop-content.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-local-azure-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the data folder', () => {
  it('is kept, until a fresh start removes what was made in it and nothing else', async () => {
    const data = path.join(folder, 'data');
    const first = await takeDataFolder(data, { fresh: false });
    await mkdir(first.azurite);
    await writeFile(path.join(first.azurite, 'tables.json'), '{}');
    await writeFile(first.appServiceFile, '{}');
    await writeFile(path.join(data, 'mine.txt'), 'not theirs');
    await first.free();

    const second = await takeDataFolder(data, { fresh: false });
    expect(await readFile(second.appServiceFile, 'utf8')).toBe('{}');
    await second.free();

    const third = await takeDataFolder(data, { fresh: true });
    await expect(readFile(third.appServiceFile)).rejects.toThrow('ENOENT');
    await expect(readFile(path.join(third.azurite, 'tables.json'))).rejects.toThrow('ENOENT');
    expect(await readFile(path.join(data, 'mine.txt'), 'utf8')).toBe('not theirs');
  });

  it('belongs to one living run', async () => {
    await writeFile(path.join(folder, 'running.pid'), `${process.ppid}\n`);
    await expect(takeDataFolder(folder, { fresh: true })).rejects.toMatchObject({
      code: 'folder-in-use',
      message: expect.stringContaining(`${process.ppid}`) as string,
    });
  });

  it('is refused in one sentence where no folder can be', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'mine');
    for (const place of [file, path.join(file, 'below'), '/proc/slipway/data']) {
      await expect(takeDataFolder(place, { fresh: true })).rejects.toMatchObject({
        code: 'folder-unusable',
        message: expect.stringContaining('--data') as string,
      });
    }
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('is taken over from a run that is gone', async () => {
    await writeFile(path.join(folder, 'running.pid'), '999999999\n');
    const taken = await takeDataFolder(folder, { fresh: false });
    expect(await readFile(path.join(folder, 'running.pid'), 'utf8')).toBe(`${process.pid}\n`);
    await taken.free();
    await expect(readFile(path.join(folder, 'running.pid'))).rejects.toThrow('ENOENT');
  });
});

describe('a port that is taken', () => {
  const server = createServer();
  let port = 0;
  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterEach(() => {
    server.close();
  });

  it('is replaced by another one, which is said', async () => {
    const notices: string[] = [];
    const ports = await freePorts({ ...ANY_PORTS, shop: port }, (line) => notices.push(line));
    expect(ports).toEqual(ANY_PORTS);
    expect(notices).toEqual([
      `Port ${port} is taken by another program, so the shop gets a free one.`,
    ]);
  });

  it('ends the start when it was asked for, and nothing else is said', async () => {
    const notices: string[] = [];
    await expect(portsFor(port, (line) => notices.push(line))).rejects.toMatchObject({
      code: 'port-taken',
    });
    expect(notices).toEqual([]);
    expect(await portsFor(0, (line) => notices.push(line))).toEqual(ANY_PORTS);
  });
});

describe('shoppers', () => {
  it('come in numbers or not, and what they saw is kept', () => {
    const started: number[] = [];
    let stopped = 0;
    const shoppers = createShoppers({
      quietPerSecond: 20,
      morePerSecond: 110,
      start: (rate) => {
        started.push(rate);
        const seen = { '1.0.0': { answers: rate, failures: 1 } };
        return {
          stop: () => {
            stopped += 1;
          },
          counts: () => ({ sent: rate, byStatus: {}, unanswered: 0, leftOut: 0, byVersion: seen }),
        };
      },
    });
    shoppers.many(true);
    expect(started).toEqual([20, 110]);
    shoppers.many(false);
    shoppers.many(false);
    expect(stopped).toBe(1);
    expect(shoppers.counts().sent).toBe(130);
    shoppers.many(true);
    expect(started).toEqual([20, 110, 110]);
    expect(shoppers.counts().byVersion).toEqual({ '1.0.0': { answers: 240, failures: 3 } });
    shoppers.stop();
    expect(stopped).toBe(3);
  });
});

describe('the state file of telemetry', () => {
  const row = (index: number): StoredRow => ({
    table: 'AppRequests',
    columns: { Name: `request ${index}` },
    ingestedMs: index,
  });

  it('is written anew with the newest rows when it has grown to its limit', async () => {
    const file = path.join(folder, 'telemetry.jsonl');
    const bytesMost = 10_000;
    const kept: StoredRow[] = [];
    const options = {
      path: file,
      compactAfterLines: 1e6,
      bytesMost,
      kept: () => kept,
      log: () => 0,
    };
    const state = new StateFile(options);
    for (let index = 0; index < 1_000; index += 1) {
      kept.push(row(index));
      state.append(row(index));
      await state.settled();
    }
    expect((await stat(file)).size).toBeLessThanOrEqual(bytesMost);
    const read: number[] = [];
    await new StateFile(options).load(({ ingestedMs }) => read.push(ingestedMs));
    expect(read.length).toBeGreaterThan(40);
    expect(read).toEqual(Array.from(read, (_, index) => 1_000 - read.length + index));
  });
});

describe('local.settings.json', () => {
  const settings = { AzureWebJobsStorage: 'storage', SLIPWAY_TIME_SCALE: '60' };

  it('is made, and written again with what somebody added', async () => {
    const file = path.join(folder, 'local.settings.json');
    expect(await writeSettings(file, settings)).toEqual([]);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      IsEncrypted: false,
      Values: settings,
    });
    const Host = { LocalHttpPort: 7072 };
    const Values = {
      ...{ MINE: '1', SLIPWAY_TIME_SCALE: '5' },
      ...{ AzureWebJobsStorage__accountName: 'mine', AzureWebJobsStorage__clientId: '' },
    };
    await writeFile(file, JSON.stringify({ IsEncrypted: false, Host, Values }));
    expect(await writeSettings(file, settings)).toEqual(['AzureWebJobsStorage__accountName']);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      IsEncrypted: false,
      Host,
      Values: { MINE: '1', AzureWebJobsStorage__clientId: '', ...settings },
    });
  });

  it.each(['not json', '{"IsEncrypted":true,"Values":{}}', '{"Values":{"A":1}}', '[]'])(
    'is left alone when it cannot be added to: %s',
    async (text) => {
      const file = path.join(folder, 'local.settings.json');
      await writeFile(file, text);
      await expect(writeSettings(file, settings)).rejects.toMatchObject({ code: 'settings-file' });
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );
});

it('stops everything, the newest first, even when a stop fails', async () => {
  const seen: string[] = [];
  const stops = createStops((line) => seen.push(line));
  stops.add('storage', async () => {
    seen.push('storage');
  });
  stops.add('the app', async () => {
    throw new Error('stuck');
  });
  stops.add('visitors', async () => {
    seen.push('visitors');
  });
  await stops.run();
  await stops.run();
  expect(seen).toEqual(['visitors', 'the app did not stop as it should: Error: stuck', 'storage']);
});

it('builds are content that the sample shop knows', () => {
  const run = (content: string): Readonly<Record<string, string>> =>
    shopContent(content, { connectionString: 'x' }).env;
  expect(run(shopBuild('2.0.0')).SHOP_BEHAVIOUR).toBeUndefined();
  expect(run(shopBuild('3.0.0', 'failing'))).toMatchObject({
    SHOP_VERSION: '3.0.0',
    SHOP_BEHAVIOUR: 'failing',
  });
});

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { takeDataFolder } from '../../../src/local/local-azure/data-folder.ts';
import { ANY_PORTS, freePorts } from '../../../src/local/local-azure/ports.ts';
import { shopBuild } from '../../../src/local/local-azure/sample-shop.ts';
import { writeSettings } from '../../../src/local/local-azure/settings-file.ts';
import { createStops } from '../../../src/local/local-azure/stops.ts';
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

  it('is taken over from a run that is gone', async () => {
    await writeFile(path.join(folder, 'running.pid'), '999999999\n');
    const taken = await takeDataFolder(folder, { fresh: false });
    expect(await readFile(path.join(folder, 'running.pid'), 'utf8')).toBe(`${process.pid}\n`);
    await taken.free();
    await expect(readFile(path.join(folder, 'running.pid'))).rejects.toThrow('ENOENT');
  });
});

it('takes another port for one that is taken, and says so', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  try {
    const notices: string[] = [];
    const ports = await freePorts({ ...ANY_PORTS, shop: port }, (line) => notices.push(line));
    expect(ports).toEqual(ANY_PORTS);
    expect(notices).toEqual([
      `Port ${port} is taken by another program, so the shop gets a free one.`,
    ]);
  } finally {
    server.close();
  }
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

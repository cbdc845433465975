// The command itself: a process with settings, exit codes and output.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectStore } from '../../src/adapters/store/connect.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import type { Release } from '../../src/release/release.ts';
import { rawTable, startTestAzurite } from '../support/azurite.ts';
import { sampleApp, sampleRelease } from '../support/store-samples.ts';
import { writeChain } from './chain.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const UNKNOWN = sampleRelease('0'.repeat(20)).id;

let azurite: Azurite;
let folder: string;
let good: Release;
let bad: Release;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-cli-'));
  azurite = await startTestAzurite();
  const { connectionString } = azurite;
  const store = connectStore({ connectionString }, { encoding: 'none' });
  await store.ensureTables();
  good = await writeChain(store.releaseStore, 4);
  bad = await writeChain(store.releaseStore, 4);
  const releases = rawTable(azurite, 'releases');
  const rowKey = `${bad.id}:3audit:00000002`;
  await releases.updateEntity({ partitionKey: bad.appKey, rowKey, prevHash: 'f'.repeat(64) });
});

afterAll(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param storage Null: the environment does not say where the store is. */
function slipway(
  args: readonly string[],
  storage: string | null = azurite.connectionString,
): Promise<Ended> {
  const { PATH } = process.env;
  const env = storage === null ? { PATH } : { PATH, AzureWebJobsStorage: storage };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('slipway', () => {
  it('tells its version, and where help is', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await slipway(['--version'], null)).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect((await slipway(['nothing'], null)).stderr).toContain('slipway --help');
  });

  it.each([
    ['audit', 'verify', '--file', 'nowhere'],
    ['apps', 'apply', 'nowhere'],
    ['judge', 'nowhere'],
  ])('exits 2 for a file that is not there: %s %s', async (...args) => {
    const stderr = 'slipway: nowhere cannot be read: there is no such file\n';
    expect(await slipway(args, null)).toEqual({ code: 2, stdout: '', stderr });
  });
});

describe('slipway apps audit verify', () => {
  it('has nothing to verify before the first entry', async () => {
    expect(await slipway(['apps', 'audit', 'verify'])).toEqual({
      code: 0,
      stdout: 'the registry has no entry yet: nothing to verify\n',
      stderr: '',
    });
  });
});

describe('slipway audit verify', () => {
  it('exits 0 and prints the head when the chain verifies', async () => {
    expect(await slipway(['audit', 'verify', good.id])).toEqual({
      code: 0,
      stdout: `chain of 4 rows verifies, head ${good.chainHead}\n`,
      stderr: '',
    });
  });

  it('exits 1 and names the first bad row when it does not', async () => {
    const { code, stdout } = await slipway(['audit', 'verify', bad.id]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^chain broken at row 2: /);
  });

  it('says the same in JSON', async () => {
    const [one, other] = await Promise.all([
      slipway(['audit', 'verify', good.id, '--json']),
      slipway(['audit', 'verify', '--json', bad.id]),
    ]);
    expect(JSON.parse(one.stdout)).toEqual({
      release: good.id,
      ok: true,
      rows: 4,
      head: good.chainHead,
    });
    expect(JSON.parse(other.stdout)).toMatchObject({ release: bad.id, ok: false, sequence: 2 });
    expect([one.code, other.code]).toEqual([0, 1]);
  });

  it('exits 2 on wrong usage, and says what is wrong', async () => {
    const wrong = [
      [],
      ['audit', 'verify'],
      ['audit', 'verify', 'X'],
      ['audit', 'verify', '--file', 'x', 'shop'],
      ['audit', 'burn', UNKNOWN],
      ['audit', 'verify', UNKNOWN, '--fast'],
      ['audit', 'verify', UNKNOWN, '--head', 'x'],
      ['audit', 'verify', UNKNOWN, '--sequence', '3'],
      ['audit', 'export'],
      ['audit', 'verify', UNKNOWN, '--app', 'shop'],
      ['audit', 'export', UNKNOWN, '--app', 'shop'],
      ['audit', 'verify', '--file', 'x', '--app', 'shop'],
    ];
    for (const { code, stdout, stderr } of await Promise.all(wrong.map((args) => slipway(args)))) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toBe('');
    }
  });

  it('exits 0 when asked for help', async () => {
    const { code, stdout } = await slipway(['audit', 'verify', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('names the first bad row');
  });

  it('holds the chain to a head that was noted elsewhere', async () => {
    const [held, not] = await Promise.all([
      slipway(['audit', 'verify', good.id, '--head', good.chainHead, '--sequence', '4']),
      slipway(['audit', 'verify', good.id, '--head', 'a'.repeat(64)]),
    ]);
    expect(held).toMatchObject({ code: 0 });
    expect(held.stdout).toContain('anchored at row 4');
    expect(not).toMatchObject({ code: 1 });
    expect(not.stdout).toContain('anchored head');
  });

  it('exits 3 when there is no such release: that is no good news', async () => {
    const { code, stdout, stderr } = await slipway(['audit', 'verify', UNKNOWN, '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'not-found' } });
    expect(stderr).toContain('there is no release');
  });

  it('exits 3 and names the setting that is missing', async () => {
    const { code, stderr } = await slipway(['audit', 'verify', good.id], null);
    expect(code).toBe(3);
    expect(stderr).toContain('AzureWebJobsStorage: is missing');
  });

  it('takes the settings of local.settings.json in its folder, if the environment has none', async () => {
    const file = path.join(folder, 'local.settings.json');
    const values = { AzureWebJobsStorage: azurite.connectionString };
    writeFileSync(file, JSON.stringify({ IsEncrypted: false, Values: values }));
    try {
      expect(await slipway(['audit', 'verify', good.id], null)).toMatchObject({ code: 0 });
      writeFileSync(file, '{"Values": 7}');
      const broken = await slipway(['audit', 'verify', good.id], null);
      expect(broken.code).toBe(3);
      expect(broken.stderr).toContain('local.settings.json is not a settings file');
    } finally {
      rmSync(file);
    }
  });
});

describe('slipway audit export', () => {
  it('writes JSON Lines that verify without the store, and says the head apart', async () => {
    const { code, stdout, stderr } = await slipway(['audit', 'export', good.id]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(stderr).toContain(`chain of 4 rows verifies, head ${good.chainHead}`);
    const file = path.join(folder, 'good.jsonl');
    writeFileSync(file, stdout);
    expect(await slipway(['audit', 'verify', '--file', file], null)).toEqual({
      code: 0,
      stdout: `chain of 4 rows verifies, head ${good.chainHead}\n`,
      stderr: '',
    });
  });

  it('takes the app in place of the id, and says in JSON what it wrote', async () => {
    const { siteId } = sampleApp(good);
    const [verified, exported] = await Promise.all([
      slipway(['audit', 'verify', good.appKey, '--json']),
      slipway(['audit', 'export', '--app', good.appKey, '--out', 'app.jsonl', '--json']),
    ]);
    const whole = { release: good.id, ok: true, rows: 4, head: good.chainHead };
    expect(JSON.parse(verified.stdout)).toEqual(whole);
    expect(JSON.parse(exported.stdout)).toEqual({ ...whole, file: 'app.jsonl' });
    expect([verified.code, exported.code, exported.stderr]).toEqual([0, 0, '']);
    const none = await slipway(['audit', 'verify', '--app', siteId]);
    expect(none).toMatchObject({ code: 3, stdout: '' });
    expect(none.stderr).toContain('has no release yet');
  });

  it('exits 1 for a broken chain, with every row of it, and never replaces a file', async () => {
    const file = path.join(folder, 'bad.jsonl');
    const { code, stdout, stderr } = await slipway(['audit', 'export', bad.id, '--out', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^chain broken at row 2: /);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(5);
    const again = await slipway(['audit', 'export', bad.id, '--out', file]);
    expect(again.code).toBe(2);
    expect(again.stderr).toBe(`slipway: ${file} exists already: give --out another name\n`);
  });
});

/** The registry as administrators and CI meet it: the command line, HTTP and the queue, on a real host. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { QueueServiceClient } from '@azure/storage-queue';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { APPS_PARTITION, nameRow } from '../../src/adapters/store/app-rows.ts';
import { auditRow } from '../../src/adapters/store/keys.ts';
import { QUEUES } from '../../src/adapters/store/names.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import { spawnFunctionsHost, type SpawnedFunctionsHost } from '../../src/local/host/spawn.ts';
import { writtenApp } from '../support/app-samples.ts';
import { rawTable, startTestAzurite } from '../support/azurite.ts';
import { demandDescribed } from '../support/described-answers.ts';
import { eventually } from '../support/local/waiting.ts';

const KEYS = { host: 'the-host-key', master: 'the-master-key' };
const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url));

let azurite: Azurite;
let folder: string;
let host: SpawnedFunctionsHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-apps-'));
  azurite = await startTestAzurite();
  const bundle = (entry: string, outfile: string): ReturnType<typeof build> =>
    build({
      ...{ entryPoints: [inProject(entry)], outfile: join(folder, outfile), bundle: true },
      ...{ platform: 'node', target: 'node22', format: 'cjs', logLevel: 'warning' },
      external: ['@azure/functions-core'],
    });
  await Promise.all([bundle('src/main.ts', 'main.cjs'), bundle('src/cli/main.ts', 'cli.cjs')]);
  host = await spawnFunctionsHost({
    ...{ mainFile: join(folder, 'main.cjs'), hostJsonFile: inProject('host.json'), port: 0 },
    functionKeys: KEYS,
    storageConnectionString: azurite.connectionString,
    // SLIPWAY_APPS is left to its default.
    env: {
      AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.200',
      // Once a year: nothing happens by itself here.
      SLIPWAY_CLOCK_SCHEDULE: '0 0 0 1 1 *',
    },
    log: () => undefined,
  });
});

afterAll(async () => {
  await host.stop();
  await azurite.stop();
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, as an administrator unless the environment says otherwise. */
function slipway(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { SLIPWAY_KEY: KEYS.master },
): Promise<Ended> {
  const all = {
    PATH: process.env.PATH,
    SLIPWAY_URL: host.url,
    AzureWebJobsStorage: azurite.connectionString,
    ...env,
  };
  return new Promise((resolve) => {
    const command = [join(folder, 'cli.cjs'), ...args];
    execFile(process.execPath, command, { env: all, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return name;
}

async function api(
  path: string,
  init: { readonly method?: string; readonly body?: unknown } = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { method = 'GET', body } = init;
  const answer = await fetch(`${host.url}/api/${path}`, {
    method,
    headers: { 'x-functions-key': KEYS.host, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  demandDescribed({ method, path }, { status: answer.status, body: text });
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}

const YAML = `
# The apps of the shop.
apps:
  - name: shop
    target:
      subscriptionId: 11111111-1111-1111-1111-111111111111
      resourceGroup: rg-shop
      site: shop-site
    slot: staging
    weakestPlan: standard
    labels: {team: checkout}
  - name: bank
    target:
      subscriptionId: 11111111-1111-1111-1111-111111111111
      resourceGroup: rg-shop
      site: bank-site
    slot: staging
`;

describe('slipway apps', () => {
  it('applies a file of YAML, and says what was added', async () => {
    const { code, stdout, stderr } = await slipway([
      'apps',
      'apply',
      await file('apps.yaml', YAML),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^added {5}bank\nadded {5}shop\naudit row 2, head [0-9a-f]{64}\n$/);
  });

  it('says what is changed, value by value, and what is not', async () => {
    const changed = YAML.replace('weakestPlan: standard', 'weakestPlan: careful').replace(
      '    labels: {team: checkout}\n',
      '    reversible: false\n',
    );
    const { stdout } = await slipway(['apps', 'apply', await file('changed.yaml', changed)]);
    expect(stdout.split('\n').slice(0, 5)).toEqual([
      'unchanged bank',
      'changed   shop',
      '          labels.team: "checkout" -> nothing',
      '          reversible: nothing -> false',
      '          weakestPlan: "standard" -> "careful"',
    ]);
  });

  it('lists them; the list can be applied again', async () => {
    expect((await slipway(['apps', 'list'])).stdout).toBe(
      'bank  rg-shop/bank-site  slot staging\nshop  rg-shop/shop-site  slot staging\n2 apps\n',
    );
    const { stdout } = await slipway(['apps', 'list', '--json']);
    const again = await slipway(['apps', 'apply', await file('list.json', stdout), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({
      apps: [
        { name: 'bank', change: 'unchanged' },
        { name: 'shop', change: 'unchanged' },
      ],
      sequence: 3,
    });
  });

  it('tells every problem of a file without asking anybody, exit 2', async () => {
    const bad = { apps: [{ ...writtenApp('Shop'), slot: 'production' }] };
    const args = ['apps', 'apply', await file('bad.json', JSON.stringify(bad))];
    const { code, stderr } = await slipway(args, { SLIPWAY_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.json is not valid:\n  apps\[0\]\.name: .*\n  apps\[0\]\.slot: /);
  });

  it.each([
    ['a file that is not there', ['apps', 'apply', 'nowhere.yaml'], {}, 2, /no such file/],
    ['no address', ['apps', 'list'], { SLIPWAY_URL: '' }, 2, /SLIPWAY_URL/],
    ['http to elsewhere', ['apps', 'list'], { SLIPWAY_URL: 'http://example.com' }, 2, /https/],
    ['no proof', ['apps', 'list'], { SLIPWAY_KEY: '' }, 2, /SLIPWAY_KEY/],
    ['a wrong key', ['apps', 'list'], { SLIPWAY_KEY: 'guessed' }, 3, /not accepted/],
    [
      'a key that is not the master key',
      ['apps', 'remove', 'shop'],
      { SLIPWAY_KEY: KEYS.host },
      3,
      /master key/,
    ],
    ['nobody there', ['apps', 'list'], { SLIPWAY_URL: 'http://127.0.0.1:1' }, 3, /did not answer/],
    ['an unknown app', ['apps', 'remove', 'nothing'], {}, 3, /no app is named nothing/],
  ] as const)('%s', async (_what, args, env, code, says) => {
    const ended = await slipway(args, { SLIPWAY_KEY: KEYS.master, ...env });
    expect(ended.stderr).toMatch(says);
    expect(ended.code).toBe(code);
  });
});

describe('an app that nobody registered', () => {
  const { target, slot } = writtenApp('nobodys');
  const message = { target, slot, version: '2.0.0' };

  it('is not released over HTTP', async () => {
    const answer = await api('releases', { method: 'POST', body: message });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'not-registered' } } });
  });

  it('is a poison record and nothing else when it comes by the queue', async () => {
    const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
    await queues.getQueueClient(QUEUES.releases).sendMessage(JSON.stringify(message));
    await eventually('it is recorded', async () => {
      const { body } = await api('poison');
      return JSON.stringify(body).includes('not-registered');
    });
    expect((await api('releases')).body).toEqual({ releases: [], continuation: null });
  });
});

describe('a registered app', () => {
  it('is started by its name, and a plan below its floor is refused with the differences', async () => {
    const body = { app: 'shop', version: '2.0.0', plan: 'fast' };
    const refused = await api('releases', { method: 'POST', body });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'plan-too-weak' } } });
    expect(JSON.stringify(refused.body)).toContain('"plan.watch"');
    const taken = await api('releases', { method: 'POST', body: { ...body, plan: 'careful' } });
    expect(taken).toMatchObject({
      status: 202,
      body: { release: { app: { name: 'shop' }, plan: 'careful', reversible: false } },
    });
  });

  it('does not go from under its release', async () => {
    const { code, stderr } = await slipway(['apps', 'remove', 'shop']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/shop: release \S+ holds the app/);
  });

  it('is found with its entry', async () => {
    const { body } = await api('apps');
    expect(body).toMatchObject({ apps: [{ name: 'bank' }, { name: 'shop' }] });
    const site =
      '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-shop/providers/Microsoft.Web/sites/bank-site';
    const found = await api(`apps?site=${encodeURIComponent(site)}`);
    expect(found.body).toMatchObject({ app: { free: true, entry: { name: 'bank' } } });
  });
});

describe('the audit of the registry', () => {
  it('is read over HTTP in pages', async () => {
    const { body } = await api('apps/audit?from=2&max=2');
    expect(body).toMatchObject({
      rows: [
        { sequence: 2, body: { action: 'app-added', app: 'shop' } },
        { sequence: 3, body: { action: 'app-changed', actor: { name: 'function-key' } } },
      ],
      next: 4,
      sequence: 3,
    });
  });

  it('verifies', async () => {
    expect(await slipway(['apps', 'audit', 'verify'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^chain of 3 rows verifies, head [0-9a-f]{64}\n$/) as unknown,
    });
  });

  it('sees an entry that was edited behind it, and a row that was', async () => {
    const table = rawTable(azurite, 'apps');
    const rowKey = nameRow('bank');
    const { state } = await table.getEntity<{ state: string }>(APPS_PARTITION, rowKey);
    const edited = state.replace('"staging"', '"green"');
    await table.updateEntity({ partitionKey: APPS_PARTITION, rowKey, state: edited });
    const entry = await slipway(['apps', 'audit', 'verify']);
    expect(entry.code).toBe(1);
    expect(entry.stdout).toContain('these apps are not as it says: bank');

    const audit = { partitionKey: APPS_PARTITION, rowKey: auditRow(APPS_PARTITION, 2) };
    await table.updateEntity({ ...audit, prevHash: 'f'.repeat(64) });
    const row = await slipway(['apps', 'audit', 'verify', '--json']);
    expect(row.code).toBe(1);
    expect(JSON.parse(row.stdout)).toMatchObject({ chain: { ok: false, sequence: 2 } });
  });
});

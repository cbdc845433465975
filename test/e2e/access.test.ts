/** Who may come in: every route × every proof of who asks × every way in, over real HTTP. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { PAGE, PAGE_FILES } from '../../src/api/page-files.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import { spawnFunctionsHost, type SpawnedFunctionsHost } from '../../src/local/host/spawn.ts';
import { startTestAzurite } from '../support/azurite.ts';
import { ADA, principalHeader } from '../support/client-principal.ts';
import { demandDescribed } from '../support/described-answers.ts';
import { httpSend, type Written } from '../support/http-send.ts';
import {
  ADMIN,
  ENTRIES,
  type Entry,
  expected,
  KEYS,
  PRINCIPAL,
  SHOWN,
  type Shown,
  WAYS,
} from './access-matrix.ts';

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url));

let azurite: Azurite;
let folder: string;
const hosts = new Map<string, SpawnedFunctionsHost>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-access-'));
  azurite = await startTestAzurite();
  const mainFile = join(folder, 'main.cjs');
  await build({
    ...{ entryPoints: [inProject('src/main.ts')], outfile: mainFile, bundle: true },
    ...{ platform: 'node', target: 'node22', format: 'cjs', logLevel: 'warning' },
    external: ['@azure/functions-core'],
  });
  await mkdir(join(folder, 'dashboard'));
  for (const name of [PAGE, ...PAGE_FILES]) {
    await writeFile(join(folder, 'dashboard', name), `<!-- ${name} -->`);
  }
  for (const mode of new Set(Object.values(WAYS).map((way) => way.mode))) {
    hosts.set(mode, await startHost(mainFile, mode));
  }
});

afterAll(async () => {
  await Promise.all([...hosts.values()].map((host) => host.stop()));
  await azurite.stop();
  await rm(folder, { recursive: true });
});

function startHost(mainFile: string, mode: string): Promise<SpawnedFunctionsHost> {
  return spawnFunctionsHost({
    ...{ mainFile, hostJsonFile: inProject('host.json'), port: 0, functionKeys: KEYS },
    storageConnectionString: azurite.connectionString,
    env: {
      SLIPWAY_AUTH: mode,
      SLIPWAY_APPS: 'open',
      // Once a year: nothing happens by itself here.
      SLIPWAY_CLOCK_SCHEDULE: '0 0 0 1 1 *',
      // Nothing is asked there; `anonymous` needs them.
      SLIPWAY_ARM_ENDPOINT: 'http://127.0.0.1:1',
      SLIPWAY_LOGS_ENDPOINT: 'http://127.0.0.1:1',
      SLIPWAY_SITES_ENDPOINT: 'http://127.0.0.1:1',
    },
    log: () => undefined,
  });
}

const ERROR = z.object({ error: z.object({ code: z.string() }) });

async function send(
  way: { readonly mode: string; readonly under: string },
  entry: Entry,
  shown: Pick<Shown, 'headers' | 'code'>,
): Promise<{ status: number; code: string | undefined }> {
  const origin = hosts.get(way.mode)?.url ?? '';
  const { method, body } = entry;
  const [path = '', query] = entry.path.split('?');
  const queries = [query, shown.code === undefined ? undefined : `code=${shown.code}`];
  const search = queries.filter((part) => part !== undefined).join('&');
  const answer = await httpSend({
    method,
    url: { origin, path: `/api/${way.under}${path}${search === '' ? '' : `?${search}`}` },
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...shown.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  demandDescribed({ method, path: entry.path }, answer);
  const error = answer.body.startsWith('{')
    ? ERROR.safeParse(JSON.parse(answer.body)).data
    : undefined;
  return { status: answer.status, code: error?.error.code };
}

const GUARDED = ENTRIES.filter(({ right }) => right !== 'open');

describe('every route', () => {
  it('is in the matrix, at every address that it has', () => {
    const names = new Set(ENTRIES.map(({ name }) => name));
    for (const [mode, host] of hosts) {
      const registered = host.functions.filter(({ type }) => type === 'http');
      const guarded = new Set(GUARDED.map(({ name }) => name));
      const twins = mode === 'easy-auth' ? [...guarded].map((name) => `${name}-by-key`) : [];
      expect(registered.map(({ name }) => name).toSorted()).toEqual(
        [...names, ...twins].toSorted(),
      );
    }
  });

  for (const [name, way] of Object.entries(WAYS)) {
    // Of the page's files there is no address for keys.
    it.each(way.under === '' ? ENTRIES : GUARDED)(`${name}: $method $path`, async (entry) => {
      const shown = Object.entries(SHOWN);
      const answers = await Promise.all(shown.map(([, one]) => send(way, entry, one)));
      const got = answers.map(({ status }, index) => [shown[index]?.[0], status]);
      const wanted = shown.map(([what, one]) => [
        what,
        expected(way.known(one, entry.right), entry),
      ]);
      expect(got).toEqual(wanted);
      for (const { status, code } of answers) {
        // The host's own refusal has no body.
        if (status === 401) expect([undefined, 'unauthenticated']).toContain(code);
        if (status === 403) expect(code).toBe('forbidden');
      }
    });
  }
});

describe('a page of another site', () => {
  const changing = ENTRIES.filter(({ method }) => method !== 'GET');
  const shown = { [PRINCIPAL]: ADMIN };

  it.each(
    ['behind Easy Auth', 'on this machine, asking nobody'].flatMap((name) =>
      changing.map((entry) => ({ ...entry, way: name })),
    ),
  )('changes nothing: $way, $method $path', async ({ way: name, ...entry }) => {
    const way = WAYS[name] ?? { mode: '', under: '' };
    const pages = [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example.com' }];
    for (const page of pages) {
      const answer = await send(way, entry, { headers: { ...shown, ...page } });
      expect(answer).toEqual({ status: 403, code: 'forbidden' });
    }
    if (entry.body === undefined) return;
    const form = await send(way, entry, { headers: { ...shown, 'content-type': 'text/plain' } });
    expect(form).toEqual({ status: 415, code: 'not-json' });
  });

  it('that calls this machine by a name of its own is not answered', async () => {
    const host = { headers: { host: 'evil.example.com' } };
    const way = { mode: 'anonymous', under: '' };
    for (const entry of GUARDED) {
      expect(await send(way, entry, host)).toEqual({ status: 403, code: 'forbidden' });
    }
  });
});

const START = JSON.stringify({
  target: {
    subscriptionId: '11111111-2222-3333-4444-555555555555',
    resourceGroup: 'rg',
    site: 'shop',
  },
  ...{ slot: 'staging', version: '2.0.0' },
});

async function started(
  path: string,
  headers: Written['headers'],
): Promise<z.output<typeof RELEASE>> {
  const url = { origin: hosts.get('easy-auth')?.url ?? '', path };
  const json = { 'content-type': 'application/json', ...headers };
  const answer = await httpSend({ method: 'POST', url, headers: json, body: START });
  return RELEASE.parse(JSON.parse(answer.body));
}

const RELEASE = z.object({
  release: z.object({ id: z.string(), links: z.object({ self: z.string() }) }),
});

describe('the page', () => {
  const OPEN = ENTRIES.filter(({ right }) => right === 'open');

  it.each(OPEN)('is the same for everybody: $path', async ({ path }) => {
    const bodies = new Set<string>();
    for (const host of hosts.values()) {
      for (const { headers } of Object.values(SHOWN)) {
        const url = { origin: host.url, path: `/api/${path}` };
        bodies.add((await httpSend({ method: 'GET', url, headers })).body);
      }
    }
    expect([...bodies]).toHaveLength(1);
  });

  it.each(['dashboard', 'dashboard/app.js'])('has no address for keys: %s', async (path) => {
    const origin = hosts.get('easy-auth')?.url ?? '';
    const headers = { 'x-functions-key': KEYS.host };
    const answer = await httpSend({
      method: 'GET',
      url: { origin, path: `/api/keys/${path}` },
      headers,
    });
    expect(answer.status).toBe(404);
  });

  it('is read, and nothing else', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const url = { origin: hosts.get('anonymous')?.url ?? '', path: '/api/dashboard' };
      expect((await httpSend({ method, url, headers: {} })).status).toBe(404);
    }
  });
});

describe('the audit', () => {
  it.each([
    ['a person', ['preferred_username', 'ada@contoso.com'], 'ada@contoso.com'],
    [
      'a service',
      ['azp', '7c1d5d1e-95c5-4a8c-8a0e-7a1f0d4b8c33'],
      '7c1d5d1e-95c5-4a8c-8a0e-7a1f0d4b8c33',
    ],
  ] as const)(
    'shows %s as Entra does, whatever name it gives itself',
    async (_what, claim, name) => {
      const header = principalHeader([['oid', ADA], claim, ['roles', 'Slipway.Operator']]);
      const headers = { [PRINCIPAL]: header, 'x-slipway-actor': 'somebody else' };
      const { id } = (await started('/api/releases', headers)).release;
      const answer = await httpSend({
        ...{ method: 'GET', headers },
        url: { origin: hosts.get('easy-auth')?.url ?? '', path: `/api/releases/${id}/audit?max=1` },
      });
      expect(JSON.parse(answer.body)).toMatchObject({
        rows: [{ body: { actor: { kind: 'operator', name, objectId: ADA } } }],
      });
    },
  );
});

describe('the address for machines', () => {
  it('gives out links that lead back to it', async () => {
    const { id, links } = (await started('/api/keys/releases', { 'x-functions-key': KEYS.host }))
      .release;
    expect(links.self).toBe(`${hosts.get('easy-auth')?.url ?? ''}/api/keys/releases/${id}`);
  });

  it('is no way around a key, however it is written', async () => {
    const origin = hosts.get('easy-auth')?.url ?? '';
    for (const path of [
      '/api/KEYS/releases',
      '/api/keys//releases',
      '/API/keys/./releases',
      '/api/%6beys/releases',
    ]) {
      const answer = await httpSend({
        ...{ method: 'GET', url: { origin, path }, headers: { [PRINCIPAL]: ADMIN } },
      });
      expect({ path, status: answer.status }).toEqual({ path, status: 401 });
    }
  });
});

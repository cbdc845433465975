/**
 * Secrets are planted wherever they live: keys, tokens, signatures, answers that repeat them. A release
 * is led through success and through every failure of what Slipway depends on; then everything that was
 * written anywhere is searched.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { QUEUES, TABLES } from '../../src/adapters/store/names.ts';
import { rawTable } from '../support/azurite.ts';
import { type LeakyProxy, startLeakyProxy } from '../support/leaky-proxy.ts';
import { startApp, startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { begin } from '../support/local/story.ts';
import { eventually, pause } from '../support/local/waiting.ts';
import { type OtlpCollector, startOtlpCollector } from '../support/otlp-collector.ts';

const canary = (name: string): string => `${name}${randomBytes(15).toString('hex')}`;
const jwtPart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Each by its own name, so that a finding says where it came from. */
const SECRETS = {
  accountKey: randomBytes(64).toString('base64'),
  sas: canary('sas'),
  password: canary('password'),
  functionKey: `${canary('key')}AzFu${canary('x').slice(0, 16)}==`,
  code: canary('code'),
  token: `${jwtPart({ alg: 'RS256' })}.${jwtPart({ upn: canary('upn') })}.${canary('signed')}`,
  principal: Buffer.from(JSON.stringify({ claims: [{ typ: 'x', val: canary('claim') }] })).toString(
    'base64',
  ),
  clientSecret: canary('client'),
  webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
  webhookToken: canary('hook'),
  userInfo: canary('user'),
  brokenSetting: canary('broken'),
};

/** As Azure, its SDKs and gateways write them. */
const LEAKS = [
  `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${SECRETS.accountKey};EndpointSuffix=core.windows.net`,
  `https://shop.blob.core.windows.net/logs?sv=2024-01-01&sig=${SECRETS.sas}&se=2027`,
  `Server=tcp:shop.database.windows.net;User Id=shop;Password=${SECRETS.password};`,
  `{"name":"API","password":"${SECRETS.password}","client_secret":"${SECRETS.clientSecret}"}`,
  `Authorization: Bearer ${SECRETS.token}`,
  `x-functions-key: ${SECRETS.functionKey}`,
  `x-ms-client-principal: ${SECRETS.principal}`,
  `https://ops:${SECRETS.userInfo}@shop.example/?code=${SECRETS.code}`,
  `getaddrinfo ENOTFOUND https://shop.example/?token=${SECRETS.code}`,
  SECRETS.webhookSecret,
];

interface Written {
  readonly where: string;
  readonly text: string;
}

let world: LocalWorld;
let arm: LeakyProxy;
let logs: LeakyProxy;
let hook: Server;
let collector: OtlpCollector;
let hookStatus = 200;
const written: Written[] = [];
const note = (where: string, text: string): void => {
  written.push({ where, text });
};

beforeAll(async () => {
  arm = await startLeakyProxy(LEAKS);
  logs = await startLeakyProxy(LEAKS);
  collector = await startOtlpCollector();
  hook = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => note('webhook', text));
    request.on('end', () => response.writeHead(hookStatus).end(LEAKS.join('\n')));
  });
  await new Promise<void>((resolve) => {
    hook.listen(0, '127.0.0.1', resolve);
  });
  const { port } = hook.address() as AddressInfo;
  world = await startLocalWorld({
    shops: ['shop-secret'],
    settings: {
      SLIPWAY_ARM_ENDPOINT: arm.url,
      SLIPWAY_LOGS_ENDPOINT: logs.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      SLIPWAY_WEBHOOK_URL: `http://127.0.0.1:${port}/hooks/${SECRETS.webhookToken}?token=${SECRETS.webhookToken}`,
      SLIPWAY_WEBHOOK_SECRET: SECRETS.webhookSecret,
    },
    listen: (line) => note('output', line),
  });
  arm.forwardTo(world.appService.armUrl);
  logs.forwardTo(world.logs.url);
});

afterAll(async () => {
  await world.stop();
  await Promise.all([arm.stop(), logs.stop(), collector.stop()]);
  hook.closeAllConnections();
  hook.close();
});

async function ask(path: string, init: RequestInit = {}): Promise<number> {
  const answer = await fetch(`${world.host.url}/api/${path}`, init);
  const headers = [...answer.headers].map((pair) => pair.join(': ')).join('\n');
  note(`answer to ${init.method ?? 'GET'} /api/${path}`, `${headers}\n${await answer.text()}`);
  return answer.status;
}

/** Everything of Slipway that lies in storage. */
async function noteStorage(): Promise<void> {
  for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    for await (const row of rawTable(world.azurite, name).listEntities()) {
      note(`table ${name}, row ${row.rowKey ?? ''}`, JSON.stringify(row));
    }
  }
  const queues = QueueServiceClient.fromConnectionString(world.azurite.connectionString);
  for (const name of Object.values(QUEUES).flatMap((queue) => [queue, `${queue}-poison`])) {
    const queue = queues.getQueueClient(name);
    if (!(await queue.exists())) continue;
    const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) note(`queue ${name}`, messageText);
  }
}

/** Where which secret was found; the searched text itself is not repeated. */
function found(): string[] {
  const storageKey = /AccountKey=([^;]+)/.exec(world.azurite.connectionString)?.[1] ?? '';
  const own = { storageKey, hostKey: world.host.keys.host, masterKey: world.host.keys.master };
  const signatures = Object.fromEntries(
    [...arm.signatures()].map((text, index) => [`signature ${index}`, text]),
  );
  const all = Object.entries({ ...SECRETS, ...own, ...signatures });
  return written.flatMap(({ where, text }) =>
    all
      .flatMap(([name, secret]) => [
        [name, secret] as const,
        [`${name}, encoded`, encodeURIComponent(secret)] as const,
      ])
      .filter(([, secret]) => text.includes(secret))
      .map(([name]) => `${name} in ${where}`),
  );
}

describe('no secret is written anywhere', () => {
  it(
    'in success, in every failure, in refusals and at start-up',
    { timeout: 240_000 },
    async () => {
      const good = await begin(world, 'shop-secret', { content: 'shop@2.0.0' });
      hookStatus = 500;
      await good.atWeight(20);
      for (const dependency of [logs, arm]) {
        for (const mood of [401, 403, 404, 429, 500, 'cut'] as const) {
          const before = dependency.failures();
          dependency.be(mood);
          await eventually('failures', async () => dependency.failures() > before + 1 || undefined);
        }
        dependency.be('pass');
      }
      hookStatus = 200;
      await ask(`releases/${good.id}`, { headers: { 'x-functions-key': SECRETS.functionKey } });
      // Whatever that did to the release, it ends; a swap is what has a signed Location.
      await good.untilTrue(({ finished, phase }) => finished || phase === 'paused');
      await world.slipway.command(good.id, 'promote');
      await good.untilTrue(({ phase, finished }) => finished || phase === 'watching');
      expect(arm.signatures().length).toBeGreaterThan(0);

      await refusals(good.id);
      await brokenStart();
      await world.restartHost();
      await good.untilTrue(({ finished }) => finished);
      await noteStorage();
      for (const body of collector.bodies) note('telemetry', body);
      for (const args of [['verify'], ['verify', '--json'], ['export']]) {
        const { stdout } = await world.cli('audit', ...args, good.id);
        note(`slipway audit ${args.join(' ')}`, stdout);
      }
      // The search itself works: what was planted in the open is there.
      expect(written.some(({ text }) => text.includes(good.id))).toBe(true);
      expect(written.some(({ where }) => where === 'webhook')).toBe(true);
      expect(collector.spans.some(({ attributes }) => 'error.type' in attributes)).toBe(true);
      expect(written.some(({ text }) => text.includes('[redacted]'))).toBe(true);
      expect([...new Set(found())]).toEqual([]);
    },
  );
});

/** Callers who send secrets, right and wrong ones. */
async function refusals(id: string): Promise<void> {
  const key = world.host.keys.host;
  const headers = {
    'x-functions-key': key,
    'x-ms-client-principal': SECRETS.principal,
    authorization: `Bearer ${SECRETS.token}`,
    cookie: `AppServiceAuthSession=${SECRETS.clientSecret}`,
  };
  for (const path of ['releases', `releases/${id}`, `releases/${id}/audit`, 'poison', 'health']) {
    expect(await ask(path, { headers })).toBe(200);
    expect(await ask(`${path}?code=${SECRETS.code}`)).toBe(401);
  }
  const body = LEAKS.join('\n');
  await ask('releases', { method: 'POST', headers, body });
  await ask(`releases/${id}/pause`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ reason: body }),
  });
  await world.send('releases', body);
  await world.send('ticks', body);
  await eventually('poison', async () => (await world.slipway.poison()).length >= 2 || undefined);
  await ask('poison', { headers });
}

/** A host whose settings are broken, each with a secret in it. */
async function brokenStart(): Promise<void> {
  const host = await startApp({
    azurite: world.azurite,
    settings: {
      SLIPWAY_CLOCK_SCHEDULE: '*/1 * * * * *',
      SLIPWAY_ARM_ENDPOINT: `https://ops:${SECRETS.brokenSetting}@example.org`,
      SLIPWAY_WEBHOOK_URL: `http://example.org/${SECRETS.brokenSetting}`,
      SLIPWAY_WEBHOOK_SECRET: SECRETS.brokenSetting,
      SLIPWAY_WORKSPACE_ID: SECRETS.brokenSetting,
      AZURE_CLIENT_ID: SECRETS.brokenSetting,
    },
    log: (line) => note('output of a host with broken settings', line),
  });
  try {
    const answer = await fetch(`${host.url}/api/health`, {
      headers: { 'x-functions-key': host.keys.host },
    });
    note('health of broken settings', await answer.text());
    await pause(1_500);
  } finally {
    await host.stop();
  }
}

/** Raw bytes to the function app as it runs on this machine: real HTTP, real tables, real queues. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import fc from 'fast-check';

import { type Azurite, startAzurite } from '../../../src/local/azurite.ts';
import { type SpawnedFunctionsHost, spawnFunctionsHost } from '../../../src/local/host/spawn.ts';
import { must, type Outcome, target } from '../engine.ts';
import { hostileText, spoilt, spoiltJsonText } from '../hostile.ts';
import { COMMAND, RELEASE_ID, SHORT_START, SITE_ID } from '../samples.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const KEYS = { host: 'the-host-key', master: 'the-master-key' };
/** Nothing listens there: what the app would ask of Azure fails at once. */
const NOWHERE = 'http://127.0.0.1:9';

let folder: string | undefined;
let azurite: Azurite | undefined;
let host: SpawnedFunctionsHost | undefined;

export async function openWire(): Promise<void> {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-wire-'));
  const mainFile = path.join(folder, 'main.cjs');
  await build({
    entryPoints: [path.join(ROOT, 'src/main.ts')],
    outfile: mainFile,
    ...{ bundle: true, platform: 'node', target: 'node22', format: 'cjs', logLevel: 'warning' },
    external: ['@azure/functions-core'],
  });
  azurite = await startAzurite({ log: () => undefined });
  host = await spawnFunctionsHost({
    mainFile,
    hostJsonFile: path.join(ROOT, 'host.json'),
    storageConnectionString: azurite.connectionString,
    port: 0,
    functionKeys: KEYS,
    env: {
      SLIPWAY_CLOCK_SCHEDULE: '0 0 0 1 1 *',
      SLIPWAY_ARM_ENDPOINT: NOWHERE,
      SLIPWAY_LOGS_ENDPOINT: NOWHERE,
      SLIPWAY_SITES_ENDPOINT: NOWHERE,
    },
    log: () => undefined,
    limits: { requestLimitMs: 400 },
  });
}

export async function closeWire(): Promise<void> {
  await host?.stop();
  await azurite?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
}

interface Wire {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** What is said of the body's length. */
  readonly length:
    'right' | 'less' | 'more' | 'none' | 'chunked' | 'broken chunks' | 'both' | 'nonsense' | 'huge';
}

const wire: fc.Arbitrary<Wire> = fc.record({
  method: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'POST') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'PUT',
        'DELETE',
        'HEAD',
        'OPTIONS',
        'TRACE',
        'CONNECT',
        'get',
        'XX',
        '',
      ),
    },
  ),
  path: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        '/api/releases',
        `/api/releases/${RELEASE_ID}/pause`,
        '/api/poison',
      ),
    },
    {
      weight: 4,
      arbitrary: spoilt(
        '/api/releases',
        `/api/releases/${RELEASE_ID}`,
        `/api/apps?site=${SITE_ID}`,
        '/admin/functions/clock',
        'http://127.0.0.1/api/health',
      ).map((text) => text.replace(/[\r\n ]/g, '')),
    },
  ),
  headers: fc.array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          'host',
          'cookie',
          'x-slipway-actor',
          'content-type',
          'transfer-encoding',
          'expect',
          'upgrade',
          'origin',
          'range',
        ),
        hostileText,
      ),
      spoilt('127.0.0.1', 'application/json', 'chunked', '100-continue'),
    ),
    { maxLength: 3 },
  ),
  body: spoiltJsonText(SHORT_START, COMMAND).map((text) => text.slice(0, 100_000)),
  length: fc.constantFrom(
    'right',
    'right',
    'right',
    'less',
    'more',
    'none',
    'chunked',
    'broken chunks',
    'both',
    'nonsense',
    'huge',
  ),
});

function bytesOf({ method, path: address, headers, body, length }: Wire): Buffer {
  const bytes = Buffer.from(body);
  const chunk = `${bytes.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const framing: Record<Wire['length'], readonly [string, string]> = {
    right: [`content-length: ${bytes.length}\r\n`, body],
    less: [`content-length: ${Math.floor(bytes.length / 2)}\r\n`, body],
    // Never comes whole: it must be cut off.
    more: [`content-length: ${bytes.length + 100}\r\n`, body],
    none: ['', body],
    chunked: ['transfer-encoding: chunked\r\n', chunk],
    'broken chunks': ['transfer-encoding: chunked\r\n', `zz\r\n${body}`],
    both: [`transfer-encoding: chunked\r\ncontent-length: ${bytes.length}\r\n`, chunk],
    nonsense: ['content-length: 1e3\r\n', body],
    huge: ['content-length: 99999999999\r\n', body],
  };
  const [said, sent] = framing[length];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(
    `${method} ${address} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-functions-key: ${KEYS.host}\r\nconnection: close\r\n${lines}${said}\r\n${sent}`,
  );
}

/** Everything that comes back until the connection ends. */
async function exchange(bytes: Buffer): Promise<string> {
  const { port } = new URL(host?.url ?? '');
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  const ended = Promise.withResolvers<undefined>();
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  // A connection that is cut off in the middle of what we send is an answer too.
  socket.on('error', () => undefined);
  socket.on('close', () => ended.resolve(undefined));
  // Not ended by us: the server takes that for a caller who is gone.
  socket.write(bytes);
  await ended.promise;
  return Buffer.concat(parts).toString('latin1');
}

async function attempt(input: Wire): Promise<Outcome> {
  const answer = await exchange(bytesOf(input));
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) =>
    Number(status),
  );
  must(
    statuses.every((status) => status < 500),
    `it answered ${answer.slice(0, 300)}`,
  );
  must(!/node_modules|\.ts:\d+|the-host-key/.test(answer), 'the answer shows what is inside');
  must(statuses.length > 0 || answer === '', `no HTTP came back: ${answer.slice(0, 100)}`);
  return statuses.some((status) => status < 300) ? 'accepted' : 'refused';
}

export const wireTargets = [target<Wire>({ name: 'wire', share: 0.5, inputs: wire, attempt })];

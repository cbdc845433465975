/**
 * The function app under load: the real bundle in the real local host, Azurite with indexed tables, an
 * App Service of many sites and a lean Log Analytics. The host runs at time scale 1: every wait is real.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';

import { QUEUES, TABLES } from '../../src/adapters/store/names.ts';
import { startAzurite, type Azurite } from '../../src/local/azurite.ts';
import { spawnFunctionsHost, type SpawnedFunctionsHost } from '../../src/local/host/spawn.ts';
import { createStops } from '../../src/local/local-azure/stops.ts';
import { createAzuriteDoor, type AzuriteDoor } from './azurite-door.ts';
import { parseHostLine } from './host-report.ts';
import { startLeanLogs, type LeanLogs } from './lean-logs.ts';
import { Meter } from './meter.ts';
import { startSites, type Sites } from './sites.ts';

export interface WorldOptions {
  readonly sites: number;
  readonly subscriptions: number;
  readonly queryMs: number;
  /** ARM turns nobody away before it is told to (`sites.enforce`). */
  readonly lenient?: boolean;
  /** NCRONTAB; `never` for tests that send ticks themselves. */
  readonly clock?: string;
}

export interface World {
  readonly azurite: Azurite;
  readonly door: AzuriteDoor;
  readonly sites: Sites;
  readonly logs: LeanLogs;
  readonly meter: Meter;
  readonly host: SpawnedFunctionsHost;
  /** Lines of warnings and errors of the host, by their text without ids; how often. */
  readonly complaints: ReadonlyMap<string, number>;
  readonly queues: QueueServiceClient;
  table(name: keyof typeof TABLES): TableClient;
  send(queue: keyof typeof QUEUES, texts: readonly string[]): Promise<void>;
  /** Messages that are still in the queue, invisible ones too. */
  waiting(queue: keyof typeof QUEUES): Promise<number>;
  /** Starts the function app; until then messages stay in their queues. */
  startHost(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_30_SECONDS = '*/30 * * * * *';
/** On New Year's Eve. */
const NEVER = '0 0 0 31 12 *';
const WORKSPACE_ID = '22222222-2222-4222-8222-222222222222';
const AZURITE_HEAP_MB = 12_000;
const SENDERS = 32;

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url));
const preload = (file: string): string =>
  `--import ${pathToFileURL(inProject(`test/load/${file}`)).href}`;

/** Bundles the function app, as `npm run build` does. */
export async function buildApp(): Promise<void> {
  await promisify(execFile)(process.execPath, [inProject('build.mjs')]);
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const stops = createStops(() => undefined);
  try {
    return await assemble(options, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function assemble(
  options: WorldOptions,
  stops: ReturnType<typeof createStops>,
): Promise<World> {
  const complaints = new Map<string, number>();
  const log = (line: string): void => complain(complaints, line);
  const door = createAzuriteDoor();
  const azurite = await startAzurite({
    env: {
      NODE_OPTIONS: `--max-old-space-size=${AZURITE_HEAP_MB} ${preload('indexed-azurite.ts')}`,
    },
    log: (line) => door.hear(line),
  });
  stops.add('Azurite', () => azurite.stop());
  const logs = await startLeanLogs({ queryMs: options.queryMs });
  stops.add('Log Analytics', () => logs.stop());
  const { sites: count, subscriptions, lenient = false } = options;
  const sites = await startSites({ count, subscriptions, lenient, log });
  stops.add('App Service', () => sites.stop());
  const meter = new Meter({ table: azurite.tableUrl, queue: azurite.queueUrl });
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  for (const name of Object.values(QUEUES)) await queues.getQueueClient(name).createIfNotExists();
  const settings = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    SLIPWAY_WORKSPACE_ID: WORKSPACE_ID,
    SLIPWAY_APPS: 'open',
    SLIPWAY_CLOCK_SCHEDULE: options.clock === 'never' ? NEVER : (options.clock ?? EVERY_30_SECONDS),
    SLIPWAY_ARM_ENDPOINT: sites.armUrl,
    SLIPWAY_LOGS_ENDPOINT: logs.url,
    SLIPWAY_SITES_ENDPOINT: sites.frontEndUrl,
    NODE_OPTIONS: preload('measure-host.ts'),
  };
  let host: SpawnedFunctionsHost | undefined;
  return {
    ...{ azurite, door, sites, logs, meter, complaints, queues },
    get host() {
      if (host === undefined) throw new Error('the host was not started yet');
      return host;
    },
    table: (name) =>
      TableClient.fromConnectionString(azurite.connectionString, TABLES[name], {
        allowInsecureConnection: true,
      }),
    send: async (queue, texts) => {
      const client = queues.getQueueClient(QUEUES[queue]);
      await inParallel(texts, SENDERS, async (text) => {
        await client.sendMessage(text);
      });
    },
    waiting: async (queue) => {
      const { approximateMessagesCount } = await queues
        .getQueueClient(QUEUES[queue])
        .getProperties();
      return approximateMessagesCount ?? 0;
    },
    startHost: async () => {
      const spawned = await spawnFunctionsHost({
        mainFile: inProject('dist/main.cjs'),
        hostJsonFile: inProject('host.json'),
        storageConnectionString: azurite.connectionString,
        port: 0,
        env: settings,
        log: (line) => {
          const report = parseHostLine(line);
          if (report === undefined) log(line);
          else meter.take(report);
        },
      });
      host = spawned;
      stops.add('the functions host', () => spawned.stop());
    },
    stop: () => stops.run(),
  };
}

const COMPLAINT = /^\[(warning|error|critical)\]/;
const KINDS_MAX = 200;

/** Kept by kind: ids, numbers and times are blanked. */
function complain(complaints: Map<string, number>, line: string): void {
  if (!COMPLAINT.test(line)) return;
  const kind = line
    .replaceAll(/[0-9a-f]{8,}[-0-9a-f]*/g, '…')
    .replaceAll(/\d+/g, 'n')
    .slice(0, 160);
  if (complaints.size < KINDS_MAX || complaints.has(kind)) {
    complaints.set(kind, (complaints.get(kind) ?? 0) + 1);
  }
}

/** Works on all items, at most so many at once. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

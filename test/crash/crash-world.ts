/**
 * The world of the crash test, all of it real: Azurite on disk, an App Service with a process in each
 * slot, Application Insights with its workspace, and two functions hosts over the same tables and
 * queues. Only the hosts are killed (Azurite acknowledges before it saves, azure.md 11).
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { QueueServiceClient } from '@azure/storage-queue';

import { QUEUES } from '../../src/adapters/store/names.ts';
import { connectStore, type ConnectedStore } from '../../src/adapters/store/connect.ts';
import { QUEUE_ENCODING } from '../../src/app.ts';
import { limitsAt, type Limits } from '../../src/limits.ts';
import {
  startAppService,
  type AppServiceStandIn,
} from '../../src/local/app-service/app-service.ts';
import { startAzurite, type Azurite } from '../../src/local/azurite.ts';
import { createStops } from '../../src/local/local-azure/stops.ts';
import {
  startLogAnalytics,
  type LogAnalytics,
} from '../../src/local/log-analytics/start-log-analytics.ts';
import type { ProxyHooks } from '../support/faulting-proxy.ts';
import { siteOf, WORKSPACE_ID } from '../support/local/local-world.ts';
import { createShop, type Shop } from '../support/local/shop.ts';
import { createSlipwayClient, type SlipwayClient } from '../support/local/slipway-client.ts';
import { startCrashHost, type CrashHost, type Service } from './crash-host.ts';
import { contentOf, workerProcess } from './worker-content.ts';

export interface CrashWorldOptions {
  readonly sites: readonly string[];
  readonly hosts?: readonly string[];
  /** Of every host, besides those of the world itself. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly swapMs?: number;
  /** The function app's bundle; default: what `npm run build` made. */
  readonly mainFile?: string | undefined;
  readonly hooks?: (host: string, service: Service) => ProxyHooks;
  readonly log: (line: string) => void;
}

export interface CrashWorld {
  readonly azurite: Azurite;
  readonly appService: AppServiceStandIn;
  readonly logs: LogAnalytics;
  readonly hosts: readonly CrashHost[];
  readonly limits: Limits;
  /** The store itself, past the proxies: what is true whatever is broken. */
  readonly store: ConnectedStore;
  /** Over HTTP, of a host that is up. */
  readonly slipway: SlipwayClient;
  /** With visitors from the first call on. @throws Error for a name that was not given at the start */
  site(name: string): Shop;
  /** No visitors any more, until somebody asks for the site again. */
  leave(name: string): void;
  /** Puts a start on the queue as CI does, past the proxies. */
  send(message: string): Promise<void>;
  /** Messages on a queue, hidden ones too. */
  waiting(queue: keyof typeof QUEUES): Promise<number>;
  /** The longest that this process could not run, so far; then the stand-ins answered nobody. */
  stalledMs(): number;
  stop(): Promise<void>;
}

/** Minutes become three seconds: room for hosts that die, and for a machine that is busy. */
export const CRASH_TIME_SCALE = 20;
const HOSTS = ['a', 'b'];
const KEY = 'crash-test-host-key';
const VISITS_PER_SECOND = 8;
const TELEMETRY_KEPT_MS = 3 * 60_000;
const SWAP_MS = 1_500;

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** Starts everything; what was started by then is stopped again when a part fails. */
export async function startCrashWorld(options: CrashWorldOptions): Promise<CrashWorld> {
  const stops = createStops(options.log);
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'slipway-crash-'));
    stops.add('the folder', () => rm(folder, { recursive: true, force: true }));
    const parts = await startParts(options, { folder, stops });
    return worldOf(options, parts, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

interface Parts {
  readonly store: ConnectedStore;
  readonly azurite: Azurite;
  readonly logs: LogAnalytics;
  readonly appService: AppServiceStandIn;
  readonly hosts: readonly CrashHost[];
}

interface Starting {
  readonly folder: string;
  readonly stops: ReturnType<typeof createStops>;
}

async function startParts(options: CrashWorldOptions, { folder, stops }: Starting): Promise<Parts> {
  const { log, hosts: names = HOSTS, swapMs = SWAP_MS } = options;
  // A bundle that is built anew meanwhile must not change what is tested.
  const mainFile = path.join(folder, 'main.cjs');
  await copyFile(options.mainFile ?? inProject('dist/main.cjs'), mainFile);
  const azurite = await startAzurite({ dataDir: path.join(folder, 'azurite'), log });
  stops.add('Azurite', () => azurite.stop());
  const { connectionString } = azurite;
  const store = connectStore({ connectionString }, { encoding: QUEUE_ENCODING });
  await store.ensureTables();
  const logs = await startLogAnalytics({
    ...{ workspaceId: WORKSPACE_ID, retentionMs: TELEMETRY_KEPT_MS, log },
  });
  stops.add('Log Analytics', () => logs.stop());
  const appService = await startAppService({
    timeScale: CRASH_TIME_SCALE,
    swapDurationMs: swapMs * CRASH_TIME_SCALE,
    sites: options.sites.map((name) => siteOf(name, contentOf('v1'))),
    resolveContent: (content) => workerProcess(content, logs),
    log,
  });
  stops.add('App Service', () => appService.stop());
  const hosts = await Promise.all(
    names.map((name) =>
      startCrashHost({
        ...{ name, mainFile, log, key: KEY },
        hostJsonFile: inProject('host.json'),
        connectionString,
        frontEndUrl: appService.frontEndUrl,
        targets: {
          tables: originOf(azurite.tableUrl),
          queues: originOf(azurite.queueUrl),
          arm: appService.armUrl,
          logs: logs.url,
        },
        settings: { SLIPWAY_TIME_SCALE: String(CRASH_TIME_SCALE), ...options.settings },
        hooks: options.hooks ?? (() => ({})),
      }),
    ),
  );
  for (const host of hosts) stops.add(`host ${host.name}`, () => host.stop());
  return { azurite, store, logs, appService, hosts };
}

function worldOf(options: CrashWorldOptions, parts: Parts, stops: Starting['stops']): CrashWorld {
  const { azurite, appService, hosts } = parts;
  const visited = new Map<string, Shop>();
  const leave = (name: string): void => {
    visited.get(name)?.visitors.stop();
    visited.delete(name);
  };
  stops.add('visitors', async () => [...visited.keys()].forEach(leave));
  const stalls = monitorEventLoopDelay({ resolution: 20 });
  stalls.enable();
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  return {
    ...parts,
    limits: limitsAt(CRASH_TIME_SCALE),
    slipway: createSlipwayClient(() => doorOf(hosts)),
    site: (name) => {
      if (!options.sites.includes(name)) throw new Error(`there is no site ${name} in this world`);
      const known = visited.get(name);
      if (known !== undefined) return known;
      const site = createShop({
        ...{ name, appService, log: options.log, ratePerSecond: VISITS_PER_SECOND },
        writes: { of: () => [], stop: () => undefined },
      });
      visited.set(name, site);
      return site;
    },
    leave,
    send: async (message) => {
      await queues.getQueueClient(QUEUES.releases).sendMessage(message);
    },
    waiting: async (queue) => {
      const client = queues.getQueueClient(QUEUES[queue]);
      const { approximateMessagesCount = 0 } = await client.getProperties();
      return approximateMessagesCount;
    },
    stalledMs: () => Math.round(stalls.max / 1e6),
    stop: () => stops.run(),
  };
}

let turn = 0;

/** Any host that is up; a port where nobody listens when none is. */
function doorOf(hosts: readonly CrashHost[]): { url: string; key: string } {
  const urls = hosts.map(({ url }) => url).filter((url) => url !== undefined);
  turn += 1;
  return { url: urls[turn % Math.max(1, urls.length)] ?? 'http://127.0.0.1:9', key: KEY };
}

function originOf(url: string): string {
  return new URL(url).origin;
}

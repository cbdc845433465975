/**
 * A whole world for the function app, all of it real: Azurite, an App Service with processes in its
 * slots, Application Insights with its workspace, and the app's bundle in a functions host.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { QueueServiceClient } from '@azure/storage-queue';

import { QUEUES } from '../../../src/adapters/store/names.ts';
import {
  startAppService,
  type AppServiceStandIn,
} from '../../../src/local/app-service/app-service.ts';
import type { SiteDefinition } from '../../../src/local/app-service/types.ts';
import { startAzurite, type Azurite } from '../../../src/local/azurite.ts';
import { spawnFunctionsHost, type SpawnedFunctionsHost } from '../../../src/local/host/spawn.ts';
import { createStops } from '../../../src/local/local-azure/stops.ts';
import {
  startLogAnalytics,
  type LogAnalytics,
} from '../../../src/local/log-analytics/start-log-analytics.ts';
import { shopContent } from '../../../src/local/shop/shop-content.ts';
import { recordArmWrites, type ArmWrites } from './arm-writes.ts';
import { createShop, RESOURCE_GROUP, SLOT, SUBSCRIPTION, type Shop } from './shop.ts';
import { createSlipwayClient, type SlipwayClient } from './slipway-client.ts';

/** Waits of a minute become 2 s; preflight has half a minute, which a loaded machine needs. */
export const TIME_SCALE = 30;
export const WORKSPACE_ID = '22222222-2222-4222-8222-222222222222';
/** At each shop: enough for the plans of `plans.ts`. */
const VISITS_PER_SECOND = 30;
const LOG_LINES_KEPT = 400;

export interface LocalWorldOptions {
  /** Site names: each is a shop with one version in production and an empty slot. */
  readonly shops: readonly string[];
  /** At each shop. Default 30. */
  readonly visitsPerSecond?: number;
  /** Really passes in each swap. Default 2 s. */
  readonly swapMs?: number;
  /** More settings of the function app, for the host too. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Hears every line that any part writes. */
  readonly listen?: (line: string) => void;
}

export interface LocalWorld {
  readonly slipway: SlipwayClient;
  readonly azurite: Azurite;
  readonly appService: AppServiceStandIn;
  readonly logs: LogAnalytics;
  readonly host: SpawnedFunctionsHost;
  /** @throws Error for a name that was not given at the start */
  shop(name: string): Shop;
  /** Puts a text on a queue as it is, as CI (`releases`) or the clock (`ticks`) would. */
  send(queue: keyof typeof QUEUES, text: string): Promise<void>;
  /** kill -9 for the functions host, and another one in its place; the old one's claims stay. */
  restartHost(): Promise<void>;
  /** The bin `slipway` with these arguments, on this world's store. */
  cli(...args: readonly string[]): Promise<{ readonly exitCode: number; readonly stdout: string }>;
  /** What all parts wrote lately, for a message about something that went wrong. */
  lastLines(): string;
  stop(): Promise<void>;
}

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../../${file}`, import.meta.url));

const run = promisify(execFile);

/** Bundles the function app and the command line, as `npm run build` does. */
export async function buildApp(): Promise<void> {
  await run(process.execPath, [inProject('build.mjs')]);
}

/** Starts everything; what was started by then is stopped again when a part fails. */
export async function startLocalWorld(options: LocalWorldOptions): Promise<LocalWorld> {
  const lines: string[] = [];
  const log = (line: string): void => {
    lines.push(line);
    options.listen?.(line);
    if (lines.length > LOG_LINES_KEPT) lines.shift();
  };
  const stops = createStops(log);
  try {
    const parts = await startParts(options, { log, stops });
    const shops = new Map(
      options.shops.map((name) => [
        name,
        createShop({
          ...parts,
          name,
          log,
          ratePerSecond: options.visitsPerSecond ?? VISITS_PER_SECOND,
        }),
      ]),
    );
    stops.add('visitors', async () => shops.forEach((shop) => shop.visitors.stop()));
    return { ...worldOf(parts, stops, shops), lastLines: () => lines.join('\n') };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

export interface AppOptions {
  readonly azurite: Azurite;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** The function app with the project's host.json, on any free port. */
export function startApp({ azurite, settings, log }: AppOptions): Promise<SpawnedFunctionsHost> {
  return spawnFunctionsHost({
    mainFile: inProject('dist/main.cjs'),
    hostJsonFile: inProject('host.json'),
    storageConnectionString: azurite.connectionString,
    port: 0,
    env: { FUNCTIONS_WORKER_RUNTIME: 'node', ...settings },
    log,
  });
}

interface Parts {
  readonly azurite: Azurite;
  readonly logs: LogAnalytics;
  readonly appService: AppServiceStandIn;
  readonly writes: ArmWrites;
  readonly slipway: SlipwayClient;
  readonly host: { current: SpawnedFunctionsHost; start(): Promise<SpawnedFunctionsHost> };
}

interface Starting {
  readonly log: (line: string) => void;
  readonly stops: ReturnType<typeof createStops>;
}

async function startParts(options: LocalWorldOptions, { log, stops }: Starting): Promise<Parts> {
  // Both take their second in processes of their own, meanwhile the rest starts.
  const built = buildApp();
  const azuriteStarts = startAzurite({ log: () => undefined });
  // Awaited below; a failure of what is started meanwhile must not leave them unhandled.
  for (const early of [built, azuriteStarts]) early.catch(() => undefined);
  stops.add('Azurite', async () => (await azuriteStarts).stop());
  const logs = await startLogAnalytics({ workspaceId: WORKSPACE_ID, log });
  stops.add('Log Analytics', () => logs.stop());
  const appService = await startAppService({
    timeScale: TIME_SCALE,
    swapDurationMs: (options.swapMs ?? 2_000) * TIME_SCALE,
    sites: options.shops.map((name) => siteOf(name)),
    resolveContent: (content) => shopContent(content, { connectionString: logs.connectionString }),
    log,
  });
  stops.add('App Service', () => appService.stop());
  const writes = recordArmWrites(appService);
  stops.add('the record of writes', async () => writes.stop());
  const azurite = await azuriteStarts;
  await built;
  const settings = { ...settingsOf(appService, logs), ...options.settings };
  const start = (): Promise<SpawnedFunctionsHost> => startApp({ azurite, settings, log });
  const host = { current: await start(), start };
  stops.add('the functions host', () => host.current.stop());
  const slipway = createSlipwayClient(() => ({
    url: host.current.url,
    key: host.current.keys.host,
  }));
  return { azurite, logs, appService, writes, slipway, host };
}

function worldOf(
  parts: Parts,
  stops: Starting['stops'],
  shops: ReadonlyMap<string, Shop>,
): Omit<LocalWorld, 'lastLines'> {
  const { azurite, appService, logs, slipway, host } = parts;
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  return {
    ...{ slipway, azurite, appService, logs },
    get host() {
      return host.current;
    },
    shop: (name) => {
      const shop = shops.get(name);
      if (shop === undefined) throw new Error(`there is no shop ${name} in this world`);
      return shop;
    },
    send: async (queue, text) => {
      await queues.getQueueClient(QUEUES[queue]).sendMessage(text);
    },
    restartHost: async () => {
      await host.current.kill();
      host.current = await host.start();
    },
    cli: (...args) => runCli(azurite, args),
    stop: () => stops.run(),
  };
}

async function runCli(
  azurite: Azurite,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const env = { AzureWebJobsStorage: azurite.connectionString };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [inProject('dist/slipway.cjs'), ...args],
      { env },
      (error, stdout) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ exitCode, stdout });
      },
    );
  });
}

/** A site with one version in production and an empty slot. */
export function siteOf(name: string, content = 'shop@1.0.0'): SiteDefinition {
  return {
    subscriptionId: SUBSCRIPTION,
    resourceGroup: RESOURCE_GROUP,
    name,
    content,
    slots: [{ name: SLOT }],
    // Hosts that nobody can compute from the names (azure.md 1.1): a guessed one would be a 404.
    uniqueHostNames: { hash: 'a1b2c3d4e5f6a7b8', region: 'westeurope' },
  };
}

/** Settings of a function app that works against these stand-ins. */
export function settingsOf(
  appService: Pick<AppServiceStandIn, 'armUrl' | 'frontEndUrl'>,
  logs: Pick<LogAnalytics, 'url'>,
): Record<string, string> {
  return {
    // host.json's two seconds are right for Azure, where each look at a queue costs money.
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.500',
    SLIPWAY_WORKSPACE_ID: WORKSPACE_ID,
    // Stories of the registry turn it on; the others are about releases.
    SLIPWAY_APPS: 'open',
    SLIPWAY_CLOCK_SCHEDULE: '*/1 * * * * *',
    SLIPWAY_ARM_ENDPOINT: appService.armUrl,
    SLIPWAY_LOGS_ENDPOINT: logs.url,
    SLIPWAY_SITES_ENDPOINT: appService.frontEndUrl,
    SLIPWAY_TIME_SCALE: String(TIME_SCALE),
  };
}

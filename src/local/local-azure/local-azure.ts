/**
 * Azure on one machine: Azurite, an App Service with the sample shop, Application Insights with its
 * workspace. Composed from the stand-ins of this folder's neighbours; the function app is not part of it.
 */
import { startAppService } from '../app-service/app-service.ts';
import type { AppServiceStandIn } from '../app-service/app-service.ts';
import { startAzurite } from '../azurite.ts';
import type { Azurite } from '../azurite.ts';
import { startLogAnalytics } from '../log-analytics/start-log-analytics.ts';
import type { LogAnalytics } from '../log-analytics/start-log-analytics.ts';
import { shopContent } from '../shop/shop-content.ts';
import { startVisitors } from '../shop/visitors.ts';
import type { DataFolder } from './data-folder.ts';
import type { LocalPorts } from './ports.ts';
import {
  COMPONENT_ID,
  SHOP_HOST,
  SHOP_SITE,
  SLOT,
  TARGET,
  versionsOf,
  WORKSPACE_ID,
} from './sample-shop.ts';
import type { ShopVersions } from './sample-shop.ts';
import { createShoppers } from './shoppers.ts';
import type { Shoppers } from './shoppers.ts';
import { createStops } from './stops.ts';
import type { Stops } from './stops.ts';

export interface LocalAzureOptions {
  readonly folder: DataFolder;
  readonly ports: Omit<LocalPorts, 'functions'>;
  /** Divides Slipway's waits, and with them the life of a routing cookie and the time of a swap. */
  readonly timeScale: number;
  /** One line of what happened inside. */
  readonly log: (line: string) => void;
}

export interface LocalAzure {
  /** Settings of a function app that works against it, as `Values` of local.settings.json. */
  readonly settings: Readonly<Record<string, string>> & { readonly AzureWebJobsStorage: string };
  readonly urls: {
    /** The front end: production, and the slot by its host name. */
    readonly shop: string;
    readonly arm: string;
    readonly logs: string;
  };
  /** What lies in production and in the slot now. */
  versions(): ShopVersions;
  /** Pushes a build (`sample-shop.ts`) into the slot, as CI would. */
  deploy(content: string): Promise<void>;
  /** Many of them, until they are told that fewer do. */
  startVisitors(): Shoppers;
  /** Ends everything that it started; data on disk is complete then. Never rejects. */
  stop(): Promise<void>;
}

/** Enough telemetry for a release of minutes and for questions about it; a show may stay up for days. */
const TELEMETRY_KEPT_MS = 15 * 60_000;
/** With these nothing is judged: enough to keep a baseline, few enough to stay up for days. */
const QUIET_VISITS_PER_SECOND = 20;
/** On top: about 13 canary requests a second at 10 %; two cores serve all with half of their time. */
const MORE_VISITS_PER_SECOND = 110;
const COOKIE_SHARE = 0.2;

/** @throws ChildProcessError, AppServiceError; what was started by then is stopped again */
export async function startLocalAzure(options: LocalAzureOptions): Promise<LocalAzure> {
  const { folder, log } = options;
  const stops = createStops(log);
  try {
    const parts = await startParts(options, stops);
    const { azurite, logs, appService } = parts;
    const urls = { shop: appService.frontEndUrl, arm: appService.armUrl, logs: logs.url };
    log(`local Azure is up in ${folder.path}: ${JSON.stringify(urls)}`);
    return {
      settings: settingsOf(azurite, urls, options.timeScale),
      urls,
      versions: () => versionsOf(appService.site(TARGET.site)),
      deploy: async (content) => {
        await appService.deploy({ site: TARGET.site, slot: SLOT, content });
      },
      startVisitors: () =>
        createShoppers({
          quietPerSecond: QUIET_VISITS_PER_SECOND,
          morePerSecond: MORE_VISITS_PER_SECOND,
          start: (ratePerSecond) =>
            startVisitors({
              frontEndUrl: urls.shop,
              host: SHOP_HOST,
              ratePerSecond,
              cookieShare: COOKIE_SHARE,
              log,
            }),
        }),
      stop: () => stops.run(),
    };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

interface Parts {
  readonly azurite: Azurite;
  readonly logs: LogAnalytics;
  readonly appService: AppServiceStandIn;
}

/** Storage stops last and the shop first: what it still reports finds its way. */
async function startParts(options: LocalAzureOptions, stops: Stops): Promise<Parts> {
  const { folder, ports, timeScale, log } = options;
  const { blob, queue, table } = ports;
  // Azurite takes its second in a process of its own, meanwhile the rest starts.
  const azuriteStarts = startAzurite({
    dataDir: folder.azurite,
    ports: { blob, queue, table },
    log,
  });
  // Awaited below; without this a failure of what is started meanwhile would leave it unhandled.
  azuriteStarts.catch(() => undefined);
  stops.add('Azurite', async () => (await azuriteStarts).stop());
  const logs = await startLogAnalytics({
    port: ports.logs,
    stateFile: folder.telemetryFile,
    workspaceId: WORKSPACE_ID,
    resourceId: COMPONENT_ID,
    retentionMs: TELEMETRY_KEPT_MS,
    log,
  });
  stops.add('Log Analytics', () => logs.stop());
  const appService = await startAppService({
    armPort: ports.arm,
    frontEndPort: ports.shop,
    stateFile: folder.appServiceFile,
    timeScale,
    sites: [SHOP_SITE],
    resolveContent: (content) => shopContent(content, { connectionString: logs.connectionString }),
    log,
  });
  stops.add('App Service', () => appService.stop());
  return { logs, appService, azurite: await azuriteStarts };
}

function settingsOf(
  azurite: Azurite,
  urls: LocalAzure['urls'],
  timeScale: number,
): LocalAzure['settings'] {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: azurite.connectionString,
    SLIPWAY_WORKSPACE_ID: WORKSPACE_ID,
    SLIPWAY_APPS: 'open',
    SLIPWAY_CLOCK_SCHEDULE: '*/1 * * * * *',
    SLIPWAY_ARM_ENDPOINT: urls.arm,
    SLIPWAY_LOGS_ENDPOINT: urls.logs,
    SLIPWAY_SITES_ENDPOINT: urls.shop,
    SLIPWAY_TIME_SCALE: String(timeScale),
  };
}

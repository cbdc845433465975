/**
 * The sample shop: one process that a slot runs (`shop-content.ts` says how). It reports each of its
 * requests with the Application Insights SDK under its version. It ends itself on SIGTERM, and when
 * its stdin ends, so that it never outlives whoever started it.
 */
import http from 'node:http';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import appInsights from 'applicationinsights';
import { fails, readBehaviour } from './behaviour.ts';

const PAGES: Readonly<Record<string, unknown>> = {
  '/': { welcome: 'the sample shop' },
  '/health': { healthy: true },
  '/api/products': { products: ['tea', 'cups', 'honey'] },
  '/api/cart': { cart: [{ product: 'tea', count: 2 }] },
  '/api/checkout': { order: 'placed' },
};

const BATCH_MS = 250;
const END_GRACE_MS = 1500;
const FLUSH_MS = 150;

const env = process.env;
const version = env.SHOP_VERSION ?? '0.0.0';
const shop = readBehaviour(env);
const connectionString = env.APPLICATIONINSIGHTS_CONNECTION_STRING ?? '';
const isReporting = shop.behaviour !== 'silent' && connectionString !== '';
const startedMs = Date.now();
let requests = 0;

/** Must run before the server is made: the SDK wraps `http.createServer`. */
function startTelemetry(connection: string): void {
  appInsights
    .setup(connection)
    .setAutoCollectRequests(true)
    .setAutoCollectExceptions(true)
    .setAutoCollectDependencies(false)
    .setAutoCollectConsole(false)
    .setAutoCollectPerformance(false, false)
    .setAutoCollectPreAggregatedMetrics(false)
    .setAutoCollectHeartbeat(false)
    // A request's traceparent is read without this too, and the shop calls nobody who needs it.
    .setAutoDependencyCorrelation(false)
    .setUseDiskRetryCaching(false)
    .setSendLiveMetrics(false)
    .setInternalLogging(false, false);
  const { config, context } = appInsights.defaultClient;
  config.samplingPercentage = 100;
  config.maxBatchIntervalMs = BATCH_MS;
  context.tags[context.keys.applicationVersion] = version;
  context.tags[context.keys.cloudRole] = env.WEBSITE_SITE_NAME ?? 'shop';
  appInsights.start();
}

async function answer(path: string, res: ServerResponse): Promise<void> {
  requests += 1;
  const failed = fails(shop, {
    path,
    ageMs: Date.now() - startedMs,
    requests,
    roll: Math.random(),
  });
  if (shop.behaviour === 'slow') await delay(shop.slowMs);
  const page = PAGES[path];
  if (page === undefined) {
    send(res, 404, { error: 'there is no such page' });
    return;
  }
  if (failed) {
    send(res, 500, { error: 'the order could not be placed' });
    return;
  }
  send(res, 200, page);
}

function send(res: ServerResponse, status: number, body: unknown): void {
  const headers = { 'content-type': 'application/json', 'x-shop-version': version };
  res.writeHead(status, headers).end(JSON.stringify({ version, body }));
}

/** Requests in hand are answered and the SDK's buffer is sent, but nobody waits long for either. */
function end(): void {
  setTimeout(() => process.exit(0), END_GRACE_MS).unref();
  server.close(() => {
    if (!isReporting) process.exit(0);
    appInsights.defaultClient.flush();
    // A batch may be on its way already, and the SDK tells of no end of that one.
    setTimeout(() => process.exit(0), FLUSH_MS);
  });
  server.closeIdleConnections();
}

if (isReporting) startTelemetry(connectionString);
const server = http.createServer((req, res) => {
  const path = (req.url ?? '/').split('?')[0] ?? '/';
  req.resume();
  void answer(path, res);
});
server.listen(Number(env.PORT ?? 0), '127.0.0.1');
process.once('SIGTERM', end);
process.stdin.resume().once('end', end).once('error', end);

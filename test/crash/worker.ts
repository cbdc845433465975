/**
 * The lightest app that a slot can run: it answers every path under its version and reports each
 * request as the Application Insights SDKs do. `POST /__break` makes it fail from then on, so that a
 * story can have a version which fails only after the swap.
 */
import { randomBytes } from 'node:crypto';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';

const BATCH_MS = 200;

const { WORKER_VERSION: version = '0', WORKER_MODE: mode = 'good' } = process.env;
const { WORKER_INGESTION: ingestion = '', WORKER_KEY: iKey = '' } = process.env;
const role = process.env.WEBSITE_SITE_NAME ?? 'app';

let isBroken = mode === 'bad';
let batch: unknown[] = [];

function note(req: IncomingMessage, status: number): void {
  const trace = /^00-([0-9a-f]{32})-/.exec(String(req.headers.traceparent ?? ''))?.[1];
  const synthetic = req.headers['user-agent'] === 'SiteWarmup';
  batch.push({
    name: 'Microsoft.ApplicationInsights.Request',
    time: new Date().toISOString(),
    iKey,
    tags: {
      'ai.cloud.role': role,
      'ai.application.ver': version,
      ...(trace === undefined ? {} : { 'ai.operation.id': trace }),
      ...(synthetic ? { 'ai.operation.syntheticSource': 'SiteWarmup' } : {}),
    },
    data: {
      baseType: 'RequestData',
      baseData: {
        ver: 2,
        // Each request is an operation of its own: rows without an operation are told apart by it.
        id: randomBytes(8).toString('hex'),
        name: `${req.method ?? 'GET'} ${req.url ?? '/'}`,
        duration: '00:00:00.0010000',
        success: status < 400,
        responseCode: String(status),
        url: `http://${req.headers.host ?? 'localhost'}${req.url ?? '/'}`,
      },
    },
  });
}

function send(): void {
  if (batch.length === 0) return;
  const body = JSON.stringify(batch);
  batch = [];
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const sent = request(`${ingestion}v2.1/track`, { method: 'POST', headers });
  sent.on('response', (answer) => answer.resume());
  // Telemetry that cannot be sent is lost, as in the real SDK when its disk is full.
  sent.on('error', () => undefined);
  sent.end(body);
}

const server = createServer((req, res) => {
  req.resume();
  const isSwitch = req.method === 'POST' && req.url === '/__break';
  if (isSwitch) isBroken = true;
  const status = isBroken && !isSwitch && (req.url ?? '').startsWith('/api/') ? 500 : 200;
  if (!isSwitch) note(req, status);
  res.writeHead(status, { 'content-type': 'application/json', 'x-shop-version': version });
  res.end(JSON.stringify({ version }));
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
setInterval(send, BATCH_MS);

function end(): void {
  send();
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
process.once('SIGTERM', end);
process.stdin.resume().once('end', end).once('error', end);

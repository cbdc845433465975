import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAppService } from '../../../src/local/app-service/app-service.ts';
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';
import { close, listen, readBody } from '../../../src/local/app-service/http.ts';
import { shopContent } from '../../../src/local/shop/shop-content.ts';
import { startVisitors } from '../../../src/local/shop/visitors.ts';

const envelope = z.object({
  sampleRate: z.number(),
  tags: z.looseObject({
    'ai.application.ver': z.string(),
    'ai.cloud.role': z.string(),
    'ai.operation.id': z.string(),
  }),
  data: z.object({
    baseType: z.string(),
    baseData: z.looseObject({ url: z.string(), responseCode: z.string(), success: z.boolean() }),
  }),
});
type Envelope = z.infer<typeof envelope>;

const HOST = 'shop.azurewebsites.net';
let received: Envelope[];
let ingestion: Server;
let connectionString: string;
let standIn: AppServiceStandIn | undefined;

beforeEach(async () => {
  received = [];
  ingestion = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const zipped = req.headers['content-encoding'] === 'gzip';
      const text = (zipped ? gunzipSync(bytes) : bytes).toString();
      const items = text.startsWith('[') ? text : `[${text.trim().split('\n').join(',')}]`;
      const parsed = z.array(envelope).parse(JSON.parse(items));
      received.push(...parsed);
      const accepted = { itemsReceived: parsed.length, itemsAccepted: parsed.length, errors: [] };
      res.end(JSON.stringify(accepted));
    });
  });
  const url = await listen(ingestion, 0);
  connectionString = `InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=${url}/`;
});
afterEach(async () => {
  await standIn?.stop();
  await close(ingestion);
});

async function startShop(content: string): Promise<AppServiceStandIn> {
  standIn = await startAppService({
    timeScale: 500,
    sites: [{ subscriptionId: 's', resourceGroup: 'rg', name: 'shop', content, slots: [] }],
    resolveContent: (text) => shopContent(text, { connectionString }),
    log: () => undefined,
  });
  return standIn;
}

const visit = (shop: AppServiceStandIn, path: string, headers = {}): Promise<Response> =>
  fetch(shop.frontEndUrl + path, { headers: { 'x-forwarded-host': HOST, ...headers } });

describe('the sample shop', () => {
  it('answers its pages under its version', async () => {
    const shop = await startShop('shop@1.2.3');
    for (const path of ['/', '/health', '/api/products', '/api/cart', '/api/checkout']) {
      const answer = await visit(shop, path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('x-shop-version')).toBe('1.2.3');
      expect(await answer.json()).toMatchObject({ version: '1.2.3' });
    }
    expect((await visit(shop, '/nowhere')).status).toBe(404);
  });

  it('reports version, role, the host that was asked for, result and the given operation', async () => {
    const shop = await startShop('shop@1.2.3?behaviour=failing&checkoutFailures=1');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await visit(shop, '/api/cart?x=1', { traceparent });
    await visit(shop, '/api/checkout');
    await expect.poll(() => received.length, { timeout: 5000 }).toBe(2);
    const [cart, checkout] = received;
    expect(cart).toMatchObject({
      sampleRate: 100,
      tags: {
        'ai.application.ver': '1.2.3',
        'ai.cloud.role': 'shop',
        'ai.operation.id': '0af7651916cd43dd8448eb211c80319c',
      },
      data: {
        baseType: 'RequestData',
        baseData: { url: `http://${HOST}/api/cart?x=1`, responseCode: '200', success: true },
      },
    });
    expect(checkout?.data.baseData).toMatchObject({ responseCode: '500', success: false });
  });

  it('sends what it has before it ends', async () => {
    const shop = await startShop('shop@1.0.0');
    await visit(shop, '/health');
    await shop.stop();
    expect(received).toHaveLength(1);
  });

  it('reports nothing when it is silent', async () => {
    const shop = await startShop('shop@1.0.0?behaviour=silent');
    expect((await visit(shop, '/health')).status).toBe(200);
    await shop.stop();
    expect(received).toEqual([]);
  });

  it('takes its time when it is slow', async () => {
    const shop = await startShop('shop@1.0.0?behaviour=slow&slowMs=200');
    const startedMs = performance.now();
    await visit(shop, '/');
    expect(performance.now() - startedMs).toBeGreaterThan(190);
  });
});

describe('visitors', () => {
  it('come at the given rate, and each request is in the telemetry once', async () => {
    const shop = await startShop('shop@1.0.0?behaviour=failing&checkoutFailures=1');
    const startedMs = performance.now();
    const visitors = startVisitors({
      frontEndUrl: shop.frontEndUrl,
      host: HOST,
      ratePerSecond: 200,
      cookieShare: 0.5,
      log: () => undefined,
    });
    await expect.poll(() => visitors.counts().sent, { timeout: 8000 }).toBeGreaterThan(300);
    const { sent, leftOut } = visitors.counts();
    const expected = ((performance.now() - startedMs) / 1000) * 200;
    expect(Math.abs(sent + leftOut - expected)).toBeLessThan(60);
    await expect
      .poll(() => visitors.counts().byVersion['1.0.0']?.answers, { timeout: 8000 })
      .toBeGreaterThan(300);
    visitors.stop();
    const { byVersion, unanswered } = visitors.counts();
    const share = (byVersion['1.0.0']?.failures ?? 0) / (byVersion['1.0.0']?.answers ?? 1);
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.4);
    expect(unanswered).toBe(0);
    await expect
      .poll(() => received.length, { timeout: 5000 })
      .toBeGreaterThanOrEqual(byVersion['1.0.0']?.answers ?? Infinity);
  });

  it('keep their pin with a jar, and are diced at each visit without', async () => {
    const seen: (string | undefined)[] = [];
    const shop = createServer((req, res) => {
      void readBody(req);
      seen.push(req.headers.cookie);
      res.setHeader('set-cookie', 'x-ms-routing-name=self; Max-Age=60; Path=/').end();
    });
    const frontEndUrl = await listen(shop, 0);
    const start = (cookieShare: number) =>
      startVisitors({
        frontEndUrl,
        host: HOST,
        ratePerSecond: 500,
        cookieShare,
        // Always the same shopper, who has many visits left.
        random: () => 0.99,
        log: () => undefined,
      });
    const without = start(0);
    await expect.poll(() => seen.length, { timeout: 5000 }).toBeGreaterThan(20);
    without.stop();
    expect(new Set(seen)).toEqual(new Set([undefined]));
    seen.length = 0;
    const returning = start(1);
    await expect.poll(() => seen, { timeout: 5000 }).toContain('x-ms-routing-name=self');
    returning.stop();
    await close(shop);
  });

  it('leave requests out, and say so, when the shop does not answer', async () => {
    const lines: string[] = [];
    const deaf = createServer(() => undefined);
    const frontEndUrl = await listen(deaf, 0);
    const visitors = startVisitors({
      frontEndUrl,
      host: HOST,
      ratePerSecond: 1000,
      cookieShare: 0,
      log: (line) => lines.push(line),
    });
    await expect.poll(() => visitors.counts().leftOut, { timeout: 5000 }).toBeGreaterThan(10);
    expect(visitors.counts().sent).toBe(100);
    visitors.stop();
    await close(deaf);
    expect(lines).toEqual([expect.stringContaining('100 requests are unanswered')]);
  });
});

// What one of a pair of requests promises: the twin in memory and node:http on a real server.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';

import { createPairedProber } from '../../src/adapters/http-probe/paired-prober.ts';
import type { PairedProber, PairedReply } from '../../src/controller/ports/paired-prober.ts';
import { routeVisit } from '../../src/local/app-service/routing.ts';
import { createMemoryPairedProber } from '../support/memory-paired.ts';
import { pairedRequest } from '../support/probe-world.ts';

const HOST = 'shop-c3d4.westeurope-01.azurewebsites.net';
const OTHER = 'shop-staging-a1b2.westeurope-01.azurewebsites.net';
const LONG_MS = 20_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A real server on this machine. */
async function sites(
  handler: Handler,
  now = (): number => 0,
): Promise<{ prober: PairedProber; connections: () => number }> {
  let connections = 0;
  const server = createServer(handler);
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  stops.push(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const sitesEndpoint = `http://127.0.0.1:${String(port)}`;
  const prober = createPairedProber({ now, sitesEndpoint });
  return { prober, connections: () => connections };
}

function ask(
  prober: PairedProber,
  change: Parameters<typeof pairedRequest>[0] = {},
  timeoutMs = LONG_MS,
): Promise<PairedReply> {
  return prober.ask(HOST, { request: pairedRequest(change), timeoutMs });
}

interface World {
  readonly prober: PairedProber;
  /** Status of this host from now on; undefined: it never answers. */
  readonly serve: (host: string, status: number | undefined) => void;
}

describe.each([
  {
    name: 'the twin in memory',
    start: async (): Promise<World> => {
      const prober = createMemoryPairedProber({ now: () => 0, pause: async () => undefined });
      return { prober, serve: (host, status) => prober.answer(host, { status }) };
    },
  },
  {
    name: 'node:http on a real server',
    start: async (): Promise<World> => {
      const statuses = new Map<string, number | undefined>();
      const { prober } = await sites((request, response) => {
        const host = request.headers.host ?? '';
        const status = statuses.has(host) ? statuses.get(host) : 200;
        if (status !== undefined) response.writeHead(status).end();
      });
      return { prober, serve: (host, status) => statuses.set(host, status) };
    },
  },
])('PairedProber: $name', ({ start }) => {
  it.each([200, 204, 302, 404, 500, 503])('gives %d as it came', async (status) => {
    const { prober, serve } = await start();
    serve(HOST, status);
    const reply = await ask(prober);
    expect(reply).toMatchObject({ status, strayed: false, problem: undefined });
    expect(reply.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('asks each host for itself', async () => {
    const { prober, serve } = await start();
    serve(OTHER, 500);
    const request = pairedRequest({ method: 'HEAD' });
    const replies = await Promise.all(
      [HOST, OTHER].map((host) => prober.ask(host, { request, timeoutMs: LONG_MS })),
    );
    expect(replies.map(({ status }) => status)).toEqual([200, 500]);
  });

  it('answers, and does not throw, when nothing comes in time', async () => {
    const { prober, serve } = await start();
    serve(HOST, undefined);
    const reply = await ask(prober, {}, 50);
    expect(reply).toMatchObject({ status: undefined, strayed: false });
    expect(reply.problem).toBeDefined();
  });
});

describe('what node:http sends for a pair', () => {
  it('is marked, pinned to the host that is asked, the same for both, and has no other cookie', async () => {
    const seen: IncomingMessage[] = [];
    const { prober } = await sites((request, response) => {
      seen.push(request);
      response
        .writeHead(200, { 'set-cookie': ['session=1; Path=/', 'x-ms-routing-name=self'] })
        .end();
    });
    const headers = {
      'X-Key': 'k',
      Cookie: 'x-ms-routing-name=staging; session=2',
      Traceparent: '00-11111111111111111111111111111111-1111111111111111-01',
      Host: 'elsewhere.example',
      'Content-Length': '5',
    };
    const request = pairedRequest({ path: '/api?a=b', headers });
    for (const host of [HOST, OTHER]) await prober.ask(host, { request, timeoutMs: LONG_MS });
    const [one, other] = seen.map((message) => message.headers);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array(2).fill('GET /api?a=b'),
    );
    expect(one).toMatchObject({
      host: HOST,
      'x-key': 'k',
      cookie: 'x-ms-routing-name=self',
      'user-agent': 'slipway-probe',
    });
    expect(one?.['content-length']).toBeUndefined();
    expect(one?.traceparent).toMatch(/^00-51195a17[0-9a-f]{24}-[0-9a-f]{16}-01$/);
    expect(other?.traceparent).not.toBe(one?.traceparent);
    expect({ ...other, traceparent: '', host: '' }).toEqual({ ...one, traceparent: '', host: '' });
  });

  it('reaches production whatever the rules and the dice say', () => {
    const rule = { name: 'staging', actionHostName: OTHER, reroutePercentage: 100 };
    const visit = { cookie: 'self', query: undefined };
    expect(routeVisit([rule], visit, 0)).toEqual({ hostName: null, pin: undefined });
  });

  it.each([
    { cookies: ['x-ms-routing-name=staging; Max-Age=3600; Path=/'], strayed: true },
    { cookies: ['session=1', ' X-MS-Routing-Name=beta'], strayed: true },
    { cookies: ['x-ms-routing-name=self; Max-Age=3600'], strayed: false },
    { cookies: ['not-x-ms-routing-name=staging'], strayed: false },
  ])('an answer with $cookies has strayed: $strayed', async ({ cookies, strayed }) => {
    const { prober } = await sites((_request, response) =>
      response.writeHead(200, { 'set-cookie': cookies }).end(),
    );
    expect(await ask(prober)).toMatchObject({ status: 200, strayed });
  });

  it('follows no redirect', async () => {
    const paths: (string | undefined)[] = [];
    const { prober } = await sites((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await ask(prober)).toMatchObject({ status: 302 });
    expect(paths).toEqual(['/']);
  });

  it('keeps its connections', async () => {
    const { prober, connections } = await sites((_request, response) => response.end('whole'));
    for (let count = 0; count < 20; count += 1)
      expect(await ask(prober)).toMatchObject({ status: 200 });
    expect(connections()).toBe(1);
  });

  it('asks again where a kept connection had been closed meanwhile, and only there', async () => {
    let asked = 0;
    const { prober } = await sites((request, response) => {
      asked += 1;
      // The second request over a connection meets its end, as when the front end was about to close it.
      const before = served.get(request.socket) ?? 0;
      served.set(request.socket, before + 1);
      if (before > 0) request.socket.resetAndDestroy();
      else response.end('whole');
    });
    const served = new WeakMap<object, number>();
    expect(await ask(prober)).toMatchObject({ status: 200 });
    expect(await ask(prober)).toMatchObject({ status: 200 });
    expect(asked).toBe(3);
    // What may change something is never sent twice: it gets a connection of its own.
    expect(await ask(prober, { method: 'POST' })).toMatchObject({ status: 200 });
    expect(asked).toBe(4);
  });

  it('a host that cuts every connection has failed', async () => {
    const { prober } = await sites((request) => request.socket.resetAndDestroy());
    for (let count = 0; count < 3; count += 1) {
      const reply = await ask(prober);
      expect(reply).toMatchObject({ status: undefined });
      expect(reply.problem).toBeDefined();
    }
  });

  it('an answer that hangs in its middle has not come', async () => {
    const { prober } = await sites((_request, response) => {
      response.write('half');
    });
    expect(await ask(prober, {}, 60)).toMatchObject({
      status: undefined,
      problem: 'no whole answer within 60 ms',
    });
  });

  it('an answer that ends too soon has not come, and is not asked for again', async () => {
    let asked = 0;
    const { prober } = await sites((request, response) => {
      asked += 1;
      response.write('half');
      setImmediate(() => request.socket.destroy());
    });
    expect(await ask(prober)).toMatchObject({ status: undefined });
    expect(asked).toBe(1);
  });

  it('reads no endless answer', async () => {
    const { prober } = await sites((_request, response) => {
      const feed = (): void => {
        if (response.destroyed) return;
        if (response.write('x'.repeat(16 * 1024))) setImmediate(feed);
        else response.once('drain', feed);
      };
      feed();
    });
    expect(await ask(prober)).toMatchObject({ status: 200, problem: undefined });
  });

  it('takes the time to the end of the answer', async () => {
    let nowMs = 1_000;
    const { prober } = await sites(
      (_request, response) => {
        response.write('half');
        setImmediate(() => {
          nowMs += 700;
          response.end('whole');
        });
      },
      () => nowMs,
    );
    expect((await ask(prober)).durationMs).toBe(700);
  });

  it.each([{ headers: { 'x-key': 'line\nbreak' } }, { path: '/a b' }])(
    'answers, and does not throw, when %j cannot be sent',
    async (change) => {
      const { prober } = await sites((_request, response) => response.end());
      expect(await ask(prober, change)).toMatchObject({ status: undefined, strayed: false });
    },
  );

  it('asks over https when the sites are not on this machine', async () => {
    // Nothing listens on 443 here: that it was tried is all that can be seen without the network.
    const prober = createPairedProber({ now: () => 0 });
    const request = pairedRequest();
    const reply = await prober.ask('127.0.0.1', { request, timeoutMs: LONG_MS });
    expect(reply.problem).toContain('127.0.0.1:443');
  });

  it('refuses an endpoint of local sites that is not on this machine', () => {
    const open = () => createPairedProber({ now: () => 0, sitesEndpoint: 'http://shop.example' });
    expect(open).toThrow(expect.objectContaining({ code: 'not-loopback' }));
  });
});

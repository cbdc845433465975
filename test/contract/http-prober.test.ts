import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpProber } from '../../src/adapters/http-probe/http-prober.ts';
import type { HttpProber } from '../../src/controller/ports/http-prober.ts';
import type { HttpValidation } from '../../src/release/plan.ts';
import { createMemoryProber } from '../support/memory-prober.ts';

const HOST = 'shop-staging.azurewebsites.net';
const OTHER = 'shop.azurewebsites.net';

function validation(change: Partial<HttpValidation> = {}): HttpValidation {
  return {
    path: '/health',
    method: 'GET',
    headers: {},
    status: [{ from: 200, to: 200 }],
    bodyContains: undefined,
    passes: 1,
    everyMs: 10_000,
    timeoutMs: 5_000,
    ...change,
  };
}

interface SiteReply {
  readonly status: number;
  readonly body?: string;
  readonly location?: string;
}

interface World {
  readonly prober: HttpProber;
  /** What the site answers on `/health`; `nothing`: the connection ends without an answer. */
  readonly serve: (host: string, reply: SiteReply | 'nothing') => void;
  readonly stop: () => Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server on this machine, and the time it takes. */
async function startSites(handler: Handler): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Five milliseconds later at every look. */
function ticking(): () => number {
  let nowMs = 0;
  return () => (nowMs += 5);
}

async function realWorld(): Promise<World> {
  const replies = new Map<string, SiteReply | 'nothing'>();
  const sites = await startSites((request, response) => {
    const reply = replies.get(request.headers.host ?? '') ?? { status: 200 };
    if (reply === 'nothing') {
      request.socket.destroy();
      return;
    }
    const { status, body = '', location } = reply;
    response.writeHead(status, location === undefined ? {} : { location });
    response.end(body);
  });
  return {
    prober: createHttpProber({ now: ticking(), sitesEndpoint: sites.url }),
    serve: (host, reply) => replies.set(host, reply),
    stop: sites.stop,
  };
}

async function memoryWorld(): Promise<World> {
  const prober = createMemoryProber();
  return {
    prober,
    serve: (host, reply) => {
      const { status, ...rest } = reply === 'nothing' ? { status: undefined } : reply;
      prober.answer(host, '/health', { body: '', ...rest, status });
    },
    stop: async () => undefined,
  };
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe.each([
  { name: 'the twin in memory', start: memoryWorld },
  { name: 'node:http on a real server', start: realWorld },
])('HttpProber: $name', ({ start }) => {
  async function begin(): Promise<World> {
    const world = await start();
    stops.push(world.stop);
    return world;
  }

  it('is ok when the status is one of the expected ones', async () => {
    const { prober, serve } = await begin();
    serve(HOST, { status: 204 });
    const status = [
      { from: 200, to: 200 },
      { from: 202, to: 206 },
    ];
    const answer = await prober.probe(HOST, validation({ status }));
    expect(answer).toMatchObject({ ok: true, host: HOST, path: '/health', status: 204 });
    expect(answer.problem).toBeUndefined();
    expect(answer.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('says what was expected and what came when the status is another', async () => {
    const { prober, serve } = await begin();
    serve(HOST, { status: 503 });
    const status = [
      { from: 200, to: 299 },
      { from: 304, to: 304 },
    ];
    expect(await prober.probe(HOST, validation({ status }))).toMatchObject({
      ok: false,
      status: 503,
      problem: `GET ${HOST}/health: expected status 200-299 or 304, got 503`,
    });
  });

  it('asks each host for itself', async () => {
    const { prober, serve } = await begin();
    serve(HOST, { status: 500 });
    serve(OTHER, { status: 200 });
    const answers = await Promise.all([
      prober.probe(HOST, validation()),
      prober.probe(OTHER, validation()),
    ]);
    expect(answers.map(({ host, ok }) => ({ host, ok }))).toEqual([
      { host: HOST, ok: false },
      { host: OTHER, ok: true },
    ]);
  });

  it('looks into the body', async () => {
    const { prober, serve } = await begin();
    serve(HOST, { status: 200, body: '{"state":"ready"}' });
    const wanted = await prober.probe(HOST, validation({ bodyContains: '"ready"' }));
    const missing = await prober.probe(HOST, validation({ bodyContains: 'shop 2.4' }));
    expect(wanted.ok).toBe(true);
    expect(missing).toMatchObject({
      ok: false,
      status: 200,
      problem: `GET ${HOST}/health: expected status 200 and "shop 2.4" in the first 64 KiB of the body, got 200 and 17 characters without that`,
    });
  });

  it('asks with HEAD, which has no body', async () => {
    const { prober, serve } = await begin();
    serve(HOST, { status: 200, body: 'ready' });
    const plain = await prober.probe(HOST, validation({ method: 'HEAD' }));
    const body = await prober.probe(HOST, validation({ method: 'HEAD', bodyContains: 'ready' }));
    expect(plain.ok).toBe(true);
    expect(body).toMatchObject({ ok: false, status: 200 });
  });

  it('does not follow a redirect, and shows it without its query', async () => {
    const { prober, serve } = await begin();
    serve(HOST, { status: 302, location: '/login?token=secret' });
    const refused = await prober.probe(HOST, validation());
    const wanted = await prober.probe(HOST, validation({ status: [{ from: 302, to: 302 }] }));
    expect(refused).toMatchObject({ ok: false, status: 302 });
    expect(refused.problem).toContain('got 302 (a redirect to /login; redirects are not followed)');
    expect(wanted).toMatchObject({ ok: true, status: 302 });
  });

  it('answers, and does not throw, when the site does not', async () => {
    const { prober, serve } = await begin();
    serve(HOST, 'nothing');
    const answer = await prober.probe(HOST, validation());
    expect(answer).toMatchObject({ ok: false, status: undefined });
    expect(answer.problem).toMatch(/expected status 200, got no answer \(.+\)$/);
  });
});

describe('what node:http is asked to send', () => {
  async function sites(handler: Handler): Promise<HttpProber> {
    const { url, stop } = await startSites(handler);
    stops.push(stop);
    return createHttpProber({ now: ticking(), sitesEndpoint: url });
  }

  async function sentHeaders(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
    const seen: IncomingHttpHeaders[] = [];
    const prober = await sites((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    expect(await prober.probe(HOST, validation({ headers }))).toMatchObject({ ok: true });
    return seen[0] ?? {};
  }

  it('marks each request with its own trace, and names itself and the site', async () => {
    const first = await sentHeaders({});
    const second = await sentHeaders({});
    expect(first).toMatchObject({ 'user-agent': 'slipway-probe', host: HOST });
    expect(first.traceparent).toMatch(/^00-51195a17[0-9a-f]{24}-[0-9a-f]{16}-01$/);
    expect(second.traceparent).not.toBe(first.traceparent);
  });

  it('pins the request to the host that is asked, while a rule splits its visitors', async () => {
    expect((await sentHeaders({})).cookie).toBe('x-ms-routing-name=self');
  });

  it('adds the headers of the plan, except those that would undo the mark or the framing', async () => {
    const headers = await sentHeaders({
      'X-Key': 'k',
      'User-Agent': 'known-to-the-firewall',
      Traceparent: '00-11111111111111111111111111111111-1111111111111111-01',
      Host: 'elsewhere.example',
      'Content-Length': '5',
    });
    expect(headers).toMatchObject({ 'x-key': 'k', 'user-agent': 'known-to-the-firewall' });
    expect(headers).toMatchObject({ host: HOST });
    expect(headers.traceparent).toMatch(/^00-51195a17/);
    expect(headers['content-length']).toBeUndefined();
  });

  it('reads no more than 64 KiB of an endless body', async () => {
    const prober = await sites((_request, response) => {
      const feed = (): void => {
        if (response.destroyed) return;
        if (response.write('x'.repeat(16 * 1024))) setImmediate(feed);
        else response.once('drain', feed);
      };
      feed();
    });
    const answer = await prober.probe(HOST, validation({ bodyContains: 'needle' }));
    expect(answer.problem).toContain('got 200 and 65536 characters without that');
  });

  it.each([
    {
      what: 'an answer',
      handler: () => undefined,
      got: 'no answer within 60 ms',
      status: undefined,
    },
    {
      what: 'its body',
      handler: ((_request, response) => response.write('half')) satisfies Handler,
      got: '200 and not its body within 60 ms',
      status: 200,
    },
  ])('waits for $what only as long as the plan says', async ({ handler, got, status }) => {
    const prober = await sites(handler);
    const answer = await prober.probe(HOST, validation({ timeoutMs: 60, bodyContains: 'whole' }));
    expect(answer).toMatchObject({ ok: false, status });
    expect(answer.problem).toMatch(new RegExp(`got ${got}$`));
  });

  it('gives up a connection that was switched to another protocol', async () => {
    const prober = await sites((request) => {
      request.socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      );
    });
    const answer = await prober.probe(HOST, validation());
    expect(answer).toMatchObject({ ok: false });
    expect(answer.problem).toContain('got no answer');
  });

  it.each([
    { what: 'header', change: { headers: { 'x-key': 'line\nbreak' } } },
    { what: 'path', change: { path: '/a b' } },
    { what: 'time-out', change: { timeoutMs: -1 } },
  ])('answers, and does not throw, when a $what cannot be sent', async ({ change }) => {
    const prober = await sites((_request, response) => response.end());
    const answer = await prober.probe(HOST, validation(change));
    expect(answer).toMatchObject({ ok: false, status: undefined });
    expect(answer.problem).toContain('got no answer (');
  });

  it('asks over https when the sites are not on this machine', async () => {
    // Nothing listens on 443 here: that it was tried is all that can be seen without the network.
    const prober = createHttpProber({ now: ticking() });
    const answer = await prober.probe('127.0.0.1', validation());
    expect(answer).toMatchObject({ ok: false, status: undefined });
    expect(answer.problem).toContain('127.0.0.1:443');
  });

  it.each([
    'http://shop.example',
    'https://127.0.0.1:1',
    'http://127.0.0.1.example',
    'nonsense',
    '',
  ])('refuses "%s" as the endpoint of local sites', (sitesEndpoint) => {
    expect(() => createHttpProber({ now: ticking(), sitesEndpoint })).toThrow(
      expect.objectContaining({ code: 'not-loopback' }),
    );
  });
});

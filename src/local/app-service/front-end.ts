import { Agent, createServer, request as sendRequest } from 'node:http';
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  Server,
  ServerResponse,
} from 'node:http';
import { routeVisit } from './routing.ts';
import { productionOf } from './state.ts';
import type { SiteState, SlotState } from './state.ts';
import type { Workers } from './workers.ts';
import { PRODUCTION } from './types.ts';

export interface FrontEndOptions {
  readonly sites: readonly SiteState[];
  readonly workers: Workers;
  /** Life of the routing cookie in seconds (3600 on App Service). Whole, at least 1. */
  readonly cookieMaxAgeSeconds: number;
  /** The dice: a fraction in [0, 1) per request of a visitor who is not pinned. */
  readonly random: () => number;
  /** Longest silence of the app before the visitor gets a 504 (230 s on App Service). */
  readonly idleTimeoutMs: number;
}

/** Where a request goes: to a slot, with the host that the visitor asked for. */
interface Destination {
  readonly site: SiteState;
  readonly slot: SlotState;
  readonly host: string;
  readonly pin: string | undefined;
}

const ROUTING_NAME = 'x-ms-routing-name';
const LOOPBACK = /^(127(\.\d+){3}|localhost|\[::1\])$/;
/** Headers that belong to one connection, not to the request (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-host',
]);

/** The front end of App Service as an HTTP server that is not listening yet. */
export function createFrontEnd(options: FrontEndOptions): Server {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const server = createServer((req, res) => {
    try {
      serve({ options, agent }, req, res);
    } catch {
      // Node refuses to send on some request lines that it was willing to receive.
      page(res, 400, { text: 'Bad Request' });
    }
  });
  server.on('close', () => agent.destroy());
  return server;
}

function serve(
  { options, agent }: { options: FrontEndOptions; agent: Agent },
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const { workers, idleTimeoutMs, cookieMaxAgeSeconds } = options;
  const destination = destine(options, req);
  if (destination === undefined) {
    page(res, 404, { text: 'Web Site not found' });
    return;
  }
  const { pin, site, slot } = destination;
  const cookie = pin === undefined ? undefined : pinCookie(pin, cookieMaxAgeSeconds);
  const port = workers.port(site, slot.volume);
  if (!slot.running) page(res, 403, { text: 'This web app is stopped.', cookie });
  else if (port === undefined) page(res, 503, { text: 'Service Unavailable', cookie });
  else forward({ req, res, port, destination, cookie, workers, agent, idleTimeoutMs }, 1);
}

function destine(options: FrontEndOptions, req: IncomingMessage): Destination | undefined {
  const asked = askedHost(req);
  const found = slotByHost(options.sites, asked);
  const first = options.sites[0];
  // A person's browser at 127.0.0.1 sees the first site; any other unknown host is nobody's.
  const fallback =
    first !== undefined && LOOPBACK.test(asked)
      ? { site: first, slot: productionOf(first) }
      : undefined;
  const entry = found ?? fallback;
  if (entry === undefined) return undefined;
  const { site, slot } = entry;
  const host = slot.hostName;
  if (slot.name !== PRODUCTION) return { site, slot, host, pin: undefined };
  const route = routeVisit(slot.rules, visitOf(req), options.random());
  if (route.hostName === null) return { site, slot, host, pin: route.pin };
  // Nobody checked the rule's host when it was written: a wrong one is a 404 (azure.md 1.1).
  const target = slotByHost(options.sites, route.hostName.toLowerCase());
  return target === undefined ? undefined : { ...target, host, pin: route.pin };
}

function slotByHost(
  sites: readonly SiteState[],
  host: string,
): { site: SiteState; slot: SlotState } | undefined {
  for (const site of sites) {
    const slot = site.slots.find((candidate) => candidate.hostName.toLowerCase() === host);
    if (slot !== undefined) return { site, slot };
  }
  return undefined;
}

/** X-Forwarded-Host comes first, for clients that cannot set Host (fetch); ports do not matter. */
function askedHost(req: IncomingMessage): string {
  const forwarded = req.headers['x-forwarded-host'];
  const host = (typeof forwarded === 'string' ? forwarded : req.headers.host) ?? '';
  return host.trim().toLowerCase().replace(/:\d+$/, '');
}

function visitOf(req: IncomingMessage): { cookie: string | undefined; query: string | undefined } {
  const url = req.url ?? '/';
  const start = url.indexOf('?');
  // Not `new URL`: it throws for paths that a visitor may well send, such as `//`.
  const query = start < 0 ? null : new URLSearchParams(url.slice(start)).get(ROUTING_NAME);
  return { cookie: cookieValue(req.headers.cookie), query: query ?? undefined };
}

function cookieValue(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === ROUTING_NAME) return value?.trim();
  }
  return undefined;
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly port: number;
  readonly destination: Destination;
  /** The pin to hand out, as a Set-Cookie value. */
  readonly cookie: string | undefined;
  readonly workers: Workers;
  readonly agent: Agent;
  readonly idleTimeoutMs: number;
}

/** Both bodies stream. `attempt` counts from 1; there are two at most. */
function forward(exchange: Exchange, attempt: number): void {
  const { req, res, port, destination, cookie, agent, idleTimeoutMs } = exchange;
  const upstream = sendRequest({
    agent,
    port,
    host: '127.0.0.1',
    method: req.method,
    path: req.url,
    headers: forwardedHeaders(req, destination),
    timeout: idleTimeoutMs,
  });
  const hasBody =
    (req.headers['content-length'] ?? '0') !== '0' || 'transfer-encoding' in req.headers;
  upstream.on('response', (answer) => {
    res.writeHead(answer.statusCode ?? 502, answeredHeaders(answer.headers, cookie));
    answer.pipe(res);
    answer.on('error', () => res.destroy());
  });
  upstream.on('timeout', () => {
    if (res.headersSent) res.destroy();
    else page(res, 504, { text: 'GatewayTimeout', cookie });
    upstream.destroy();
  });
  upstream.on('error', (error) => {
    const again = hasBody ? undefined : portToTryAgain(exchange, { upstream, error });
    if (res.headersSent) res.destroy();
    else if (again !== undefined && attempt === 1) forward({ ...exchange, port: again }, 2);
    else page(res, 503, { text: 'Service Unavailable', cookie });
  });
  giveUpWithVisitor(res, upstream);
  if (hasBody) req.pipe(upstream);
  else upstream.end();
}

/**
 * A request is safe to repeat when the app cannot have seen it: a kept connection that the app had
 * closed, or a process that a deployment or a swap has replaced since we looked.
 */
function portToTryAgain(
  { port, res, destination, workers }: Exchange,
  { upstream, error }: { upstream: ClientRequest; error: NodeJS.ErrnoException },
): number | undefined {
  if (res.destroyed) return undefined;
  const now = workers.port(destination.site, destination.slot.volume);
  const unseen = upstream.reusedSocket || error.code === 'ECONNREFUSED' || now !== port;
  return unseen ? now : undefined;
}

/** A visitor who leaves must not keep the app busy. */
function giveUpWithVisitor(res: ServerResponse, upstream: ClientRequest): void {
  res.on('close', () => {
    if (!res.writableFinished) upstream.destroy();
  });
}

/** The app sees the host that the visitor asked for, whichever slot serves; so does telemetry. */
function forwardedHeaders(req: IncomingMessage, destination: Destination): IncomingHttpHeaders {
  const before = req.headers['x-forwarded-for'];
  const address = req.socket.remoteAddress ?? '';
  return {
    ...withoutHopByHop(req.headers),
    host: destination.host,
    'x-forwarded-for': typeof before === 'string' ? `${before}, ${address}` : address,
    'disguised-host': destination.host,
    'was-default-hostname': destination.slot.hostName,
  };
}

function answeredHeaders(
  headers: IncomingHttpHeaders,
  cookie: string | undefined,
): IncomingHttpHeaders {
  const kept = withoutHopByHop(headers);
  if (cookie === undefined) return kept;
  return { ...kept, 'set-cookie': [...(headers['set-cookie'] ?? []), cookie] };
}

function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) {
    if (!HOP_BY_HOP.has(name)) kept[name] = headers[name];
  }
  return kept;
}

/** Not HttpOnly: scripts on the page may read it (azure.md 1.3). No Secure: this host is http. */
function pinCookie(pin: string, maxAgeSeconds: number): string {
  return `${ROUTING_NAME}=${encodeURIComponent(pin)}; Max-Age=${maxAgeSeconds}; Path=/`;
}

/** A page of the front end itself. A visitor who was just pinned gets the pin with it. */
function page(
  res: ServerResponse,
  status: number,
  { text, cookie }: { text: string; cookie?: string | undefined },
): void {
  if (res.headersSent || res.destroyed) return;
  const pin = cookie === undefined ? {} : { 'set-cookie': cookie };
  res.writeHead(status, { 'content-type': 'text/html', ...pin });
  res.end(`<!DOCTYPE html><title>${status}</title><h1>${status} ${text}</h1>\n`);
}

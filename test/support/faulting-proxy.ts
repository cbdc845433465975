/**
 * A proxy in front of one HTTP service, which breaks on demand: Azurite and the stand-ins are real and
 * whole, the way to them is not. Requests and answers pass byte by byte, the Host header too, so that
 * signatures stay right.
 */
import { Agent, createServer, request as forward } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type ProxyFault =
  /** The connection is reset; the service sees nothing. */
  | { readonly kind: 'unreachable' }
  /** Forwarded after the delay, even when the caller has gone by then. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Forwarded at once; the answer comes after the delay, when the caller may have given up. */
  | { readonly kind: 'late-answer'; readonly delayMs: number }
  /** Forwarded; instead of the answer the connection is reset. */
  | { readonly kind: 'lost-answer' }
  /** Answered by the proxy; the service sees nothing. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };

export interface ProxyRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: Buffer;
}

/** Called on the way of a request; what it returns is waited for. */
export interface ProxyHooks {
  /** It arrived and was not forwarded yet. */
  readonly arrived?: (request: ProxyRequest) => void | Promise<void>;
  /** The service has answered; the caller does not know yet. */
  readonly answered?: (request: ProxyRequest, status: number) => void | Promise<void>;
}

export interface FaultingProxy {
  readonly url: string;
  /** Asked for each request from now on; undefined lets it pass. Open connections are cut first. */
  fault(choose: (request: ProxyRequest) => ProxyFault | undefined): void;
  /** Everything passes again. */
  heal(): void;
  /** Requests that met a fault since the start. */
  readonly faulted: number;
  readonly passed: number;
  stop(): Promise<void>;
}

export interface ProxyOptions {
  /** Base address of the service, as `http://127.0.0.1:10002`. */
  readonly target: string;
  readonly hooks?: ProxyHooks;
}

const UPSTREAM_SOCKETS = 64;
/** Larger than anything that is sent here (azure.md 5: a transaction has 4 MB). */
const BODY_MOST_BYTES = 8 * 1024 * 1024;

/** Listens on a free port of 127.0.0.1. */
export async function startFaultingProxy(options: ProxyOptions): Promise<FaultingProxy> {
  const passage = new Passage(options);
  const port = await passage.listen();
  return {
    url: `http://127.0.0.1:${port}`,
    fault: (choose) => passage.fault(choose),
    heal: () => passage.heal(),
    get faulted() {
      return passage.faulted;
    },
    get passed() {
      return passage.passed;
    },
    stop: () => passage.stop(),
  };
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

class Passage {
  faulted = 0;
  passed = 0;
  readonly #target: URL;
  readonly #hooks: ProxyHooks;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: UPSTREAM_SOCKETS });
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #choose: (request: ProxyRequest) => ProxyFault | undefined = () => undefined;

  constructor({ target, hooks = {} }: ProxyOptions) {
    this.#target = new URL(target);
    this.#hooks = hooks;
    this.#server = createServer((req, res) => {
      this.#serve(req, res).catch(() => res.destroy());
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  fault(choose: (request: ProxyRequest) => ProxyFault | undefined): void {
    this.#choose = choose;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  heal(): void {
    this.#choose = () => undefined;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      this.#agent.destroy();
    });
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    res.on('error', () => undefined);
    const body = await bytesOf(req);
    const asked: ProxyRequest = { method: req.method ?? 'GET', url: req.url ?? '/', body };
    const fault = this.#choose(asked);
    if (fault === undefined) this.passed += 1;
    else this.faulted += 1;
    if (fault?.kind === 'unreachable') {
      reset(req);
      return;
    }
    if (fault?.kind === 'answer') {
      answerItself(res, fault);
      return;
    }
    if (fault?.kind === 'slow') await delay(fault.delayMs, undefined, { ref: false });
    await this.#hooks.arrived?.(asked);
    const answer = await this.#ask(asked, req.headers);
    await this.#hooks.answered?.(asked, answer.status);
    if (fault?.kind === 'lost-answer') {
      reset(req);
      return;
    }
    if (fault?.kind === 'late-answer') await delay(fault.delayMs, undefined, { ref: false });
    if (res.destroyed) return;
    res.writeHead(answer.status, withoutHops(answer.headers, answer.body));
    res.end(answer.body);
  }

  #ask({ method, url, body }: ProxyRequest, headers: IncomingHttpHeaders): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target;
      const sent = forward(
        { agent: this.#agent, hostname, port, method, path: url, headers: asSent(headers, body) },
        (answer) => {
          bytesOf(answer).then(
            (bytes) =>
              resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
            reject,
          );
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }
}

function reset(req: IncomingMessage): void {
  req.socket.resetAndDestroy();
}

function answerItself(
  res: ServerResponse,
  { status, headers, body }: Extract<ProxyFault, { kind: 'answer' }>,
): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  const type = { 'content-type': 'application/json' };
  res.writeHead(status, { ...type, 'content-length': Buffer.byteLength(text), ...headers });
  res.end(text);
}

/** A body that is whole needs no chunks; the connection to the service is the proxy's own. */
function asSent(headers: IncomingHttpHeaders, body: Buffer): IncomingHttpHeaders {
  const kept = withoutHops(headers, body);
  // A GET without a body says nothing of its length, and goes on saying nothing.
  if (body.length === 0 && headers['content-length'] === undefined) delete kept['content-length'];
  return kept;
}

function withoutHops(headers: IncomingHttpHeaders, body: Buffer): IncomingHttpHeaders {
  const hops = ['connection', 'keep-alive', 'transfer-encoding'];
  const kept = Object.entries(headers).filter(([name]) => !hops.includes(name));
  return { ...Object.fromEntries(kept), 'content-length': String(body.length) };
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > BODY_MOST_BYTES) throw new Error(`a body is at most ${BODY_MOST_BYTES} bytes here`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

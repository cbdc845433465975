import { Agent as HttpAgent, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

import type { PairedAsk, PairedProber, PairedReply } from '../../controller/ports/paired-prober.ts';
import {
  answerTo,
  codeOf,
  errorText,
  markedHeaders,
  type ProberOptions,
  SELF_COOKIE,
  type Send,
  senderTo,
} from './probe-request.ts';

/** Of an answer's body, what is waited for at most. */
const BODY_BYTES = 256 * 1024;
/** Well below the time after which front ends close an idle connection. */
const IDLE_MS = 30_000;
const IDLE_SOCKETS = 64;
const ROUTED = /^\s*x-ms-routing-name=([^;]*)/i;
/** Over a kept connection these may mean no more than that it had been closed meanwhile. */
const STALE: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Connections are kept, as a visitor's browser does: at five requests a second, one each would soon use up
 * the 128 SNAT ports that an instance has towards one address (App Service, "Troubleshooting intermittent
 * outbound connection errors").
 * @throws AzureCallError `not-loopback` when `sitesEndpoint` is not http on this machine.
 */
export function createPairedProber(options: ProberOptions): PairedProber {
  const { now, sitesEndpoint } = options;
  const kept = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: IDLE_SOCKETS };
  const agent = sitesEndpoint === undefined ? new HttpsAgent(kept) : new HttpAgent(kept);
  const send = senderTo(sitesEndpoint);
  return {
    ask: async (host, ask) => {
      const startedMs = now();
      const signal = AbortSignal.timeout(ask.timeoutMs);
      const came = await attempt({ send, host, ask, agent: agentFor(ask, agent), signal });
      // Says nothing about the version: asked once more, on a connection of its own, in the time left.
      const reply = came.isStale ? await attempt({ send, host, ask, agent: false, signal }) : came;
      const { status, strayed, problem } = reply;
      return { status, strayed, problem, durationMs: Math.max(0, now() - startedMs) };
    },
  };
}

/** What may not be sent twice gets a connection of its own, which cannot be stale. */
function agentFor({ request }: PairedAsk, agent: HttpAgent): HttpAgent | false {
  return request.method === 'GET' || request.method === 'HEAD' ? agent : false;
}

interface Attempt {
  readonly send: Send;
  readonly host: string;
  readonly ask: PairedAsk;
  readonly agent: HttpAgent | false;
  readonly signal: AbortSignal;
}

type Came = Omit<PairedReply, 'durationMs'> & { readonly isStale: boolean };

/** Never throws: whatever goes wrong, an illegal header included, is what the probe found. */
async function attempt({ send, host, ask, agent, signal }: Attempt): Promise<Came> {
  const { method, path } = ask.request;
  let request: ClientRequest | undefined;
  let hasBegun = false;
  try {
    const headers = headersOf(ask);
    request = send(host, { method, path, headers, agent, signal });
    const response = await answerTo(request);
    hasBegun = true;
    const strayed = hasStrayed(response);
    await bodyOf(response);
    return { status: response.statusCode ?? 0, strayed, problem: undefined, isStale: false };
  } catch (error) {
    const wasUsed = request?.reusedSocket === true && !hasBegun;
    const isStale = wasUsed && !signal.aborted && STALE.has(codeOf(error));
    const problem = signal.aborted
      ? `no whole answer within ${ask.timeoutMs} ms`
      : errorText(error);
    return { status: undefined, strayed: false, problem, isStale };
  }
}

function headersOf({ request }: PairedAsk): Record<string, string> {
  return markedHeaders(request.headers, { 'accept-encoding': 'gzip', cookie: SELF_COOKIE });
}

/** A host that rolled the dice says so with a cookie: the pin was not honoured. */
function hasStrayed({ headers }: IncomingMessage): boolean {
  return (headers['set-cookie'] ?? []).some((cookie) => {
    const name = ROUTED.exec(cookie)?.[1]?.trim();
    return name !== undefined && name !== 'self';
  });
}

/** Its end belongs to the answer: an app may hang in the middle of one. The bytes go nowhere. */
async function bodyOf(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const part of response) {
    const chunk: unknown = part;
    bytes += Buffer.isBuffer(chunk) ? chunk.length : 0;
    // Leaving the loop ends the connection.
    if (bytes >= BODY_BYTES) return;
  }
}

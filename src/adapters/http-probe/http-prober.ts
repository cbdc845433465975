import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import type { HttpProber } from '../../controller/ports/http-prober.ts';
import { isLoopback } from '../../loopback.ts';
import type { HttpValidation } from '../../release/plan.ts';
import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';
import { problemOf, sentence } from './probe-problem.ts';

export interface HttpProberOptions {
  /** Milliseconds of the clock port; only differences are used. */
  readonly now: () => number;
  /**
   * The front end of sites that run on this machine, `http://127.0.0.1:7073`: every request goes there
   * over http, with the site in its Host header. Absent: https to the host itself.
   */
  readonly sitesEndpoint?: string | undefined;
}

/** Of an answer's body, what is read at most. */
const BODY_BYTES = 64 * 1024;
/** A plan's headers may not undo the mark, the host, or the framing of a request without a body. */
const NOT_FROM_PLAN: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'te',
  'traceparent',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Every request has a connection of its own, so that a pooled one that has died is not taken for a site
 * that has.
 * @throws AzureCallError `not-loopback` when `sitesEndpoint` is not http on this machine.
 */
export function createHttpProber(options: HttpProberOptions): HttpProber {
  const { now, sitesEndpoint } = options;
  const send = sitesEndpoint === undefined ? sendToSite : senderToLocal(sitesEndpoint);
  return {
    probe: async (host, validation) => {
      const startedMs = now();
      const { status, problem } = await attempt(send, host, validation);
      const durationMs = Math.max(0, now() - startedMs);
      const { path } = validation;
      return { ok: problem === undefined, host, path, status, durationMs, problem };
    },
  };
}

interface ProbeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: false;
  readonly signal: AbortSignal;
}

type Send = (host: string, request: ProbeRequest) => ClientRequest;

const sendToSite: Send = (host, request) => httpsRequest({ ...request, hostname: host });

function senderToLocal(sitesEndpoint: string): Send {
  if (!isLoopback(sitesEndpoint) || !sitesEndpoint.startsWith('http:')) {
    throw new AzureCallError(
      `the local endpoint of the sites is "${sitesEndpoint}"; only http on 127.0.0.1, [::1] or localhost is accepted; leave the setting out to reach the sites themselves`,
      { code: 'not-loopback', failure: 'refused' },
    );
  }
  const { hostname, port } = new URL(sitesEndpoint);
  // Brackets belong to URLs; a socket wants the bare address.
  const address = hostname.replace(/^\[|\]$/g, '');
  return (host, request) =>
    httpRequest({
      ...request,
      hostname: address,
      port,
      headers: { ...request.headers, host },
    });
}

interface Outcome {
  readonly status: number | undefined;
  readonly problem: string | undefined;
}

/** Never throws: whatever goes wrong, an illegal header included, is what the probe found. */
async function attempt(send: Send, host: string, validation: HttpValidation): Promise<Outcome> {
  const { method, path, timeoutMs, bodyContains } = validation;
  let status: number | undefined;
  let deadline: AbortSignal | undefined;
  try {
    deadline = AbortSignal.timeout(timeoutMs);
    const headers = headersOf(validation);
    const request = send(host, { method, path, headers, agent: false, signal: deadline });
    const response = await answerTo(request);
    status = response.statusCode ?? 0;
    const { location } = response.headers;
    const body = bodyContains === undefined ? undefined : await headOf(response);
    response.destroy();
    return { status, problem: problemOf(host, validation, { status, body, location }) };
  } catch (error) {
    const got = status === undefined ? 'no answer' : `${status} and not its body`;
    const why = deadline?.aborted === true ? ` within ${timeoutMs} ms` : ` (${errorText(error)})`;
    return { status, problem: sentence(host, validation, `${got}${why}`) };
  }
}

/** Sampled (`-01`), so that tracers that follow their caller keep the request. */
function headersOf(validation: HttpValidation): Record<string, string> {
  const fromPlan = Object.entries(validation.headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => !NOT_FROM_PLAN.has(name));
  const traceId = `${PROBE_TRACE_PREFIX}${randomBytes(12).toString('hex')}`;
  return {
    'user-agent': 'slipway-probe',
    accept: '*/*',
    // A packed body could not be searched.
    'accept-encoding': 'identity',
    ...Object.fromEntries(fromPlan),
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  };
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays on: an error after the answer has begun would else end the process.
    request.on('error', reject);
    // An answer that Node gives up (101, say) closes the connection without an error.
    request.once('close', () => reject(new Error('the connection was closed')));
    request.end();
  });
}

async function headOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    const chunk: unknown = part;
    if (!Buffer.isBuffer(chunk)) continue;
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes >= BODY_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, BODY_BYTES).toString('utf8');
}

/** `AggregateError` of a host with several addresses has an empty message; its code says what it was. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

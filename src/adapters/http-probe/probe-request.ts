/** What every probe has in common: where it goes, its mark, and its answer. */
import { randomBytes } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Agent as HttpAgent } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';

import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import { isLoopback } from '../../loopback.ts';
import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';

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
 * While a ramp-up rule splits production's visitors, this cookie alone makes production's host answer itself
 * (azure.md 1.3). Both hosts get it, so that both versions see the same request; a slot has no rules.
 */
export const SELF_COOKIE = 'x-ms-routing-name=self';

export interface ProberOptions {
  /** Milliseconds of the clock port; only differences are used. */
  readonly now: () => number;
  /**
   * The front end of sites that run on this machine, `http://127.0.0.1:7073`: every request goes there
   * over http, with the site in its Host header. Absent: https to the host itself.
   */
  readonly sitesEndpoint?: string | undefined;
}

export interface ProbeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** False: a connection of its own. */
  readonly agent: false | HttpAgent | HttpsAgent;
  readonly signal: AbortSignal;
}

export type Send = (host: string, request: ProbeRequest) => ClientRequest;

/**
 * @param sitesEndpoint as in ProberOptions
 * @throws AzureCallError `not-loopback` when it is not http on this machine.
 */
export function senderTo(sitesEndpoint: string | undefined): Send {
  if (sitesEndpoint === undefined) {
    return (host, request) => httpsRequest({ ...request, hostname: host });
  }
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
    httpRequest({ ...request, hostname: address, port, headers: { ...request.headers, host } });
}

/**
 * Headers of one probe: the plan's, without those that are ours. Sampled (`-01`), so that tracers that
 * follow their caller keep the request.
 * @param own win over the plan's
 */
export function markedHeaders(
  fromPlan: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const planned = Object.entries(fromPlan)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => !NOT_FROM_PLAN.has(name));
  const traceId = `${PROBE_TRACE_PREFIX}${randomBytes(12).toString('hex')}`;
  return {
    'user-agent': 'slipway-probe',
    accept: '*/*',
    ...Object.fromEntries(planned),
    ...own,
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  };
}

/** Rejects with what went wrong on the way; the request must not have been ended. */
export async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays on: an error after the answer has begun would else end the process.
    request.on('error', reject);
    // An answer that Node gives up (101, say) closes the connection without an error.
    request.once('close', () => reject(new Error('the connection was closed')));
    request.end();
  });
}

/** `AggregateError` of a host with several addresses has an empty message; its code says what it was. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return codeOf(error) ?? error.name;
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

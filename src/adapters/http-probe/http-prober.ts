import type { IncomingMessage } from 'node:http';
import type { HttpProber } from '../../controller/ports/http-prober.ts';
import type { HttpValidation } from '../../release/plan.ts';
import { problemOf, sentence } from './probe-problem.ts';
import {
  answerTo,
  errorText,
  markedHeaders,
  type ProberOptions,
  SELF_COOKIE,
  type Send,
  senderTo,
} from './probe-request.ts';

/** Of an answer's body, what is read at most. */
const BODY_BYTES = 64 * 1024;

/**
 * Every request has a connection of its own, so that a pooled one that has died is not taken for a site
 * that has.
 * @throws AzureCallError `not-loopback` when `sitesEndpoint` is not http on this machine.
 */
export function createHttpProber(options: ProberOptions): HttpProber {
  const { now, sitesEndpoint } = options;
  const send = senderTo(sitesEndpoint);
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

/** A packed body could not be searched. Without the pin, in the ramp either version might answer. */
function headersOf(validation: HttpValidation): Record<string, string> {
  const unlessPlanned = { 'accept-encoding': 'identity', cookie: SELF_COOKIE };
  return markedHeaders({ ...unlessPlanned, ...validation.headers }, {});
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

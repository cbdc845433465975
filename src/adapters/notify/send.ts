/** One request to a receiver. Its answer's body is nobody's business and is not read. */
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { type RequestOptions, request as httpsRequest } from 'node:https';

import { NotToldError } from '../../controller/ports/notifier.ts';
import { lookupPublic, NotPublicError } from './public-address.ts';

export interface Destination {
  readonly url: URL;
  /** What it is called where people read: never its address. */
  readonly called: string;
  /** This machine may be told. */
  readonly local: boolean;
  /** After so long without an answer it counts as not told. */
  readonly timeoutMs: number;
}

export interface Outgoing {
  readonly method: 'POST' | 'OPTIONS';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Follows no redirect: it would take the notice past the check of the address.
 * @throws NotToldError `receiver-unreachable`
 */
export async function send(to: Destination, outgoing: Outgoing): Promise<Answer> {
  const { url, called, local, timeoutMs } = to;
  const signal = AbortSignal.timeout(timeoutMs);
  const lookup = local ? {} : { lookup: lookupPublic };
  const headers = {
    ...outgoing.headers,
    'user-agent': 'slipway',
    'content-length': String(Buffer.byteLength(outgoing.body)),
  };
  const { method, body } = outgoing;
  const options: RequestOptions = { method, headers, signal, agent: false, ...lookup };
  const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return await new Promise<Answer>((resolve, reject) => {
    const request = begin(url, options, (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      response.destroy();
    });
    request.on('error', (cause) => {
      const why = signal.aborted ? `within ${timeoutMs} ms` : `(${wordsOf(cause)})`;
      reject(new NotToldError('receiver-unreachable', `${called} gave no answer ${why}`));
    });
    request.end(body);
  });
}

/** Node's own messages name the host. */
function wordsOf(cause: NodeJS.ErrnoException): string {
  return cause instanceof NotPublicError ? cause.message : (cause.code ?? cause.name);
}

/** The receiver only asks to come later: with 429, or 503 that says when. @param now in ms */
export function laterError(
  { called }: Destination,
  answer: Answer,
  now: number,
): NotToldError | undefined {
  const waitMs = retryAfterMs(answer, now);
  if (answer.status !== 429 && waitMs === undefined) return undefined;
  return new NotToldError('receiver-later', `${called} answered ${answer.status}`, waitMs);
}

/**
 * How long the receiver asks to wait, in ms (RFC 9110, 10.2.3: seconds or a date).
 * @param now in ms, for a date
 */
export function retryAfterMs({ status, headers }: Answer, now: number): number | undefined {
  const asked = headers['retry-after'];
  if (asked === undefined || (status !== 429 && status !== 503)) return undefined;
  const ms = /^\d{1,9}$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

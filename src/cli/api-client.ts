/** One request to Slipway's HTTP API, and what its answer means. */
import { z } from 'zod';

import { isLoopback } from '../app.ts';
import { formatText } from '../judge/format.ts';
import { SlipwayError } from '../release/errors.ts';
import { usage } from './usage.ts';

export interface ApiAccess {
  /** The function app, as `https://my-slipway.azurewebsites.net`; with a path, the API is at that path. */
  readonly url: string;
  /** A function key; without one, `token` proves who asks. */
  readonly key: string | undefined;
  /**
   * Gives an access token; undefined: there is none to give.
   * @param renew the one given before was not accepted
   */
  readonly token: ((renew: boolean) => Promise<string>) | undefined;
  /** The name that the audit shows for a key's holder. */
  readonly actor: string | undefined;
  /** Once it is aborted nobody waits for an answer any more. */
  readonly signal?: AbortSignal;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, without the prefix: `apps?prune=true`. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
}

/** Slipway answered, and the answer is no. */
export class ApiError extends SlipwayError {
  readonly status: number;
  /** Where the release stands that refused; undefined: nothing was said of one. */
  readonly release: unknown;
  /** What it asks for (Retry-After in seconds); undefined: nothing. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, { error, release }: Said, retryAfterMs?: number) {
    super(error.code, error.message, { details: error.details });
    this.status = status;
    this.release = release;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An answer, and what time it was over there. */
export interface ApiAnswer {
  readonly json: unknown;
  /** Milliseconds since the epoch, whole seconds; undefined: the answer did not say. */
  readonly at: number | undefined;
}

const ANSWER_LIMIT_MS = 60_000;
const ERROR_CHARS = 500;
const ADDRESS_CHARS = 100;
const PREFIX = '/api';

const ERROR = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z
      .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
      .default([]),
  }),
  release: z.unknown().optional(),
});
type Said = z.output<typeof ERROR>;

/** The JSON alone of `askApi`. */
export async function callApi(access: ApiAccess, request: ApiRequest): Promise<unknown> {
  return (await askApi(access, request)).json;
}

/**
 * One request, one answer.
 * @throws ApiError for an answer that is no success; SlipwayError `unreachable`; InvalidInputError when
 * the address is none, or neither a key nor a token is there
 */
export async function askApi(access: ApiAccess, request: ApiRequest): Promise<ApiAnswer> {
  const url = addressOf(access.url, request.path);
  const send = async (renew: boolean): Promise<HttpAnswer> =>
    answerOf(url, {
      method: request.method,
      headers: await headersOf(access, renew),
      // A redirect would take the key along.
      redirect: 'error',
      signal: AbortSignal.any([
        AbortSignal.timeout(ANSWER_LIMIT_MS),
        ...(access.signal === undefined ? [] : [access.signal]),
      ]),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  const isSignedIn = access.key === undefined && access.token !== undefined;
  const first = await send(false);
  // The token has run out: nothing was done yet, so the same may be asked with a new one.
  const answer = first.status === 401 && isSignedIn ? await send(true) : first;
  const { status, text, at, retryAfterMs } = answer;
  const json = parsedOrUndefined(text);
  if (status >= 200 && status < 300 && json !== undefined) return { json, at };
  const what = `${request.method} ${url.origin}${url.pathname} was answered with ${status}`;
  const message = `${what}${wayOut(status, request)}`;
  // The host answers 401 before Slipway is asked, and whose answer it is makes no difference.
  const code = status === 401 ? 'unauthenticated' : 'no-slipway';
  const unknown = { error: { code, message, details: [] }, release: undefined };
  throw new ApiError(status, ERROR.safeParse(json).data ?? unknown, retryAfterMs);
}

function addressOf(base: string, path: string): URL {
  const url = URL.parse(base);
  if (base === '') throw usage('no address is given: set SLIPWAY_URL, or --url');
  const isPlain =
    url?.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url === null || !isPlain || !(url.protocol === 'https:' || isLoopback(base))) {
    throw usage(
      `"${formatText(base, ADDRESS_CHARS)}" is no https address such as https://my-slipway.azurewebsites.net: set --url or SLIPWAY_URL`,
    );
  }
  const prefix = url.pathname === '/' ? PREFIX : url.pathname.replace(/\/$/, '');
  return new URL(`${prefix}/${path}`, url.origin);
}

async function headersOf(
  { key, token, actor }: ApiAccess,
  renew: boolean,
): Promise<Record<string, string>> {
  const proof: Record<string, string> = {};
  if (key !== undefined) proof['x-functions-key'] = key;
  else if (token !== undefined) proof.authorization = `Bearer ${await token(renew)}`;
  else
    throw usage('nothing proves who asks: set SLIPWAY_KEY, or SLIPWAY_SCOPE to sign in with Entra');
  const named = actor === undefined ? {} : { 'x-slipway-actor': actor };
  return { ...proof, ...named, 'content-type': 'application/json' };
}

interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly at: number | undefined;
  readonly retryAfterMs: number | undefined;
}

async function answerOf(url: URL, init: RequestInit): Promise<HttpAnswer> {
  try {
    const answer = await fetch(url, init);
    const date = Date.parse(answer.headers.get('date') ?? '');
    const at = Number.isNaN(date) ? undefined : date;
    const asked = answer.headers.get('retry-after') ?? '';
    const retryAfterMs = /^\d{1,6}$/.test(asked) ? Number(asked) * 1_000 : undefined;
    return { status: answer.status, text: await answer.text(), at, retryAfterMs };
  } catch (cause) {
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const said = why instanceof Error ? why.message : String(why);
    throw new SlipwayError(
      'unreachable',
      `${url.origin} did not answer: ${said}`.slice(0, ERROR_CHARS),
      {
        cause,
      },
    );
  }
}

/** What the host or Easy Auth answers before Slipway's own code is asked. */
function wayOut(status: number, { method, path }: ApiRequest): string {
  if (status === 401 || status === 403) {
    const isAdministration =
      method === 'PUT' || method === 'DELETE' || path.startsWith('notifications/');
    const needs = '; this one takes the master key or the role Slipway.Admin';
    return `: the key or the token is not accepted here (SLIPWAY_KEY, or SLIPWAY_SCOPE for Entra; docs/access.md)${isAdministration ? needs : ''}`;
  }
  return status === 404 ? ': there is no such route; is this address a Slipway?' : '';
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Slipway's HTTP API as the command line uses it. */
import { z } from 'zod';

import { isLoopback } from '../app.ts';
import { InvalidInputError, SlipwayError } from '../release/errors.ts';

export interface ApiAccess {
  /** The function app, as `https://my-slipway.azurewebsites.net`; with a path, the API is at that path. */
  readonly url: string;
  /** A function key; without one, `token` proves who asks. */
  readonly key: string | undefined;
  /** Gives an access token; undefined: there is none to give. */
  readonly token: (() => Promise<string>) | undefined;
  /** The name that the audit shows for a key's holder. */
  readonly actor: string | undefined;
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

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.status = status;
  }
}

const ANSWER_LIMIT_MS = 60_000;
const ERROR_CHARS = 500;
const PREFIX = '/api';

const ERROR = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * One request, one answer: its JSON.
 * @throws ApiError for an answer that is no success; SlipwayError `unreachable`; InvalidInputError when
 * the address is none, or neither a key nor a token is there
 */
export async function callApi(access: ApiAccess, request: ApiRequest): Promise<unknown> {
  const url = addressOf(access.url, request.path);
  const init: RequestInit = {
    method: request.method,
    headers: await headersOf(access),
    // A redirect would take the key along.
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    ...(request.body === undefined ? {} : { body: request.body }),
  };
  const { status, text } = await answerOf(url, init);
  const json = parsedOrUndefined(text);
  if (status >= 200 && status < 300 && json !== undefined) return json;
  const said = ERROR.safeParse(json).data?.error;
  const what = `${request.method} ${url.pathname} was answered with ${status}`;
  throw new ApiError(
    status,
    said?.code ?? 'no-slipway',
    said?.message ?? `${what}${wayOut(status, request.method)}`,
  );
}

function addressOf(base: string, path: string): URL {
  const url = URL.parse(base);
  const isPlain =
    url?.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url === null || !isPlain || !(url.protocol === 'https:' || isLoopback(base))) {
    throw usage(
      'the address is not an https URL such as https://my-slipway.azurewebsites.net: set --url or SLIPWAY_URL',
    );
  }
  const prefix = url.pathname === '/' ? PREFIX : url.pathname.replace(/\/$/, '');
  return new URL(`${prefix}/${path}`, url.origin);
}

async function headersOf({ key, token, actor }: ApiAccess): Promise<Record<string, string>> {
  const proof: Record<string, string> = {};
  if (key !== undefined) proof['x-functions-key'] = key;
  else if (token !== undefined) proof.authorization = `Bearer ${await token()}`;
  else
    throw usage('nothing proves who asks: set SLIPWAY_KEY, or SLIPWAY_SCOPE to sign in with Entra');
  const named = actor === undefined ? {} : { 'x-slipway-actor': actor };
  return { ...proof, ...named, 'content-type': 'application/json' };
}

async function answerOf(url: URL, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url, init);
    return { status: answer.status, text: await answer.text() };
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
function wayOut(status: number, method: ApiRequest['method']): string {
  if (status === 401 || status === 403) {
    const isChange = method === 'PUT' || method === 'DELETE';
    const needs = '; changes of the registry take the master key or the role Slipway.Admin';
    return `: the key or the token is not accepted here${isChange ? needs : ''}`;
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

function usage(message: string): InvalidInputError {
  return new InvalidInputError('the command', [{ path: '', code: 'usage', message }]);
}

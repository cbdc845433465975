// The library's own request and context, without a host (azure.md 4.2).
import { HttpRequest, InvocationContext } from '@azure/functions';
import type { HttpHandler, StorageQueueHandler } from '@azure/functions';
import { z } from 'zod';

import type { Controller } from '../../src/app.ts';
import { keyHolder } from '../../src/api/principal.ts';
import {
  type HandlerOptions,
  type HttpDoor,
  httpHandler,
} from '../../src/functions/shared/http-handler.ts';

export const ORIGIN = 'https://slipway.example.net';

export interface Sent {
  readonly method?: string;
  /** Path and query after `/api`. */
  readonly path?: string;
  readonly params?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
}

const ERROR = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    details: z
      .array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() }))
      .min(1)
      .optional(),
  }),
  release: z.looseObject({ id: z.string() }).optional(),
});
export type ErrorBody = z.output<typeof ERROR>;

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
  /** The body as the one error shape; throws when it has another. */
  error(): ErrorBody;
  readonly logged: readonly string[];
}

export async function callHandler(handler: HttpHandler, sent: Sent = {}): Promise<Got> {
  const logged: string[] = [];
  const { method = 'GET', path = '/releases', params = {}, headers = {}, body } = sent;
  const url = new URL(`${ORIGIN}/api${path}`);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = new HttpRequest({
    method,
    url: url.href,
    params,
    headers,
    query: Object.fromEntries(url.searchParams),
    ...(body === undefined ? {} : { body: { string: text } }),
  });
  const answer = await handler(request, context(logged));
  const init = z
    .looseObject({
      status: z.number(),
      headers: z.record(z.string(), z.string()),
      jsonBody: z.unknown(),
    })
    .parse(answer);
  const json: unknown = JSON.parse(JSON.stringify(init.jsonBody));
  return {
    status: init.status,
    headers: new Headers(init.headers),
    json,
    error: () => ERROR.parse(json),
    logged,
  };
}

/** A handler that lets everybody in, as a holder of the master key. */
export function openHandler(
  door: HttpDoor,
  options: Omit<HandlerOptions, 'admit'> = {},
): HttpHandler {
  const admit: HandlerOptions['admit'] = ({ headers }) => keyHolder(headers, 'Slipway.Admin');
  return httpHandler(door, { admit, ...options });
}

/** Sends one request through a door to the given use cases. */
export function call(door: HttpDoor, slipway: Controller, sent: Sent = {}): Promise<Got> {
  return callHandler(openHandler(door, { open: async () => slipway }), sent);
}

/** Delivers one message as the host does: a text that is JSON arrives parsed (azure.md 4.1). */
export async function deliver(
  handler: StorageQueueHandler,
  text: string,
  metadata: Record<string, unknown> = {},
): Promise<readonly string[]> {
  const logged: string[] = [];
  await handler(parsedOrText(text), context(logged, metadata));
  return logged;
}

export function context(
  logged: string[] = [],
  triggerMetadata?: Record<string, unknown>,
): InvocationContext {
  return new InvocationContext({
    invocationId: 'invocation-1',
    functionName: 'tested',
    logHandler: (level, ...line) => logged.push(`${level}: ${line.map(String).join(' ')}`),
    ...(triggerMetadata === undefined ? {} : { triggerMetadata }),
  });
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

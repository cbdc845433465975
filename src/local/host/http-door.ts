/** The HTTP side of the host: routes, keys, limits, and the small part of the admin API that helps here. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { answerAdmin } from './admin-api.ts';
import type { AdminApp } from './admin-api.ts';
import type { RpcHttpData } from './core-types.ts';
import type { FunctionInfo, LocalFunction } from './function-description.ts';
import { isAllowed } from './function-keys.ts';
import type { FunctionKeys } from './function-keys.ts';
import { FunctionsHostError, stackOf } from './host-error.ts';
import { BodyTooLargeError, readBody, sendRpcResponse, toRpcRequest } from './http-messages.ts';
import { matchRoute, parseRoute, sortRoutes } from './routes.ts';
import type { Route, RouteMatch } from './routes.ts';
import type { InvocationInput } from './app-loader.ts';

export type HttpFunction = LocalFunction<Extract<FunctionInfo, { type: 'http' }>>;

/** What the door needs of the host. */
export interface HttpDoorOptions {
  readonly functions: readonly HttpFunction[];
  readonly routePrefix: string;
  readonly keys: FunctionKeys;
  readonly admin: AdminApp;
  /** Where `/` leads; undefined: it is 404. */
  readonly home?: string | undefined;
  readonly bodyLimitBytes: number;
  readonly answerLimitMs: number;
  readonly requestLimitMs: number;
  /** Runs the function and gives the HTTP part of its answer; rejects with what it threw. */
  readonly invoke: (fn: HttpFunction, input: InvocationInput) => Promise<RpcHttpData | undefined>;
  readonly logError: (message: string) => void;
}

/**
 * An HTTP server, not listening yet.
 *
 * @throws FunctionsHostError `route-invalid`
 */
export function createHttpDoor(options: HttpDoorOptions): Server {
  const prefix = options.routePrefix.replace(/^\/|\/$/g, '');
  const routes = sortRoutes(
    options.functions.map((fn): Route<HttpFunction> => {
      const template = [prefix, fn.info.route.replace(/^\//, '')].filter(Boolean).join('/');
      return parseRoute({ template, methods: fn.info.methods, target: fn });
    }),
  );
  const { requestLimitMs } = options;
  const limits = {
    requestTimeout: requestLimitMs,
    headersTimeout: requestLimitMs,
    connectionsCheckingInterval: Math.ceil(requestLimitMs / 4),
  };
  const server = createServer(limits, (request, response) => {
    // A stopping server would wait for connections that are kept alive.
    response.once('finish', () => {
      if (!server.listening) request.socket.end();
    });
    answer(request, response, { ...options, routes }).catch((error: unknown) => {
      options.logError(`${request.method ?? ''} ${request.url ?? ''}: ${stackOf(error)}`);
      sendEmpty(response, 500);
    });
  });
  return server;
}

/**
 * Listens on a loopback port (0 = any free one).
 *
 * @returns the port
 * @throws FunctionsHostError `port-taken`
 */
export async function listen(server: Server, port: number, hostname: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The functions host cannot listen on ${hostname}:${port}: stop what uses it, or choose another port.`;
      reject(new FunctionsHostError('port-taken', message, { cause }));
    });
    server.listen(port, hostname, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpDoorOptions & { readonly routes: readonly Route<HttpFunction>[] },
): Promise<void> {
  const url = requestUrl(request);
  if (url === undefined) {
    sendEmpty(response, 400);
    return;
  }
  const given = headerOf(request, 'x-functions-key') ?? url.searchParams.get('code') ?? undefined;
  const method = request.method ?? 'GET';
  if (url.pathname === '/' && options.home !== undefined) {
    response.writeHead(302, { location: options.home, 'content-length': 0 }).end();
    return;
  }
  const isAdmin = /^\/admin(?:\/|$)/i.test(url.pathname);
  const match = isAdmin ? undefined : matchRoute(options.routes, { method, path: url.pathname });
  if (!isAdmin && match === undefined) {
    sendEmpty(response, 404);
    return;
  }
  const level = match?.target.info.authLevel ?? 'admin';
  if (!isAllowed(level, given, options.keys)) {
    sendEmpty(response, 401);
    return;
  }

  let body: Buffer | undefined;
  try {
    body = await readBody(request, options.bodyLimitBytes);
  } catch (error) {
    // Cut off, or gone by itself: nobody waits for an answer.
    if (request.destroyed) return;
    if (!(error instanceof BodyTooLargeError)) throw error;
    response.setHeader('connection', 'close');
    sendEmpty(response, 413);
    return;
  }
  if (match === undefined) {
    const result = answerAdmin(options.admin, { method, path: url.pathname, body });
    response.writeHead(result.status, { 'content-type': 'application/json' });
    response.end(result.json === undefined ? '' : JSON.stringify(result.json));
    return;
  }
  await answerFunction({ request, response, url, body, match, options });
}

async function answerFunction(call: {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  body: Buffer | undefined;
  match: RouteMatch<HttpFunction>;
  options: HttpDoorOptions;
}): Promise<void> {
  const { request, response, url, body, match, options } = call;
  const data = toRpcRequest(request, { url, params: match.params, body });
  // The function itself goes on after the limit, as in Azure, where a front end gives up at 230 s.
  const timer = setTimeout(() => {
    options.logError(`${url.pathname}: no answer within ${options.answerLimitMs} ms`);
    sendEmpty(response, 504);
  }, options.answerLimitMs);
  let http: RpcHttpData | undefined;
  try {
    http = await options.invoke(match.target, { name: match.target.bindingName, data });
  } catch {
    // Logged where it was invoked; nothing of it may reach the caller.
    sendEmpty(response, 500);
    return;
  } finally {
    clearTimeout(timer);
  }
  if (!response.headersSent) sendRpcResponse(response, http);
}

function sendEmpty(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-length': 0 }).end();
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function requestUrl(request: IncomingMessage): URL | undefined {
  const { host = '127.0.0.1' } = request.headers;
  const url = `http://${host}${request.url ?? '/'}`;
  return URL.parse(url) ?? undefined;
}

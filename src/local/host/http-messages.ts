/** HTTP requests as the app gets them, and its answers as they go out (azure.md 8). */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { RpcHttpCookie, RpcHttpData, RpcNullable, RpcTypedData } from './core-types.ts';

/** Thrown for a body above the limit; the answer is 413. */
export class BodyTooLargeError extends Error {
  readonly code = 'body-too-large';

  constructor(limitBytes: number) {
    super(`The body is larger than ${limitBytes} bytes.`);
    this.name = 'BodyTooLargeError';
  }
}

/**
 * The body, when there is one. Without streaming the real host passes a body only when its length
 * was announced, so a chunked one is dropped here too (azure.md 8).
 *
 * @throws BodyTooLargeError
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<Buffer | undefined> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limitBytes) throw new BodyTooLargeError(limitBytes);
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    if (announced > 0 && Buffer.isBuffer(chunk)) chunks.push(chunk);
  }
  return announced > 0 ? Buffer.concat(chunks) : undefined;
}

/** The request as the library's converter wants it. */
export function toRpcRequest(
  request: IncomingMessage,
  options: { url: URL; params: Readonly<Record<string, string>>; body: Buffer | undefined },
): RpcTypedData {
  const { url, params, body } = options;
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value] as const],
  );
  const names = [...new Set(url.searchParams.keys())];
  const query = names.map((name) => [name, url.searchParams.getAll(name).join(',')] as const);
  return {
    http: {
      method: request.method ?? 'GET',
      url: url.href,
      nullableHeaders: nullable(headers),
      nullableParams: nullable(Object.entries(params)),
      nullableQuery: nullable(query),
      ...(body === undefined ? {} : { body: { bytes: body } }),
    },
  };
}

/** Sends the app's answer. A handler that returned nothing answers 204, as in Azure. */
export function sendRpcResponse(response: ServerResponse, http: RpcHttpData | undefined): void {
  if (http === undefined) {
    response.writeHead(204).end();
    return;
  }
  const cookies = (http.cookies ?? []).map(cookieLine);
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value);
  if (cookies.length > 0) response.appendHeader('set-cookie', cookies);
  const { body } = http;
  // `end` itself leaves the body of a HEAD answer out.
  response.end(body?.bytes ?? body?.string ?? '');
}

function nullable(
  entries: readonly (readonly [string, string])[],
): Record<string, RpcNullable<string>> {
  return Object.fromEntries(entries.map(([name, value]) => [name, { value }]));
}

const SAME_SITE = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

function cookieLine(cookie: RpcHttpCookie): string {
  const { domain, path, expires, maxAge } = cookie;
  const sameSite = SAME_SITE[cookie.sameSite ?? 'none'];
  const attributes = [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    domain && `Domain=${domain.value}`,
    path && `Path=${path.value}`,
    expires && `Expires=${new Date(expires.value.seconds * 1000).toUTCString()}`,
    maxAge && `Max-Age=${maxAge.value}`,
    cookie.secure?.value === true ? 'Secure' : undefined,
    cookie.httpOnly?.value === true ? 'HttpOnly' : undefined,
    sameSite && `SameSite=${sameSite}`,
  ];
  return attributes.filter((attribute) => attribute !== undefined).join('; ');
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';

/** An answer before it is written. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of a request is larger than this stand-in takes, packed or unpacked. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  readonly code = 'body-too-large';

  constructor(limitBytes: number, cause?: unknown) {
    super(`The request body is over the limit of ${String(limitBytes)} bytes; send it in parts.`, {
      cause,
    });
  }
}

/** Limit of a request's body on the wire and after unpacking. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

const unzip = promisify(gunzip);
const undeflate = promisify(inflate);

/** Reads the whole body, unpacked. Errors: BodyTooLargeError, or zlib's when it is no gzip. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    const chunk: unknown = part;
    if (!Buffer.isBuffer(chunk)) {
      continue; // Never: no encoding is set on the request.
    }
    bytes += chunk.length;
    // Read on to the end without keeping it: a client that is still sending does not see the answer.
    if (bytes <= MAX_BODY_BYTES) {
      parts.push(chunk);
    }
  }
  if (bytes > MAX_BODY_BYTES) {
    throw new BodyTooLargeError(MAX_BODY_BYTES);
  }
  return unpack(Buffer.concat(parts), request.headers['content-encoding']);
}

async function unpack(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    return body;
  }
  try {
    const options = { maxOutputLength: MAX_BODY_BYTES };
    return await (encoding === 'gzip' ? unzip(body, options) : undeflate(body, options));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new BodyTooLargeError(MAX_BODY_BYTES, error);
    }
    throw error;
  }
}

/** Writes an answer; an undefined body is left empty. */
export function send(response: ServerResponse, answer: HttpAnswer): void {
  const text =
    typeof answer.body === 'string' || answer.body === undefined
      ? answer.body
      : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    ...answer.headers,
  });
  response.end(text);
}

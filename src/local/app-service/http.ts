import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { AppServiceError } from './errors.ts';

/** Small helpers around node:http, shared by the servers of the stand-in. */

/** ARM takes up to 4 MB. */
const BODY_MOST_BYTES = 4 * 1024 * 1024;

/** @throws AppServiceError `body-too-large` over 4 MB. */
export async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > BODY_MOST_BYTES) {
      throw new AppServiceError('body-too-large', `a body is at most ${BODY_MOST_BYTES} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Without a body: `Content-Length: 0`, as recorded for 202. */
export function sendJson(
  res: ServerResponse,
  status: number,
  { body, headers }: { body?: unknown; headers?: Readonly<Record<string, string>> },
): void {
  if (res.destroyed) return;
  const text = body === undefined ? '' : JSON.stringify(body);
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  res.writeHead(status, { ...type, 'content-length': Buffer.byteLength(text), ...headers });
  res.end(text);
}

/** Listens on 127.0.0.1 and resolves to the base address. Port 0 takes any free one. */
export function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `port ${port} of 127.0.0.1 cannot be used: ${cause.message}; choose another or free it`;
      reject(new AppServiceError('port-unusable', message, { cause }));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const actual = address !== null && typeof address === 'object' ? address.port : port;
      resolve(`http://127.0.0.1:${actual}`);
    });
  });
}

/** Ends open connections too. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

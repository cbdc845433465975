/** One HTTP request exactly as written: header names keep their case, and a name may come twice. */
import { Agent, request } from 'node:http';

export interface Written {
  readonly method: string;
  /** With whatever path and query, not normalised. */
  readonly url: { readonly origin: string; readonly path: string };
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

const ANSWER_LIMIT_MS = 20_000;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Sends it over a connection that is kept for the next one. */
export function httpSend(written: Written): Promise<{ status: number; body: string }> {
  const { method, url, headers, body = '' } = written;
  const { hostname, port } = new URL(url.origin);
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ agent, hostname, port, method, path: url.path, timeout: ANSWER_LIMIT_MS },
        headers: { ...copied(headers), ...length },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)));
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Node's types want lists that may be written to. */
function copied(headers: Written['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  );
}

/** A receiver of HTTP on this machine: keeps what it gets, and answers, drops, waits or doubles as told. */
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReceiver {
  readonly url: string;
  readonly got: Got[];
  /** Undefined: the connection is closed without an answer, though the request was taken. */
  status: number | undefined;
  headers: Readonly<Record<string, string>>;
  /** Its body. A receiver of notices may say anything: nobody reads it. */
  answer: string;
  /** Waited for before the answer. */
  pace: () => Promise<void>;
  stop(): Promise<void>;
}

export async function startHttpReceiver(): Promise<HttpReceiver> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const body = Buffer.concat(parts).toString('utf8');
      receiver.got.push({ method, path: url, headers, body });
      const { status } = receiver;
      void receiver.pace().then(() => {
        if (status === undefined) request.socket.destroy();
        else
          response
            .writeHead(status, receiver.headers)
            .end(status === 204 ? undefined : receiver.answer);
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${port}/hook/T000/B000/secret-part`,
    got: [],
    status: 204,
    headers: {},
    answer: 'x'.repeat(100),
    pace: async () => undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

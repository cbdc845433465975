import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connectAppService } from '../../../src/adapters/app-service/connect.ts';
import type {
  AppServiceOptions,
  AppServicePorts,
} from '../../../src/adapters/app-service/connect.ts';
import { AzureCallError } from '../../../src/controller/ports/azure-errors.ts';
import type { Target } from '../../../src/release/start-message.ts';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

export interface ArmAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `reset` cuts the connection, `silence` never answers. */
export type Reaction = ArmAnswer | 'reset' | 'silence';

/** An HTTP server in the place of ARM that answers as the test says and remembers what it was asked. */
export interface ArmRecorder {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Method and path without query, as `GET …/config/web`; what comes before the site is left out. */
  readonly calls: () => readonly string[];
  stop(): Promise<void>;
}

export const TARGET: Target = {
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'rg-app',
  site: 'myapp',
};
export const SITE = `/subscriptions/${TARGET.subscriptionId}/resourceGroups/rg-app/providers/Microsoft.Web/sites/myapp`;

export async function startArm(
  react: (request: RecordedRequest, count: number) => Reaction,
): Promise<ArmRecorder> {
  const requests: RecordedRequest[] = [];
  const server = createServer((req, res) => {
    void record(req).then((request) => {
      requests.push(request);
      perform(react(request, requests.length), req, res);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    calls: () =>
      requests.map(({ method, url }) => {
        const path = new URL(url, 'http://arm').pathname;
        return `${method} ${path.replace(SITE, '')}`;
      }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function record(req: IncomingMessage): Promise<RecordedRequest> {
  const { method = '', url = '', headers } = req;
  return { method, url, body: await text(req), authorization: headers.authorization };
}

function perform(reaction: Reaction, req: IncomingMessage, res: ServerResponse): void {
  if (reaction === 'silence') return;
  if (reaction === 'reset') {
    req.socket.destroy();
    return;
  }
  const { status, headers = {}, body } = reaction;
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(body === undefined ? '' : content);
}

export const CREDENTIAL: AppServiceOptions['credential'] = {
  getToken: async () => ({ token: 'test-token', expiresOnTimestamp: 8.64e15 }),
};

/** The adapter against the recorder. */
export function connectTo(
  arm: ArmRecorder,
  change: Partial<AppServiceOptions> = {},
): AppServicePorts {
  return connectAppService({
    credential: CREDENTIAL,
    localEndpoint: arm.url,
    timeoutMs: 5_000,
    ...change,
  });
}

/** The AzureCallError that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<AzureCallError> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof AzureCallError) return error;
  throw error;
}

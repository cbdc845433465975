/**
 * The one file that knows `@azure/monitor-query`. The package is deprecated; its successor,
 * `@azure/monitor-query-logs`, takes its place here and nowhere else.
 */
import { isRestError } from '@azure/core-rest-pipeline';
import type { RestError } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { LogsQueryClient, LogsQueryResultStatus } from '@azure/monitor-query';
import type { LogsQueryResult, LogsTable } from '@azure/monitor-query';
import { z } from 'zod';
import { TelemetryError } from '../../controller/ports/telemetry.ts';
import { createLocalHttpClient } from './local-http-client.ts';
import { unusable } from './answers.ts';
import type { Table } from './answers.ts';

export interface LogsClientOptions {
  readonly credential: TokenCredential;
  /** A stand-in on this machine, `http://127.0.0.1:7072`. Absent: Azure. */
  readonly localEndpoint?: string | undefined;
}

/** A query and where and when it looks. */
export interface LogsRequest {
  /** The workspace's customer id, a GUID. */
  readonly workspaceId: string;
  readonly kql: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the whole call. Left out: 40 s. */
  readonly timeoutMs?: number | undefined;
}

export interface LogsClient {
  /** The only table of the answer; undefined when the workspace is empty. Throws TelemetryError. */
  query(request: LogsRequest): Promise<Table | undefined>;
}

/** Azure gives a query 3 minutes unless told otherwise; a tick cannot wait that long. */
const SERVER_TIMEOUT_S = 30;
/** The whole call, its token included. */
const CALL_TIMEOUT_MS = 40_000;

/**
 * Sends nothing yet.
 * @throws TelemetryError `error` when `localEndpoint` is not an address of this machine.
 */
export function createLogsClient(options: LogsClientOptions): LogsClient {
  const send = createSender(options);
  return {
    query: async (request) => {
      try {
        return tableOf(await send(request));
      } catch (error) {
        // "No content" is how an empty workspace answers, and the SDK throws it (azure.md 2).
        if (isRestError(error) && error.statusCode === 204) return undefined;
        throw errorOf(error, request.workspaceId);
      }
    },
  };
}

type Sender = (request: LogsRequest) => Promise<LogsQueryResult>;

function createSender({ credential, localEndpoint }: LogsClientOptions): Sender {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the owner's choice; see the head of this file
  const client = new LogsQueryClient(credential, {
    // The next tick is the retry: the SDK's own would wait out Retry-After, as long as that may be,
    // and would ask a query again that was too slow already.
    retryOptions: { maxRetries: 0 },
    // A token goes where it was meant to go.
    redirectOptions: { maxRetries: 0 },
    ...(localEndpoint === undefined ? {} : { httpClient: createLocalHttpClient(localEndpoint) }),
  });
  return async (request) => {
    const { timeoutMs = CALL_TIMEOUT_MS } = request;
    const deadline = AbortSignal.timeout(timeoutMs);
    const answer = client.queryWorkspace(
      request.workspaceId,
      request.kql,
      { startTime: new Date(request.fromMs), endTime: new Date(request.toMs) },
      { serverTimeoutInSeconds: serverTimeoutOf(timeoutMs), abortSignal: deadline },
    );
    // A credential that hangs does not look at the signal.
    return await Promise.race([answer, rejectAfter(deadline, timeoutMs)]);
  };
}

/** Whole seconds: nobody is to work on what nobody waits for. */
function serverTimeoutOf(timeoutMs: number): number {
  return Math.min(SERVER_TIMEOUT_S, Math.max(1, Math.ceil(timeoutMs / 1_000)));
}

async function rejectAfter(signal: AbortSignal, timeoutMs: number): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const late = new Error(`no answer within ${timeoutMs} ms`);
    signal.addEventListener('abort', () => reject(late), { once: true });
  });
}

function tableOf(result: LogsQueryResult): Table {
  if (result.status === LogsQueryResultStatus.PartialFailure) {
    const { code, message } = result.partialError;
    throw new TelemetryError(
      'partial',
      `Log Analytics answered only a part (${code}): ${message}; a part is no evidence, the next tick asks again`,
      { cause: result.partialError },
    );
  }
  const [table, ...others] = result.tables;
  if (table === undefined || others.length > 0) {
    throw unusable(`${result.tables.length} tables where Slipway asked for one`);
  }
  return plain(table);
}

/**
 * True when the query itself is to blame: it does not bind, is too slow for the service (504; a call that
 * outlives even that is the network's fault), or its answer is of no use. Asking again cannot help then,
 * while a service that is busy, unreachable or forbids may answer later.
 */
export function blamesQuery({ kind, cause }: TelemetryError): boolean {
  if (kind !== 'error') return false;
  if (isRestError(cause)) return cause.statusCode === 400 || cause.statusCode === 504;
  return cause === undefined;
}

const TABLE = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.unknown())),
});

/** @throws ZodError: the SDK passes on whatever the answer holds */
function plain({ columnDescriptors, rows }: LogsTable): Table {
  const columns = columnDescriptors.map(({ name = '', type = '' }) => ({ name, type }));
  return TABLE.parse({ columns, rows });
}

function errorOf(cause: unknown, workspaceId: string): TelemetryError {
  if (cause instanceof TelemetryError) return cause;
  const where = `Log Analytics workspace ${workspaceId}`;
  if (isRestError(cause) && cause.statusCode !== undefined) {
    const { statusCode } = cause;
    return new TelemetryError(
      statusCode === 429 ? 'throttled' : 'error',
      `${where} answered ${statusCode} ${cause.code ?? ''}: ${said(cause)}${wayOut(statusCode)}`,
      { cause },
    );
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return new TelemetryError('error', `${where} could not be asked: ${message}`, { cause });
}

function wayOut(statusCode: number): string {
  switch (statusCode) {
    case 401:
    case 403:
      return "; give Slipway's identity the role Log Analytics Reader on the workspace (a new role takes up to 60 minutes)";
    case 404:
      return '; check SLIPWAY_WORKSPACE_ID or telemetry.workspaceId: the workspace id (a GUID) is meant, not the resource id';
    case 504:
      return `; a query may take ${SERVER_TIMEOUT_S} s, so look at fewer rows`;
    case 429:
      return '; one identity may run 5 queries at once and 200 in 30 seconds, so fewer releases at once or one workspace and identity more help when this goes on';
    default:
      return '';
  }
}

/** How deep Azure nests `innererror`. The innermost says what is wrong, the outer ones that something is. */
const INNER_AT_MOST = 5;

function said(error: RestError): string {
  const messages = [error.message];
  let inner = memberOf(memberOf(error.details, 'error'), 'innerError');
  for (let depth = 0; depth < INNER_AT_MOST && inner !== undefined; depth += 1) {
    const message = memberOf(inner, 'message');
    if (typeof message === 'string') messages.push(message);
    inner = memberOf(inner, 'innerError');
  }
  return messages.join(' ').slice(0, 2_000);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

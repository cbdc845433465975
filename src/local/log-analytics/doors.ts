import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gatewayTimeout } from './faults.ts';
import type { FaultAction, Faults } from './faults.ts';
import { BodyTooLargeError, readBody, send } from './http.ts';
import type { HttpAnswer } from './http.ts';
import type { Ingestion } from './ingestion-endpoint.ts';
import { parsePrefer } from './query-endpoint.ts';
import type { QueryEndpoint } from './query-endpoint.ts';

/** Log Analytics' own: 3 minutes unless `Prefer: wait` says otherwise, which may ask for 10. */
const DEFAULT_WAIT_SECONDS = 180;

/** The endpoints behind the port. */
export interface Doors {
  readonly ingestion: Ingestion;
  readonly queries: QueryEndpoint;
  readonly faults: Faults;
  readonly log: (line: string) => void;
}

type Door = 'query' | 'ingestion' | undefined;

function doorOf(request: IncomingMessage, path: string): Door {
  if (request.method !== 'POST') {
    return undefined;
  }
  if (path === '/v2.1/track' || path === '/v2/track') {
    return 'ingestion';
  }
  return path.startsWith('/v1/') ? 'query' : undefined;
}

/** Lets a delay pass; 504 when the client asked for a shorter wait. */
async function delayed(
  delayMs: number,
  prefer: string | undefined,
): Promise<FaultAction | undefined> {
  const seconds = Number(parsePrefer(prefer).get('wait') ?? DEFAULT_WAIT_SECONDS);
  await wait(Math.min(delayMs, seconds * 1000), undefined, { ref: false });
  return delayMs > seconds * 1000 ? gatewayTimeout() : undefined;
}

function preferOf(request: IncomingMessage): string | undefined {
  const { prefer } = request.headers;
  return Array.isArray(prefer) ? prefer.join(',') : prefer;
}

async function answerTo(
  request: IncomingMessage,
  path: string,
  doors: Doors,
): Promise<HttpAnswer | 'drop'> {
  const door = doorOf(request, path);
  const body = await readBody(request);
  if (door === undefined) {
    return {
      status: 404,
      body: { error: { code: 'PathNotFoundError', message: `There is no ${path} here.` } },
    };
  }
  const prefer = preferOf(request);
  let fault = doors.faults.next(door);
  if (fault?.kind === 'delay') {
    fault = await delayed(fault.delayMs, prefer);
  }
  if (fault?.kind === 'drop') {
    return 'drop';
  }
  if (fault?.kind === 'answer') {
    return fault;
  }
  return door === 'ingestion'
    ? doors.ingestion.answer(body)
    : doors.queries.answer({
        path,
        authorization: request.headers.authorization,
        prefer,
        body,
        partial: fault?.kind === 'partial',
      });
}

/** Answers one request: finds the door, lets a fault happen, writes the answer. Never rejects. */
export async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  doors: Doors,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  try {
    const answer = await answerTo(request, path, doors);
    if (answer === 'drop') {
      request.socket.destroy();
    } else {
      send(response, answer);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    doors.log(`log analytics: ${request.method ?? ''} ${path}: ${message}`);
    const status = error instanceof BodyTooLargeError ? 413 : 400;
    send(response, { status, body: { error: { code: 'BadArgumentError', message } } });
  }
}

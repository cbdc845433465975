import { isRestError } from '@azure/core-rest-pipeline';
import { z } from 'zod';

import { StoreUnavailableError } from '../../controller/ports/store-errors.ts';

/** What an operation met. `missing` and `conflict` are answers, the others are failures. */
type Kind = 'conflict' | 'missing' | 'failed';

/**
 * A failure of the store with what is known of it. `transient`: trying again later may help (no
 * answer, throttling, a server error); otherwise somebody has to change something.
 */
export class StoreFailure extends StoreUnavailableError {}

/** Throws the failure of `what` when it cannot be retried: a limit, or rows that cannot be read. */
export function refuse(message: string, options: ErrorOptions = {}): never {
  throw new StoreFailure(message, { ...options, transient: false });
}

/** Somebody else's write stood in the way: a stale etag (412) or a row that exists already (409). */
export function isConflict(error: unknown): boolean {
  return kindOf(error) === 'conflict';
}

/** The row does not exist. A table that does not exist is a failure, not an answer. */
export function isMissing(error: unknown): boolean {
  return kindOf(error) === 'missing';
}

/**
 * Wraps what a storage SDK threw.
 * @param what The operation and its object, as "commit of release X".
 */
export function asStoreFailure(error: unknown, what: string): StoreFailure {
  if (error instanceof StoreFailure) return error;
  const { status, code } = answerOf(error);
  const said = status === undefined ? messageOf(error) : `HTTP ${status} ${code ?? ''}`.trim();
  const message = `The store failed at the ${what}: ${said}. ${wayOut(status, code)}`;
  return new StoreFailure(message, { cause: error, transient: isTransient(status) });
}

/** Runs one storage call; whatever it throws becomes a StoreFailure. */
export async function stored<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asStoreFailure(error, what);
  }
}

/** No answer, an answer that cannot be read (a 2xx that is an error here), throttling, a server error. */
function isTransient(status: number | undefined): boolean {
  if (status === undefined || status < 300) return true;
  return status === 408 || status === 429 || status >= 500;
}

function kindOf(error: unknown): Kind {
  const { status, code } = answerOf(error);
  if (status === 412) return 'conflict';
  // Other 409s speak of the table or the account ("TableBeingDeleted").
  if (status === 409 && code === 'EntityAlreadyExists') return 'conflict';
  if (status === 404 && code === 'ResourceNotFound') return 'missing';
  return 'failed';
}

const ODATA_DETAILS = z.object({ odataError: z.object({ code: z.string() }) });

/**
 * Single operations carry the code in `details.odataError`, transactions and queues in `code`
 * (azure.md 5). A network error has a code (ECONNRESET) but no status.
 */
function answerOf(error: unknown): { status: number | undefined; code: string | undefined } {
  if (!isRestError(error)) return { status: undefined, code: undefined };
  const details = ODATA_DETAILS.safeParse(error.details);
  return {
    status: error.statusCode,
    code: details.success ? details.data.odataError.code : error.code,
  };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'no answer within the time limit of one call';
  return error.message;
}

function wayOut(status: number | undefined, code: string | undefined): string {
  if (code === 'TableNotFound' || code === 'QueueNotFound') {
    return 'Restart the function app: it makes missing tables and queues when it starts';
  }
  if (status === 401 || status === 403) {
    return "Give the app's identity the roles Storage Table Data Contributor and Storage Queue Data Contributor, and look at the account's network rules";
  }
  return 'Nothing is known to be written';
}

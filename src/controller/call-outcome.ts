/** What became of a call to Azure, in a word for a metric, and whether the service can be said to work. */
import { AzureCallError } from './ports/azure-errors.ts';
import { ConflictError } from './ports/store-errors.ts';
import { TelemetryError } from './ports/telemetry.ts';

export type Service = 'storage' | 'arm' | 'logs';

export interface CallOutcome {
  readonly word:
    'ok' | 'busy' | 'refused' | 'unknown' | 'throttled' | 'conflict' | 'partial' | 'failed';
  /** The service did what it is there for, even if the answer was no. */
  readonly works: boolean;
}

export const CALL_OK: CallOutcome = { word: 'ok', works: true };

/** Answers that say nothing against App Service: one site is gone, or has another operation. */
const ORDINARY = new Set([400, 404, 409]);

export function outcomeOfError(error: unknown): CallOutcome {
  if (error instanceof ConflictError) return { word: 'conflict', works: true };
  if (error instanceof AzureCallError) {
    if (error.status === 429) return { word: 'throttled', works: false };
    return { word: error.failure, works: ORDINARY.has(error.status ?? 0) };
  }
  if (error instanceof TelemetryError) {
    const word = error.kind === 'error' ? 'failed' : error.kind;
    return { word, works: false };
  }
  return { word: 'failed', works: false };
}

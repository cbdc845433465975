/** Which failures pass by themselves, and how long to wait between tries. */
import { setTimeout as delay } from 'node:timers/promises';

import { SlipwayError } from '../release/errors.ts';
import { ApiError } from './api-client.ts';

/**
 * The function app is starting, or its storage is away. After it answered once, what a restart looks like
 * from outside passes too: keys that are not known yet, routes that are not there yet, a token that ran out.
 */
export function passes(error: unknown, hasAnswered: boolean): boolean {
  if (error instanceof ApiError) {
    const { status, code } = error;
    if (status >= 500 || status === 408 || status === 429) return true;
    return hasAnswered && (status === 401 || code === 'no-slipway');
  }
  if (!(error instanceof SlipwayError)) return false;
  return error.code === 'unreachable' || (hasAnswered && PASSING_CODES.includes(error.code));
}

const PASSING_CODES = ['sign-in', 'github-token', 'no-slipway'];

const WAIT_FIRST_MS = 1_000;
const WAIT_MOST_MS = 30_000;

/** After the nth failure in a row (from 1). */
export function backoffMs(failures: number): number {
  return Math.min(WAIT_FIRST_MS * 2 ** (failures - 1), WAIT_MOST_MS);
}

/** Waits, or returns at once when the signal is aborted. */
export async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  // The only way to fail is the signal.
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

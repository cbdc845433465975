/** Waiting that can be cut short. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait of one Node timer; longer ones would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Waits, or ends early when the signal is aborted. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let leftMs = ms;
  while (leftMs > 0 && !signal.aborted) {
    const stepMs = Math.min(leftMs, TIMER_MAX_MS);
    // An aborted wait rejects; that is the early end.
    await sleep(stepMs, undefined, { signal }).catch(() => undefined);
    leftMs -= stepMs;
  }
}

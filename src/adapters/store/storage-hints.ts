import type { QueueClient } from '@azure/storage-queue';

import { refuse, stored } from './store-failure.ts';

const SECOND_MS = 1_000;
const DELAY_MAX_MS = 7 * 24 * 3_600 * SECOND_MS;

export interface HintOptions {
  /** What host.json's `extensions.queues.messageEncoding` says; Azure's default is base64. */
  readonly encoding: 'base64' | 'none';
  /** Bound of one send, retries included. */
  readonly timeoutMs: number;
}

export type HintQueueClient = Pick<QueueClient, 'sendMessage'>;

/** A message that may be lost, and what is said of it when it cannot be sent. */
export interface Hint {
  /** `release`, not `id`: a field of that name would hide the message's own id from the trigger (azure.md 8). */
  readonly payload: { readonly release: string; readonly from?: number };
  readonly delayMs: number;
  /** Delays are whole seconds to Azure. */
  readonly roundDelay: (seconds: number) => number;
  /** After it may be seen, it is worth nothing any more. */
  readonly lifeSeconds: number;
  /** `A tick of release …`. */
  readonly what: string;
  /** `send of a tick of release …`. */
  readonly doing: string;
}

/** @throws StoreUnavailableError; not transient for a delay that Azure does not take */
export async function sendHint(
  queue: HintQueueClient,
  { encoding, timeoutMs }: HintOptions,
  { payload, delayMs, roundDelay, lifeSeconds, what, doing }: Hint,
): Promise<void> {
  if (!(delayMs >= 0 && delayMs <= DELAY_MAX_MS)) {
    refuse(`${what} cannot wait ${delayMs} ms: 0 to 7 days only`);
  }
  const json = JSON.stringify(payload);
  const text = encoding === 'base64' ? Buffer.from(json).toString('base64') : json;
  const visibilityTimeout = roundDelay(delayMs / SECOND_MS);
  await stored(doing, () =>
    queue.sendMessage(text, {
      visibilityTimeout,
      messageTimeToLive: visibilityTimeout + lifeSeconds,
      abortSignal: AbortSignal.timeout(timeoutMs),
    }),
  );
}

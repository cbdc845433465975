import type { QueueClient } from '@azure/storage-queue';

import type { TickQueue } from '../../controller/ports/tick-queue.ts';
import { checkedKey } from './keys.ts';
import { refuse, stored } from './store-failure.ts';

const SECOND_MS = 1_000;
const DELAY_MAX_MS = 7 * 24 * 3_600 * SECOND_MS;
/** A tick that nobody took for an hour is worth nothing: `due` has sent newer ones. */
const LIFE_SECONDS = 3_600;

export interface TickQueueOptions {
  /** What host.json's `extensions.queues.messageEncoding` says; Azure's default is base64. */
  readonly encoding: 'base64' | 'none';
  /** Bound of one send, retries included. */
  readonly timeoutMs: number;
}

/** Azure Queues, queue `ticks`. The payload is `{"release": id}`. */
export function createTickQueue(
  queue: Pick<QueueClient, 'sendMessage'>,
  options: TickQueueOptions,
): TickQueue {
  return {
    async send(releaseId, delayMs) {
      if (!(delayMs >= 0 && delayMs <= DELAY_MAX_MS)) {
        refuse(`A tick of release ${releaseId} cannot wait ${delayMs} ms: 0 to 7 days only`);
      }
      // Not `id`: a field of that name would hide the message's own id from the trigger (azure.md 8).
      const json = JSON.stringify({ release: checkedKey(releaseId) });
      const text = options.encoding === 'base64' ? Buffer.from(json).toString('base64') : json;
      // Rounded up: a tick that comes early finds nothing to do.
      const visibilityTimeout = Math.ceil(delayMs / SECOND_MS);
      await stored(`send of a tick of release ${releaseId}`, () =>
        queue.sendMessage(text, {
          visibilityTimeout,
          messageTimeToLive: visibilityTimeout + LIFE_SECONDS,
          abortSignal: AbortSignal.timeout(options.timeoutMs),
        }),
      );
    },
  };
}

import type { TickQueue } from '../../controller/ports/tick-queue.ts';
import { checkedKey } from './keys.ts';
import { type HintOptions, type HintQueueClient, sendHint } from './storage-hints.ts';

/** A tick that nobody took for an hour is worth nothing: `due` has sent newer ones. */
const LIFE_SECONDS = 3_600;

/** Azure Queues, queue `ticks`. The payload is `{"release": id}`. */
export function createTickQueue(queue: HintQueueClient, options: HintOptions): TickQueue {
  return {
    async send(releaseId, delayMs) {
      await sendHint(queue, options, {
        payload: { release: checkedKey(releaseId) },
        delayMs,
        // A tick that comes early finds nothing to do.
        roundDelay: Math.ceil,
        lifeSeconds: LIFE_SECONDS,
        what: `A tick of release ${releaseId}`,
        doing: `send of a tick of release ${releaseId}`,
      });
    },
  };
}

import type { QueueClient } from '@azure/storage-queue';

import type { ProbeWork } from '../../controller/ports/probe-work.ts';
import { checkedKey } from './keys.ts';
import { refuse, stored } from './store-failure.ts';

const SECOND_MS = 1_000;
const DELAY_MAX_MS = 7 * 24 * 3_600 * SECOND_MS;
/** A window is a minute at most, and nobody sends one that is over. */
const LIFE_SECONDS = 120;

export interface ProbeWorkOptions {
  /** What host.json's `extensions.queues.messageEncoding` says; Azure's default is base64. */
  readonly encoding: 'base64' | 'none';
  /** Bound of one send, retries included. */
  readonly timeoutMs: number;
}

/** Azure Queues, queue `probes`. The payload is `{"release": id, "from": milliseconds}`. */
export function createProbeWork(
  queue: Pick<QueueClient, 'sendMessage'>,
  options: ProbeWorkOptions,
): ProbeWork {
  return {
    async send({ releaseId, fromMs }, delayMs) {
      if (!(delayMs >= 0 && delayMs <= DELAY_MAX_MS)) {
        refuse(`Probes of release ${releaseId} cannot wait ${delayMs} ms: 0 to 7 days only`);
      }
      // Not `id`: a field of that name would hide the message's own id from the trigger (azure.md 8).
      const json = JSON.stringify({ release: checkedKey(releaseId), from: fromMs });
      const text = options.encoding === 'base64' ? Buffer.from(json).toString('base64') : json;
      // Rounded down: who takes it early waits for the window, who takes it late cannot.
      const visibilityTimeout = Math.floor(delayMs / SECOND_MS);
      await stored(`request for probes of release ${releaseId}`, () =>
        queue.sendMessage(text, {
          visibilityTimeout,
          messageTimeToLive: visibilityTimeout + LIFE_SECONDS,
          abortSignal: AbortSignal.timeout(options.timeoutMs),
        }),
      );
    },
  };
}

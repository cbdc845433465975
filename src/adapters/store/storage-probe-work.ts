import type { ProbeWork } from '../../controller/ports/probe-work.ts';
import { checkedKey } from './keys.ts';
import { type HintOptions, type HintQueueClient, sendHint } from './storage-hints.ts';

/** A window is a minute at most, and nobody sends one that is over. */
const LIFE_SECONDS = 120;

/** Azure Queues, queue `probes`. The payload is `{"release": id, "from": milliseconds}`. */
export function createProbeWork(queue: HintQueueClient, options: HintOptions): ProbeWork {
  return {
    async send({ releaseId, fromMs }, delayMs) {
      await sendHint(queue, options, {
        payload: { release: checkedKey(releaseId), from: fromMs },
        delayMs,
        // Who takes it early waits for the window, who takes it late cannot.
        roundDelay: Math.floor,
        lifeSeconds: LIFE_SECONDS,
        what: `Probes of release ${releaseId}`,
        doing: `request for probes of release ${releaseId}`,
      });
    },
  };
}

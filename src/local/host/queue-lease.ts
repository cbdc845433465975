/** Keeps a received message invisible while its function runs. */
import type { QueueClient, ReceivedMessageItem } from '@azure/storage-queue';

import { stackOf } from './host-error.ts';
import { pause } from './waiting.ts';

/** A message held by this host. */
export interface MessageLease {
  /** Ends the renewals and gives the newest pop receipt, without which the message cannot be deleted. */
  end(): Promise<string>;
}

/** Renews the lease whenever half of it has passed, as the real host does (azure.md 4.3). */
export function holdLease(options: {
  queue: QueueClient;
  message: ReceivedMessageItem;
  leaseSeconds: number;
  logWarning: (message: string) => void;
}): MessageLease {
  const { queue, message, leaseSeconds } = options;
  const done = new AbortController();
  let { popReceipt } = message;

  const renewals = (async () => {
    for (;;) {
      await pause((leaseSeconds * 1000) / 2, done.signal);
      if (done.signal.aborted) return;
      try {
        // Without a text the message keeps its own.
        const { messageId } = message;
        const renewed = await queue.updateMessage(messageId, popReceipt, undefined, leaseSeconds);
        popReceipt = renewed.popReceipt ?? popReceipt;
      } catch (error) {
        options.logWarning(
          `Message ${message.messageId} of queue ${queue.name} could not be held; another host may run it too. ${stackOf(error)}`,
        );
      }
    }
  })();
  return {
    end: async () => {
      done.abort();
      await renewals;
      return popReceipt;
    },
  };
}

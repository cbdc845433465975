import { messageKey, messageText } from '../../api/queue-message.ts';
import type { Controller } from '../../app.ts';
import { isGivenUp, type QueueDoor, whyGivenUp } from './queue-handler.ts';

/** A queue whose messages are only hints: one that is lost is sent again by somebody who knows. */
export interface HintQueue<T> {
  readonly queue: string;
  /** Undefined: the message is none of this queue. */
  readonly read: (entry: unknown) => T | undefined;
  /** What is told of a message that is none. */
  readonly expected: string;
  readonly run: (slipway: Controller, hint: T) => Promise<void>;
}

/**
 * Records what can never be done, and what failed at every delivery. One that waits for storage ends by
 * its age: newer ones are sent meanwhile.
 */
export function hintDoor<T>({ queue, read, expected, run }: HintQueue<T>): QueueDoor {
  return async ({ entry, context, slipway }) => {
    const hint = read(entry);
    const record = {
      queue,
      id: messageKey(queue, entry, context.triggerMetadata),
      message: messageText(entry),
    };
    if (hint === undefined) {
      await slipway.recordPoison({ ...record, code: 'invalid-input', problem: expected });
      return;
    }
    try {
      await run(slipway, hint);
    } catch (error) {
      if (!isGivenUp(error, context)) throw error;
      await slipway.recordPoison({ ...record, code: 'given-up', problem: whyGivenUp(error) });
    }
  };
}

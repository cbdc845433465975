import type { StorageQueueHandler } from '@azure/functions';

import { messageKey, messageText } from '../../api/queue-message.ts';
import { type Controller, errorText, openSlipway, redact, withInvocationLog } from '../../app.ts';

/**
 * Records what the host gave up on. Never throws: the host knows no poison queue of a poison queue and
 * would deliver the message over and over (azure.md 4.3). What cannot be recorded is logged whole.
 *
 * @param open Gives the use cases; tests give fakes.
 */
export function poisonHandler(
  queue: string,
  open: () => Promise<Controller> = openSlipway,
): StorageQueueHandler {
  return (entry, context) =>
    withInvocationLog(context, async () => {
      const message = messageText(entry);
      try {
        const slipway = await open();
        await slipway.recordPoison({
          queue,
          id: messageKey(queue, entry, context.triggerMetadata),
          message,
          code: 'given-up',
          problem:
            'the functions host gave up after several deliveries; the log of the queue has the errors',
        });
      } catch (error) {
        const text = `A message of ${queue} could not be recorded; it is: ${redact(message)}`;
        context.error(text, errorText(error));
      }
    });
}

import { app } from '@azure/functions';

import { isFinal } from '../api/error-response.ts';
import { MESSAGE_SENDER } from '../api/principal.ts';
import { messageContent, messageKey, messageText } from '../api/queue-message.ts';
import {
  CONNECTION,
  isGivenUp,
  type QueueDoor,
  queueHandler,
  whyGivenUp,
} from './shared/queue-handler.ts';

const QUEUE = 'releases';

/**
 * A start message. One that can never become a release is recorded and done with, so that it does not
 * come back; anything else that fails is thrown, so that the host delivers it again: five times, or as
 * long as storage is away.
 */
export const releasesQueue: QueueDoor = async ({ entry, context, slipway }) => {
  const key = messageKey(QUEUE, entry, context.triggerMetadata);
  try {
    await slipway.start({
      body: messageContent(entry),
      fallbackKey: key,
      caller: MESSAGE_SENDER,
    });
  } catch (error) {
    const record = { queue: QUEUE, id: key, message: messageText(entry) };
    if (isFinal(error)) {
      await slipway.recordPoison({ ...record, code: error.code, problem: error.message });
    } else if (isGivenUp(error, context)) {
      await slipway.recordPoison({ ...record, code: 'given-up', problem: whyGivenUp(error) });
    } else throw error;
  }
};

app.storageQueue('releases', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: queueHandler(releasesQueue),
});

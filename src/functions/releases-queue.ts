import { app } from '@azure/functions';

import { isFinal } from '../api/error-response.ts';
import { MESSAGE_SENDER } from '../api/principal.ts';
import { messageContent, messageKey, messageText } from '../api/queue-message.ts';
import { CONNECTION, type QueueDoor, queueHandler } from './shared/queue-handler.ts';

const QUEUE = 'releases';

/**
 * A start message. One that can never become a release is recorded and done with, so that it does not
 * come back; anything else that fails is thrown, so that the host delivers it again.
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
    if (!isFinal(error)) throw error;
    const { code, message: problem } = error;
    await slipway.recordPoison({
      queue: QUEUE,
      id: key,
      message: messageText(entry),
      code,
      problem,
    });
  }
};

app.storageQueue('releases', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: queueHandler(releasesQueue),
});

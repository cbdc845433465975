import { app } from '@azure/functions';

import { messageKey, messageText, tickRelease } from '../api/queue-message.ts';
import { CONNECTION, type QueueDoor, queueHandler } from './shared/queue-handler.ts';

const QUEUE = 'ticks';

/** `{"release": id}`: one pass over that release. */
export const ticksQueue: QueueDoor = async ({ entry, context, slipway }) => {
  const release = tickRelease(entry);
  if (release !== undefined) {
    await slipway.tick(release);
    return;
  }
  await slipway.recordPoison({
    queue: QUEUE,
    id: messageKey(QUEUE, entry, context.triggerMetadata),
    message: messageText(entry),
    code: 'invalid-input',
    problem: 'not a tick: {"release": "<release id>"} is expected',
  });
};

app.storageQueue('ticks', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: queueHandler(ticksQueue),
});

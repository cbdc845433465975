import { app } from '@azure/functions';

import { messageKey, messageText, tickRelease } from '../api/queue-message.ts';
import {
  CONNECTION,
  isGivenUp,
  type QueueDoor,
  queueHandler,
  whyGivenUp,
} from './shared/queue-handler.ts';

const QUEUE = 'ticks';

/** `{"release": id}`: one pass over that release. */
export const ticksQueue: QueueDoor = async ({ entry, context, slipway }) => {
  const release = tickRelease(entry);
  const record = {
    queue: QUEUE,
    id: messageKey(QUEUE, entry, context.triggerMetadata),
    message: messageText(entry),
  };
  if (release === undefined) {
    const problem = 'not a tick: {"release": "<release id>"} is expected';
    await slipway.recordPoison({ ...record, code: 'invalid-input', problem });
    return;
  }
  try {
    await slipway.tick(release);
  } catch (error) {
    // A tick that waits for storage ends by its age: the clock sends new ones.
    if (!isGivenUp(error, context)) throw error;
    await slipway.recordPoison({ ...record, code: 'given-up', problem: whyGivenUp(error) });
  }
};

app.storageQueue('ticks', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: queueHandler(ticksQueue),
});

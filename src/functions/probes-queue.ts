import { app } from '@azure/functions';

import { probesAsked } from '../api/probe-message.ts';
import { messageKey, messageText } from '../api/queue-message.ts';
import {
  CONNECTION,
  isGivenUp,
  type QueueDoor,
  queueHandler,
  whyGivenUp,
} from './shared/queue-handler.ts';

const QUEUE = 'probes';

/** `{"release": id, "from": ms}`: one window of paired probes. Takes a minute, most of it waiting. */
export const probesQueue: QueueDoor = async ({ entry, context, slipway }) => {
  const asked = probesAsked(entry);
  const record = {
    queue: QUEUE,
    id: messageKey(QUEUE, entry, context.triggerMetadata),
    message: messageText(entry),
  };
  if (asked === undefined) {
    const problem = 'no window of probes: {"release": "<release id>", "from": <ms>} is expected';
    await slipway.recordPoison({ ...record, code: 'invalid-input', problem });
    return;
  }
  try {
    await slipway.probeWindow(asked);
  } catch (error) {
    // One that waits for storage ends by its age: passes ask for new ones.
    if (!isGivenUp(error, context)) throw error;
    await slipway.recordPoison({ ...record, code: 'given-up', problem: whyGivenUp(error) });
  }
};

app.storageQueue('probes', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: queueHandler(probesQueue),
});

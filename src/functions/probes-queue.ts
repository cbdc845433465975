import { app } from '@azure/functions';

import { probesAsked } from '../api/probe-message.ts';
import { hintDoor } from './shared/hint-door.ts';
import { CONNECTION, queueHandler } from './shared/queue-handler.ts';

const QUEUE = 'probes';

/**
 * `{"release": id, "from": ms}`: one window of paired probes. Takes a minute, most of it waiting. Passes
 * ask for new ones.
 */
export const probesQueue = hintDoor({
  queue: QUEUE,
  read: probesAsked,
  expected: 'no window of probes: {"release": "<release id>", "from": <ms>} is expected',
  run: (slipway, asked) => slipway.probeWindow(asked),
});

app.storageQueue('probes', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: queueHandler(probesQueue),
});

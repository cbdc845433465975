import { app } from '@azure/functions';

import { tickRelease } from '../api/queue-message.ts';
import { hintDoor } from './shared/hint-door.ts';
import { CONNECTION, queueHandler } from './shared/queue-handler.ts';

const QUEUE = 'ticks';

/** `{"release": id}`: one pass over that release. The clock sends new ones. */
export const ticksQueue = hintDoor({
  queue: QUEUE,
  read: tickRelease,
  expected: 'not a tick: {"release": "<release id>"} is expected',
  run: (slipway, release) => slipway.tick(release),
});

app.storageQueue('ticks', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: queueHandler(ticksQueue),
});

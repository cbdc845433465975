import { app } from '@azure/functions';

import { poisonHandler } from './shared/poison-handler.ts';
import { CONNECTION } from './shared/queue-handler.ts';

const QUEUE = 'ticks-poison';

/** Ticks that failed at every delivery. The clock sends new ones; what failed is worth knowing. */
export const ticksPoison = poisonHandler(QUEUE);

app.storageQueue('ticks-poison', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: ticksPoison,
});

import { app } from '@azure/functions';

import { poisonHandler } from './shared/poison-handler.ts';
import { CONNECTION } from './shared/queue-handler.ts';

const QUEUE = 'probes-poison';

/** Windows of probes that failed at every delivery: lost evidence, and what failed is worth knowing. */
export const probesPoison = poisonHandler(QUEUE);

app.storageQueue('probes-poison', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: probesPoison,
});

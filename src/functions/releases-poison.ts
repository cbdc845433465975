import { app } from '@azure/functions';

import { poisonHandler } from './shared/poison-handler.ts';
import { CONNECTION } from './shared/queue-handler.ts';

const QUEUE = 'releases-poison';

/** Starts that failed at every delivery. */
export const releasesPoison = poisonHandler(QUEUE);

app.storageQueue('releases-poison', {
  queueName: QUEUE,
  connection: CONNECTION,
  handler: releasesPoison,
});

import { app } from '@azure/functions';

import { parsePoisonQuery } from '../api/parse-request.ts';
import { poisonAnswer } from '../api/views.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** GET /api/poison */
export const listPoison: HttpDoor = async ({ request, slipway }) => {
  const { max } = parsePoisonQuery(request.query);
  return { status: 200, body: poisonAnswer(await slipway.listPoison(max)) };
};

app.http('list-poison', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'poison',
  handler: httpHandler(listPoison),
});

import { app } from '@azure/functions';

import { parseAppKey, parseNoQuery } from '../api/parse-request.ts';
import { appAnswer } from '../api/views.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** GET /api/apps/{appKey} */
export const getApp: HttpDoor = async ({ request, slipway, links }) => {
  parseNoQuery(request.query);
  const state = await slipway.getApp(parseAppKey(request.params.appKey));
  return { status: 200, body: appAnswer(state, links) };
};

app.http('get-app', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'apps/{appKey}',
  handler: httpHandler(getApp),
});

import { app } from '@azure/functions';

import { parseSiteQuery } from '../api/parse-request.ts';
import { appAnswer } from '../api/views.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** GET /api/apps?site=<resource id> */
export const findApp: HttpDoor = async ({ request, slipway, links }) => {
  const state = await slipway.getApp(parseSiteQuery(request.query));
  return { status: 200, body: appAnswer(state, links) };
};

app.http('find-app', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'apps',
  handler: httpHandler(findApp),
});

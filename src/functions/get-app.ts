import { parseAppKey, parseNoQuery } from '../api/parse-request.ts';
import { appAnswer } from '../api/views.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/apps/{appKey} */
export const getApp: HttpDoor = async ({ request, slipway, links }) => {
  parseNoQuery(request.query);
  const state = await slipway.getApp(parseAppKey(request.params.appKey));
  return { status: 200, body: appAnswer(state, links) };
};

httpRoute({
  name: 'get-app',
  methods: ['GET'],
  route: 'apps/{appKey}',
  right: 'read',
  door: getApp,
});

import type { AppsAnswer } from '../api/contract.ts';
import { parseSiteQuery } from '../api/parse-request.ts';
import { appAnswer } from '../api/views.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/apps: the registry; GET /api/apps?site=<resource id>: one app, registered or not */
export const findApp: HttpDoor = async ({ request, slipway, links }) => {
  const appKey = parseSiteQuery(request.query);
  if (appKey !== undefined) {
    return { status: 200, body: appAnswer(await slipway.getApp(appKey), links) };
  }
  const body: AppsAnswer = { apps: await slipway.listApps() };
  return { status: 200, body };
};

httpRoute({
  name: 'find-app',
  methods: ['GET'],
  route: 'apps',
  right: 'read',
  door: findApp,
});

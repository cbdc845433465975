import { appsAppliedAnswer, parseAppsBody } from '../api/apps-answer.ts';
import { parsePruneQuery } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** PUT /api/apps[?prune=true]: adds and changes entries of the registry */
export const applyApps: HttpDoor = async ({ request, slipway, caller }) => {
  const prune = parsePruneQuery(request.query);
  const apps = parseAppsBody(new Uint8Array(await request.arrayBuffer()));
  const applied = await slipway.applyApps({ apps, prune, caller });
  return { status: 200, body: appsAppliedAnswer(applied) };
};

httpRoute({
  name: 'apply-apps',
  methods: ['PUT'],
  route: 'apps',
  right: 'administer',
  door: applyApps,
});

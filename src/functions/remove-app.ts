import { appsAppliedAnswer } from '../api/apps-answer.ts';
import { parseAppName, parseNoQuery } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** DELETE /api/apps/{name} */
export const removeApp: HttpDoor = async ({ request, slipway, caller }) => {
  parseNoQuery(request.query);
  const applied = await slipway.removeApp(parseAppName(request.params.name), caller);
  return { status: 200, body: appsAppliedAnswer(applied) };
};

httpRoute({
  name: 'remove-app',
  methods: ['DELETE'],
  route: 'apps/{name}',
  right: 'administer',
  door: removeApp,
});

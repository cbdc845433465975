import { parseNoQuery } from '../api/parse-request.ts';
import { publishedPlanSchema } from '../api/published.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/schemas/plan */
export const getPlanSchema: HttpDoor = async ({ request }) => {
  parseNoQuery(request.query);
  return {
    status: 200,
    body: publishedPlanSchema(),
    headers: { 'content-type': 'application/schema+json' },
  };
};

httpRoute({
  name: 'get-plan-schema',
  methods: ['GET'],
  route: 'schemas/plan',
  right: 'read',
  door: getPlanSchema,
});

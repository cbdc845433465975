import { openapiDocument } from '../api/published.ts';
import { parseNoQuery } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/openapi.json */
export const getOpenapi: HttpDoor = async ({ request }) => {
  parseNoQuery(request.query);
  return { status: 200, body: openapiDocument };
};

httpRoute({
  name: 'get-openapi',
  methods: ['GET'],
  route: 'openapi.json',
  right: 'read',
  door: getOpenapi,
});

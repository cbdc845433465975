import { parsePoisonQuery } from '../api/parse-request.ts';
import { poisonAnswer } from '../api/views.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/poison */
export const listPoison: HttpDoor = async ({ request, slipway }) => {
  const { max } = parsePoisonQuery(request.query);
  return { status: 200, body: poisonAnswer(await slipway.listPoison(max)) };
};

httpRoute({
  name: 'list-poison',
  methods: ['GET'],
  route: 'poison',
  right: 'read',
  door: listPoison,
});

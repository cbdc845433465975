import { gateAnswer } from '../api/gate-answer.ts';
import { parseGateQuery, parseReleaseId } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/gates/{releaseId} */
export const getGate: HttpDoor = async ({ request, slipway, links }) => {
  const releaseId = parseReleaseId(request.params.releaseId);
  const kind = parseGateQuery(request.query);
  const state = await slipway.readGate({ of: { releaseId }, kind });
  return { status: 200, body: gateAnswer(state, kind, links) };
};

httpRoute({
  name: 'get-gate',
  methods: ['GET'],
  route: 'gates/{releaseId}',
  right: 'read',
  door: getGate,
});

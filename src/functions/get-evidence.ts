import { evidenceAnswer } from '../api/evidence-answer.ts';
import { parseNoQuery, parseReleaseId } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/releases/{id}/evidence */
export const getEvidence: HttpDoor = async ({ request, slipway }) => {
  parseNoQuery(request.query);
  const { release, series } = await slipway.readEvidence(parseReleaseId(request.params.id));
  return { status: 200, body: evidenceAnswer(release, series) };
};

httpRoute({
  name: 'get-evidence',
  methods: ['GET'],
  route: 'releases/{id}/evidence',
  right: 'read',
  door: getEvidence,
});

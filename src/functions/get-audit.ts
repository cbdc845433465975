import { parseAuditQuery, parseReleaseId } from '../api/parse-request.ts';
import { auditAnswer } from '../api/views.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/releases/{id}/audit */
export const getAudit: HttpDoor = async ({ request, slipway }) => {
  const id = parseReleaseId(request.params.id);
  const range = parseAuditQuery(request.query);
  const rows = await slipway.readAudit(id, range);
  return { status: 200, body: auditAnswer(id, rows, range.max) };
};

httpRoute({
  name: 'get-audit',
  methods: ['GET'],
  route: 'releases/{id}/audit',
  right: 'read',
  door: getAudit,
});

import { app } from '@azure/functions';

import { parseAuditQuery, parseReleaseId } from '../api/parse-request.ts';
import { auditAnswer } from '../api/views.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** GET /api/releases/{id}/audit */
export const getAudit: HttpDoor = async ({ request, slipway }) => {
  const id = parseReleaseId(request.params.id);
  const range = parseAuditQuery(request.query);
  const rows = await slipway.readAudit(id, range);
  return { status: 200, body: auditAnswer(id, rows, range.max) };
};

app.http('get-audit', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'releases/{id}/audit',
  handler: httpHandler(getAudit),
});

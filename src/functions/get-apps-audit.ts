import { appsAuditAnswer } from '../api/apps-answer.ts';
import { parseAuditQuery } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/apps/audit: every change of the registry */
export const getAppsAudit: HttpDoor = async ({ request, slipway }) => {
  const range = parseAuditQuery(request.query);
  const audit = await slipway.readAppsAudit(range);
  return { status: 200, body: appsAuditAnswer(audit, range.max) };
};

httpRoute({
  name: 'get-apps-audit',
  methods: ['GET'],
  route: 'apps/audit',
  right: 'read',
  door: getAppsAudit,
});

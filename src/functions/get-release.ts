import { app } from '@azure/functions';

import type { ReleaseAnswer } from '../api/contract.ts';
import { parseNoQuery, parseReleaseId } from '../api/parse-request.ts';
import { releaseView } from '../api/release-view.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** GET /api/releases/{id} */
export const getRelease: HttpDoor = async ({ request, slipway, links }) => {
  parseNoQuery(request.query);
  const { release, plan } = await slipway.getRelease(parseReleaseId(request.params.id));
  const body: ReleaseAnswer = { release: releaseView(release, links), plan };
  return { status: 200, body };
};

app.http('get-release', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'releases/{id}',
  handler: httpHandler(getRelease),
});

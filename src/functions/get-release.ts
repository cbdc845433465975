import type { ReleaseAnswer } from '../api/contract.ts';
import { parseNoQuery, parseReleaseId } from '../api/parse-request.ts';
import { releaseView } from '../api/release-view.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/releases/{id} */
export const getRelease: HttpDoor = async ({ request, slipway, links }) => {
  parseNoQuery(request.query);
  const { release, plan } = await slipway.getRelease(parseReleaseId(request.params.id));
  const body: ReleaseAnswer = { release: releaseView(release, links), plan };
  return { status: 200, body };
};

httpRoute({
  name: 'get-release',
  methods: ['GET'],
  route: 'releases/{id}',
  right: 'read',
  door: getRelease,
});

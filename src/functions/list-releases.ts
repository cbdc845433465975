import type { ReleasesAnswer } from '../api/contract.ts';
import { parseReleasesQuery } from '../api/parse-request.ts';
import { releaseView } from '../api/release-view.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/releases */
export const listReleases: HttpDoor = async ({ request, slipway, links }) => {
  const page = await slipway.listReleases(parseReleasesQuery(request.query));
  const body: ReleasesAnswer = {
    releases: page.releases.map((release) => releaseView(release, links)),
    continuation: page.continuation ?? null,
  };
  return { status: 200, body };
};

httpRoute({
  name: 'list-releases',
  methods: ['GET'],
  route: 'releases',
  right: 'read',
  door: listReleases,
});

import { app } from '@azure/functions';

import type { ReleasesAnswer } from '../api/contract.ts';
import { parseReleasesQuery } from '../api/parse-request.ts';
import { releaseView } from '../api/release-view.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** GET /api/releases */
export const listReleases: HttpDoor = async ({ request, slipway, links }) => {
  const page = await slipway.listReleases(parseReleasesQuery(request.query));
  const body: ReleasesAnswer = {
    releases: page.releases.map((release) => releaseView(release, links)),
    continuation: page.continuation ?? null,
  };
  return { status: 200, body };
};

app.http('list-releases', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'releases',
  handler: httpHandler(listReleases),
});

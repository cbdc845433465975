import type { CommandAnswer } from '../api/contract.ts';
import {
  bodyText,
  parseCommand,
  parseCommandKind,
  parseNoQuery,
  parseReleaseId,
} from '../api/parse-request.ts';
import { rightOf } from '../api/principal.ts';
import { releaseView } from '../api/release-view.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** POST /api/releases/{id}/{pause|resume|advance|promote|abort|rollback|acknowledge} */
export const commandRelease: HttpDoor = async ({ request, slipway, links, caller }) => {
  const kind = parseCommandKind(request.params.command);
  const releaseId = parseReleaseId(request.params.id);
  parseNoQuery(request.query);
  const written = parseCommand(kind, bodyText(new Uint8Array(await request.arrayBuffer())));
  const release = await slipway.command({ releaseId, ...written, caller });
  const body: CommandAnswer = { release: releaseView(release, links) };
  return { status: 200, body };
};

httpRoute({
  name: 'command-release',
  methods: ['POST'],
  route: 'releases/{id}/{command}',
  right: ({ params }) => rightOf(parseCommandKind(params.command)),
  door: commandRelease,
});

import { app } from '@azure/functions';

import type { CommandAnswer } from '../api/contract.ts';
import {
  bodyText,
  parseCommand,
  parseCommandKind,
  parseNoQuery,
  parseReleaseId,
} from '../api/parse-request.ts';
import { callerOf } from '../api/principal.ts';
import { releaseView } from '../api/release-view.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** POST /api/releases/{id}/{pause|resume|advance|promote|abort|rollback|acknowledge} */
export const commandRelease: HttpDoor = async ({ request, slipway, links }) => {
  const kind = parseCommandKind(request.params.command);
  const releaseId = parseReleaseId(request.params.id);
  parseNoQuery(request.query);
  const written = parseCommand(kind, bodyText(new Uint8Array(await request.arrayBuffer())));
  const caller = callerOf(request.headers);
  const release = await slipway.command({ releaseId, ...written, caller });
  const body: CommandAnswer = { release: releaseView(release, links) };
  return { status: 200, body };
};

app.http('command-release', {
  methods: ['POST'],
  authLevel: 'function',
  route: 'releases/{id}/{command}',
  handler: httpHandler(commandRelease),
});

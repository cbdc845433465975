import { app } from '@azure/functions';

import { bodyText, parseNoQuery } from '../api/parse-request.ts';
import { callerOf } from '../api/principal.ts';
import { startAnswer } from '../api/start-answer.ts';
import { type HttpDoor, httpHandler } from './shared/http-handler.ts';

/** POST /api/releases */
export const startRelease: HttpDoor = async ({ request, context, slipway, links }) => {
  parseNoQuery(request.query);
  const started = await slipway.start({
    body: bodyText(new Uint8Array(await request.arrayBuffer())),
    // Without a key each request is a start of its own: there is no message that comes twice.
    fallbackKey: `http ${context.invocationId}`,
    caller: callerOf(request.headers),
  });
  return startAnswer(started, links);
};

app.http('start-release', {
  methods: ['POST'],
  authLevel: 'function',
  route: 'releases',
  handler: httpHandler(startRelease),
});

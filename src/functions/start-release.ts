import { bodyText, parseNoQuery } from '../api/parse-request.ts';
import { startAnswer } from '../api/start-answer.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** POST /api/releases */
export const startRelease: HttpDoor = async ({ request, context, slipway, links, caller }) => {
  parseNoQuery(request.query);
  const started = await slipway.start({
    body: bodyText(new Uint8Array(await request.arrayBuffer())),
    // Without a key each request is a start of its own: there is no message that comes twice.
    fallbackKey: `http ${context.invocationId}`,
    caller,
  });
  return startAnswer(started, links);
};

httpRoute({
  name: 'start-release',
  methods: ['POST'],
  route: 'releases',
  right: 'start',
  door: startRelease,
});

import { meAnswer } from '../api/me-answer.ts';
import { parseNoQuery } from '../api/parse-request.ts';
import { authMode } from '../app.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/me */
export const getMe: HttpDoor = async ({ request, caller }) => {
  parseNoQuery(request.query);
  return { status: 200, body: meAnswer(caller, authMode()) };
};

httpRoute({ name: 'get-me', methods: ['GET'], route: 'me', right: 'read', door: getMe });

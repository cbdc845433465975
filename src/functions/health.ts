import { healthAnswer, unopenedHealthAnswer } from '../api/health-answer.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/health */
export const health: HttpDoor = async ({ slipway }) => healthAnswer(await slipway.health());

httpRoute({
  name: 'health',
  methods: ['GET'],
  route: 'health',
  right: 'read',
  door: health,
  // It answers also when there are no use cases to ask.
  failed: unopenedHealthAnswer,
});

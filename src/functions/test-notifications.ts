import { notificationsTestAnswer } from '../api/notifications-answer.ts';
import { parseNoQuery } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** POST /api/notifications/test: a sample to every receiver of notices */
export const testNotifications: HttpDoor = async ({ request, slipway }) => {
  parseNoQuery(request.query);
  return notificationsTestAnswer(await slipway.tryReceivers());
};

httpRoute({
  name: 'test-notifications',
  methods: ['POST'],
  route: 'notifications/test',
  right: 'administer',
  door: testNotifications,
});

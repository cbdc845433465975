import { app, type HttpHandler } from '@azure/functions';

import { healthAnswer, unopenedHealthAnswer } from '../api/health-answer.ts';
import { type Controller, openSlipway, withInvocationLog } from '../app.ts';
import { response } from './shared/http-handler.ts';

/**
 * GET /api/health. Not an `HttpDoor`: it answers also when there are no use cases to ask.
 * @param open Gives the use cases; tests give fakes.
 */
export function health(open: () => Promise<Controller> = openSlipway): HttpHandler {
  return (_request, context) =>
    withInvocationLog(context, async () => {
      try {
        const slipway = await open();
        return response(healthAnswer(await slipway.health()));
      } catch (error) {
        context.error(error);
        return response(unopenedHealthAnswer(error));
      }
    });
}

app.http('health', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'health',
  handler: health(),
});

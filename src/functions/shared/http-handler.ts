import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';

import { type Answer, errorAnswer } from '../../api/error-response.ts';
import { Links } from '../../api/links.ts';
import { type Controller, openSlipway, withInvocationLog } from '../../app.ts';

/** One request with what a door needs for its answer. */
export interface HttpCall {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly slipway: Controller;
  readonly links: Links;
}

/** Parses, makes one call, answers. What it throws becomes an error answer. */
export type HttpDoor = (call: HttpCall) => Promise<Answer>;

/**
 * Makes a door a handler of the functions host.
 * @param open Gives the use cases; tests give fakes.
 */
export function httpHandler(
  door: HttpDoor,
  open: () => Promise<Controller> = openSlipway,
): HttpHandler {
  return (request, context) =>
    withInvocationLog(context, async () => {
      const links = new Links(request.url);
      try {
        return response(await door({ request, context, slipway: await open(), links }));
      } catch (error) {
        const answer = errorAnswer(error, { links, invocationId: context.invocationId });
        if (answer.status >= 500) context.error(error);
        return response(answer);
      }
    });
}

export function response({ status, body, headers }: Answer): HttpResponseInit {
  return { status, jsonBody: body, headers: { 'cache-control': 'no-store', ...headers } };
}

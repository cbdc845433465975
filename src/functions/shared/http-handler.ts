import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';

import { type Answer, errorAnswer } from '../../api/error-response.ts';
import { Links } from '../../api/links.ts';
import {
  type Controller,
  errorText,
  openSlipway,
  publicUrl,
  withInvocationLog,
} from '../../app.ts';
import type { Caller } from '../../api/principal.ts';

/** One request with what a door needs for its answer. */
export interface HttpCall {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly slipway: Controller;
  readonly links: Links;
  /** Who asks; that its role has the route's right has been checked. */
  readonly caller: Caller;
}

/** Parses, makes one call, answers. What it throws becomes an error answer. */
export type HttpDoor = (call: HttpCall) => Promise<Answer>;

export interface HandlerOptions {
  /** Says who asks, or throws what refuses it. Comes first: no body is read before. */
  readonly admit: (request: HttpRequest) => Caller;
  /** Part of the address before the route: the links of an answer keep it. */
  readonly under?: string | undefined;
  /** The answer to what opening or the door throws, where the usual one will not do. */
  readonly failed?: ((error: unknown) => Answer) | undefined;
  /** Gives the use cases; tests give fakes. */
  readonly open?: () => Promise<Controller>;
}

/** Makes a door a handler of the functions host. */
export function httpHandler(door: HttpDoor, options: HandlerOptions): HttpHandler {
  const { admit, under, failed, open = openSlipway } = options;
  return (request, context) =>
    withInvocationLog(context, async () => {
      const links = new Links(request.url, under, publicUrl());
      const usual = (error: unknown): Answer =>
        errorAnswer(error, { links, invocationId: context.invocationId });
      let answer = usual;
      try {
        const caller = admit(request);
        answer = failed ?? usual;
        return response(await door({ request, context, slipway: await open(), links, caller }));
      } catch (error) {
        const told = answer(error);
        if (told.status >= 500) context.error(errorText(error));
        return response(told);
      }
    });
}

function response({ status, body, headers }: Answer): HttpResponseInit {
  return { status, jsonBody: body, headers: { 'cache-control': 'no-store', ...headers } };
}

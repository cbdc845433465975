/** Registers the routes, each guarded as the setting SLIPWAY_AUTH says. No route is registered elsewhere. */
import { app, type HttpMethod, type HttpRequest } from '@azure/functions';

import type { Answer } from '../../api/error-response.ts';
import { demandOwnSite } from '../../api/own-site.ts';
import {
  anybody,
  type Caller,
  demandRight,
  keyHolder,
  type Right,
  type Role,
  signedIn,
} from '../../api/principal.ts';
import { demandLoopback } from '../../api/own-site.ts';
import { authMode } from '../../app.ts';
import { type HttpDoor, httpHandler } from './http-handler.ts';

export interface HttpRoute {
  readonly name: string;
  readonly methods: readonly [HttpMethod];
  /** Without the prefix `api/`. */
  readonly route: string;
  /** What the caller's role must allow; where one route serves several, by the request. */
  readonly right: Right | ((request: HttpRequest) => Exclude<Right, 'administer'>);
  readonly door: HttpDoor;
  /** The answer to what the door throws, where the usual one will not do. */
  readonly failed?: (error: unknown) => Answer;
}

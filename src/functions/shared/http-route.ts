/**
 * Registers the routes, each guarded as the setting SLIPWAY_AUTH says. No route is registered elsewhere, and
 * none but the files of the page is open to everybody.
 */
import { app, type HttpMethod, type HttpRequest } from '@azure/functions';

import type { Answer } from '../../api/error-response.ts';
import { BY_KEY } from '../../api/links.ts';
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
import { authMode, isLoopback } from '../../app.ts';
import { type HttpDoor, httpHandler } from './http-handler.ts';
import { PAGE_FOLDER, readPage, type ServedPage } from './page-files.ts';
import { type StaticDoor, staticHandler } from './static-handler.ts';

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

/** A file of the page. It can neither see who asks nor ask the use cases: there is nothing to guard. */
export interface StaticRoute {
  readonly name: string;
  readonly methods: readonly ['GET'];
  /** Without the prefix `api/`. */
  readonly route: string;
  readonly door: StaticDoor;
}

/** One address of a route. */
interface Entrance {
  readonly authLevel: 'anonymous' | 'function' | 'admin';
  /** Who asks. What it throws is the answer. */
  readonly identify: (request: HttpRequest) => Caller;
  /** What stands before the route at its second address. */
  readonly under?: typeof BY_KEY;
}

/** Registers a route with the function app, at each address that it has. */
export function httpRoute(route: HttpRoute): void {
  for (const { authLevel, identify, under } of entrancesOf(route)) {
    app.http(under === undefined ? route.name : `${route.name}-by-key`, {
      methods: [...route.methods],
      authLevel,
      route: `${under ?? ''}${route.route}`,
      handler: httpHandler(route.door, {
        admit: (request) => {
          const caller = identify(request);
          const { right } = route;
          demandRight(caller, typeof right === 'string' ? right : right(request), undefined);
          return caller;
        },
        under,
        failed: route.failed,
      }),
    });
  }
}

/**
 * Registers a file of the page, for everybody whatever SLIPWAY_AUTH says: somebody who is to sign in, or to
 * give a key, must see where. It is not under `keys/`: there is nothing to show a key for.
 */
export function staticRoute({ name, methods, route, door }: StaticRoute): void {
  app.http(name, {
    methods: [...methods],
    authLevel: 'anonymous',
    route,
    handler: staticHandler(door, builtPage),
  });
}

let page: ServedPage | undefined;

async function builtPage(): Promise<ServedPage | undefined> {
  page ??= await readPage(PAGE_FOLDER);
  return page;
}

function entrancesOf(route: HttpRoute): readonly Entrance[] {
  switch (authMode()) {
    case 'function-keys':
      return [keyed(route, 'Slipway.Approver')];
    case 'easy-auth':
      return [
        { authLevel: 'anonymous', identify: ownSite((request) => signedIn(request.headers)) },
        { ...keyed(route, 'Slipway.Operator'), under: BY_KEY },
      ];
    case 'anonymous':
      return [{ authLevel: 'anonymous', identify: ownSite(onThisMachine) }];
  }
}

/** The host checks the key, and the master key where administrators alone may enter. */
function keyed({ right }: HttpRoute, role: Role): Entrance {
  return right === 'administer'
    ? { authLevel: 'admin', identify: ({ headers }) => keyHolder(headers, 'Slipway.Admin') }
    : { authLevel: 'function', identify: ({ headers }) => keyHolder(headers, role) };
}

function ownSite(identify: Entrance['identify']): Entrance['identify'] {
  return (request) => {
    const caller = identify(request);
    demandOwnSite(request);
    return caller;
  };
}

function onThisMachine({ headers, url }: HttpRequest): Caller {
  return anybody(headers, isLoopback(url) ? 'this-machine' : 'otherwise');
}

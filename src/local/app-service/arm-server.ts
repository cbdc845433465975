import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ROUTES } from './arm-routes.ts';
import type { ArmAnswer, Services, SiteCall } from './arm-routes.ts';
import { ArmAnswerError, armError, operationInProgress } from './errors.ts';
import type { Faults } from './faults.ts';
import { actionOf, demandAction } from './rights.ts';
import { readBody, sendJson } from './http.ts';
import { findSlot, runningOperation, sameSite } from './state.ts';
import type { SiteState, SlotState } from './state.ts';
import type { Throttle } from './throttle.ts';
import { PRODUCTION } from './types.ts';
import type { Log } from './types.ts';

/** One request that ARM received. */
export interface ArmRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** As received; empty without a body. */
  readonly body: string;
  /** What was answered; 0 when the connection was cut instead. */
  readonly status: number;
}

export interface ArmServerOptions {
  readonly services: Services;
  readonly faults: Faults;
  readonly throttle: Throttle;
  /** Called for every finished request, also for those that were cut. */
  readonly record: (request: ArmRequest) => void;
  /** Serves what is under `/local/`; false when the path is not there. */
  readonly control: (req: IncomingMessage, res: ServerResponse) => boolean;
  readonly log: Log;
}

const SITE_PATH =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.web\/sites\/([^/]+)(?:\/slots\/([^/]+))?(?:\/(.*?))?\/?$/i;

/** ARM's surface for the sites as an HTTP server that is not listening yet. */
export function createArmServer(options: ArmServerOptions): Server {
  return createServer((req, res) => {
    if (options.control(req, res)) return;
    serve(options, req, res).catch((error: unknown) => {
      options.log(`ARM: ${req.method ?? ''} ${req.url ?? ''}: ${String(error)}`);
      res.destroy();
    });
  });
}

async function serve(
  options: ArmServerOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const method = req.method ?? 'GET';
  const url = req.url ?? '/';
  const body = await readBody(req);
  const record = (status: number): void => options.record({ method, url, body, status });
  const fault = options.faults.take(method, url);
  if (fault?.kind === 'drop') {
    record(0);
    res.destroy();
    return;
  }
  if (fault?.kind === 'delay') await delay(fault.delayMs);
  const answer =
    fault?.kind === 'answer' ? fault : await answerOf(options, { req, method, url, body });
  if (fault?.kind === 'apply-then-drop') {
    record(0);
    res.destroy();
    return;
  }
  record(answer.status);
  sendJson(res, answer.status, {
    body: answer.body,
    headers: { ...standardHeaders(), ...answer.headers },
  });
}

/** Everything but faults and bookkeeping; thrown answers become answers. */
async function answerOf(options: ArmServerOptions, request: RawRequest): Promise<ArmAnswer> {
  const limits: Record<string, string> = {};
  try {
    const target = admit(options, request, limits);
    const answer = await dispatch(options, request, target);
    return { ...answer, headers: { ...limits, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof ArmAnswerError)) throw error;
    return { status: error.status, body: error.body, headers: { ...limits, ...error.headers } };
  }
}

interface RawRequest {
  readonly req: IncomingMessage;
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

interface Target {
  readonly apiVersion: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly siteName: string;
  readonly slotName: string | undefined;
  readonly rest: string;
}

/** What ARM checks before App Service sees anything. */
function admit(
  options: ArmServerOptions,
  { req, method, url }: RawRequest,
  limits: Record<string, string>,
): Target {
  if (!/^Bearer \S+/i.test(req.headers.authorization ?? '')) {
    throw armError(401, 'AuthenticationFailed', {
      message: "Authentication failed. The 'Authorization' header is missing or invalid.",
      headers: {
        'www-authenticate': 'Bearer authorization_uri="https://login.microsoftonline.com/"',
      },
    });
  }
  const { pathname, searchParams } = new URL(url, 'http://arm');
  const apiVersion = searchParams.get('api-version');
  if (apiVersion === null || !/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(apiVersion)) {
    throw armError(400, 'MissingApiVersionParameter', {
      message: 'The api-version query parameter (?api-version=) is required for all requests.',
    });
  }
  const [, subscriptionId = '', resourceGroup = '', siteName = '', slotName, rest = ''] =
    SITE_PATH.exec(pathname) ?? [];
  if (siteName === '') throw unknownCall(method, pathname);
  throttle(options, { subscriptionId, kind: method === 'GET' ? 'reads' : 'writes' }, limits);
  // Before anything is looked for: who may not see a site is not told whether it exists.
  const action = actionOf({ method, slotName, rest: rest.toLowerCase() });
  demandAction(options.services.rights, action, pathname);
  return {
    apiVersion,
    subscriptionId,
    resourceGroup,
    siteName,
    slotName,
    rest: rest.toLowerCase(),
  };
}

function throttle(
  options: ArmServerOptions,
  { subscriptionId, kind }: { subscriptionId: string; kind: 'reads' | 'writes' },
  limits: Record<string, string>,
): void {
  const admission = options.throttle.take(subscriptionId.toLowerCase(), kind);
  limits[`x-ms-ratelimit-remaining-subscription-${kind}`] = String(admission.remaining);
  limits[`x-ms-ratelimit-remaining-subscription-global-${kind}`] =
    kind === 'reads' ? '16499' : '11999';
  if (admission.admitted) return;
  throw armError(429, 'SubscriptionRequestsThrottled', {
    message: `Number of ${kind} for subscription '${subscriptionId}' exceeded the limit. Please try again after '${admission.retryAfterSeconds}' seconds.`,
    headers: { 'retry-after': String(admission.retryAfterSeconds) },
  });
}

async function dispatch(
  { services }: ArmServerOptions,
  { method, url, body }: RawRequest,
  target: Target,
): Promise<ArmAnswer> {
  const { site, slot } = locate(services.store.sites, target);
  const route = ROUTES.find((entry) => entry.method === method && entry.path.test(target.rest));
  if (route === undefined) throw unknownCall(method, url.split('?')[0] ?? url);
  const running = route.write ? runningOperation(site) : undefined;
  if (running !== undefined) throw operationInProgress(running);
  const { apiVersion, rest } = target;
  const call: SiteCall = {
    site,
    slot,
    ...{ rest, apiVersion },
    body: parseJson(body),
  };
  const answer = await route.handle(call, services);
  if (route.write) {
    services.changes.note({
      ...{ kind: 'written', site: site.name, slot: slot.name, method, rest, apiVersion, body },
      status: answer.status,
      rules: slot.rules.map((rule) => ({
        name: rule.name ?? '',
        percent: rule.reroutePercentage ?? 0,
      })),
    });
  }
  return answer;
}

function locate(sites: readonly SiteState[], target: Target): { site: SiteState; slot: SlotState } {
  const { siteName, resourceGroup, slotName } = target;
  const site = sites.find((candidate) => sameSite(candidate, { ...target, name: siteName }));
  const slot = site === undefined ? undefined : findSlot(site, slotName ?? PRODUCTION);
  if (site !== undefined && slot !== undefined) return { site, slot };
  const name = slotName === undefined ? siteName : `${siteName}/slots/${slotName}`;
  throw armError(404, 'ResourceNotFound', {
    message: `The Resource 'Microsoft.Web/sites/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  });
}

function parseJson(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw armError(400, 'InvalidRequestContent', {
      message: `The request content was invalid and could not be deserialized: '${reason}'.`,
    });
  }
}

function unknownCall(method: string, path: string): ArmAnswerError {
  return armError(404, 'InvalidResourceType', {
    message: `The App Service stand-in does not know ${method} ${path}: see src/local/app-service/arm-routes.ts for what it knows.`,
  });
}

function standardHeaders(): Record<string, string> {
  const id = randomUUID();
  return {
    'cache-control': 'no-cache',
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': id,
  };
}

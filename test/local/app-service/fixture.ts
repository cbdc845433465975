import { startAppService } from '../../../src/local/app-service/app-service.ts';
import type {
  AppServiceOptions,
  AppServiceStandIn,
} from '../../../src/local/app-service/app-service.ts';
import type { ProcessSpec, SiteDefinition } from '../../../src/local/app-service/types.ts';

/** A web app that answers its version, its settings and the headers it was sent; 40 ms to start. */
const TINY_APP = `
  const http = require('node:http');
  process.stdin.resume().on('end', () => process.exit(0));
  http.createServer((req, res) => {
    if (req.url === '/crash') process.exit(1);
    if (req.url === '/hang') return;
    let body = '';
    req.on('data', (part) => (body += part)).on('end', () => {
      const { VERSION, GREETING, STICKY, WEBSITE_DEPLOYMENT_ID } = process.env;
      res.setHeader('set-cookie', 'own=1');
      res.end(JSON.stringify({ version: VERSION, greeting: GREETING, sticky: STICKY,
        volume: WEBSITE_DEPLOYMENT_ID, pid: process.pid, headers: req.headers, url: req.url, body }));
    });
  }).listen(process.env.PORT, '127.0.0.1');`;

/** `tiny@1` is the app above; `dead@1` runs but never listens; `broken@1` ends at once. */
export function tinyContent(content: string): ProcessSpec {
  const [kind, version] = content.split('@');
  const script = {
    tiny: TINY_APP,
    dead: 'process.stdin.resume().on("end", () => process.exit(0))',
    broken: 'process.exit(3)',
  }[kind ?? ''];
  if (script === undefined || version === undefined) throw new Error(`unknown content ${content}`);
  return { command: process.execPath, args: ['-e', script], env: { VERSION: version } };
}

export const SHOP: SiteDefinition = {
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'rg-app',
  name: 'shop',
  content: 'tiny@1',
  slots: [{ name: 'staging', content: 'tiny@2' }],
};

export const PRODUCTION_HOST = 'shop.azurewebsites.net';
export const STAGING_HOST = 'shop-staging.azurewebsites.net';

/** Swaps take 120 ms. */
export function startTiny(options: Partial<AppServiceOptions> = {}): Promise<AppServiceStandIn> {
  return startAppService({
    timeScale: 500,
    sites: [SHOP],
    resolveContent: tinyContent,
    log: () => undefined,
    ...options,
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
  /** What is at a path like `value.0.name` in the body; `undefined` when nothing is. */
  at(path: string): unknown;
}

export const API = 'api-version=2025-05-01';
export const SITE_PATH = `/subscriptions/${SHOP.subscriptionId}/resourceGroups/rg-app/providers/Microsoft.Web/sites/shop`;

/** One authenticated call to ARM; `path` follows the site. */
export async function arm(
  { armUrl }: AppServiceStandIn,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${armUrl}${SITE_PATH}${path}?${API}`, {
    method,
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answerOf(response);
}

/** One visit to the front end. */
export async function visit(
  { frontEndUrl }: AppServiceStandIn,
  options: { host?: string; cookie?: string; path?: string; method?: string; body?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${frontEndUrl}${options.path ?? '/'}`, {
    method: options.method ?? 'GET',
    headers: {
      'x-forwarded-host': options.host ?? PRODUCTION_HOST,
      ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
    },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  return answerOf(response);
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body: unknown = /^[[{]/.test(text) ? JSON.parse(text) : text;
  const at = (path: string): unknown => path.split('.').reduce(memberOf, body);
  return { status: response.status, headers: response.headers, body, at };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

export function rule(percentage: number, over: object = {}): object {
  return {
    name: 'staging',
    actionHostName: STAGING_HOST,
    reroutePercentage: percentage,
    ...over,
  };
}

export function setRules(standIn: AppServiceStandIn, ...rules: object[]): Promise<Answer> {
  return arm(standIn, 'PATCH', '/config/web', {
    properties: { experiments: { rampUpRules: rules } },
  });
}

/** The path and query of a Location, to be polled at the stand-in instead of Azure. */
export function poll({ armUrl }: AppServiceStandIn, location: string | null): Promise<Answer> {
  const { pathname, search } = new URL(location ?? '');
  return fetch(`${armUrl}${pathname}${search}`, {
    headers: { authorization: 'Bearer token' },
  }).then(answerOf);
}

/** Follows a swap to its end. */
export async function pollToEnd(standIn: AppServiceStandIn, started: Answer): Promise<Answer> {
  const untilMs = Date.now() + 5000;
  let answer = started;
  while (answer.status === 202) {
    if (Date.now() > untilMs) throw new Error('the swap did not end within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
    answer = await poll(standIn, answer.headers.get('location'));
  }
  return answer;
}

export const swapBody = (targetSlot: string): object => ({ targetSlot, preserveVnet: true });

/** Repeats until the check holds, for things that happen in another process. */
export async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  const untilMs = Date.now() + 5000;
  while (!(await check())) {
    if (Date.now() > untilMs) throw new Error('it did not come true within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

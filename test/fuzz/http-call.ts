/** Hostile HTTP requests for a door, and what every answer must be. */
import fc from 'fast-check';
import { z } from 'zod';

import { STATUS_OF_CODE } from '../../src/api/error-response.ts';
import type { RpcHttpData } from '../../src/local/host/core-types.ts';
import { COMMANDS } from '../../src/release/event.ts';
import { must } from './engine.ts';
import { hostileText, spoilt, spoiltJson, spoiltJsonText } from './hostile.ts';
import {
  APP_KEY,
  APPS,
  COMMAND,
  PLAN,
  RELEASE_ID,
  RESUME,
  SHORT_START,
  SITE_ID,
  START,
  TICK,
} from './samples.ts';

export interface HostileCall {
  /** Which of the doors there are, from 0. */
  readonly door: number;
  readonly params: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

const param = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(RELEASE_ID, RELEASE_ID, APP_KEY, 'shop', 'audit', ...COMMANDS),
  },
  { weight: 3, arbitrary: spoilt(RELEASE_ID, APP_KEY, 'shop', 'pause') },
);

const queryPair = fc.tuple(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom(
        'app',
        'phase',
        'finished',
        'key',
        'max',
        'continuation',
        'from',
        'site',
        'code',
        'format',
        'to',
      ),
    },
    { weight: 1, arbitrary: hostileText },
  ),
  spoilt(
    APP_KEY,
    SITE_ID,
    'queued',
    'true',
    '20',
    '1',
    'ci-1',
    'after:1',
    'eyJtb250aCI6IjIwMjYtMTEifQ',
  ),
);

const PRINCIPAL = {
  auth_typ: 'aad',
  name_typ: 'name',
  role_typ: 'roles',
  claims: [
    { typ: 'oid', val: '11111111-2222-3333-4444-555555555555' },
    { typ: 'preferred_username', val: 'someone@example.com' },
    { typ: 'roles', val: 'Slipway.Admin' },
    { typ: 'groups', val: '22222222-2222-3333-4444-555555555555' },
  ],
};
const principal = fc.oneof(
  { weight: 4, arbitrary: fc.constant(JSON.stringify(PRINCIPAL)) },
  { weight: 2, arbitrary: spoiltJsonText(PRINCIPAL) },
);
const principalHeader = fc.oneof(
  { weight: 9, arbitrary: principal.map((text) => Buffer.from(text).toString('base64')) },
  { weight: 1, arbitrary: hostileText },
);

const headers = fc
  .record(
    {
      'x-ms-client-principal': principalHeader,
      'content-type': fc.oneof(
        { weight: 9, arbitrary: fc.constant('application/json') },
        { weight: 1, arbitrary: hostileText },
      ),
      'x-slipway-actor': spoilt('somebody'),
      'x-ms-client-principal-name': hostileText,
      'x-functions-key': hostileText,
      'sec-fetch-site': fc.constantFrom('same-origin', 'none', 'cross-site'),
      origin: spoilt('https://slipway.example', 'null'),
      host: hostileText,
      'x-forwarded-host': hostileText,
      'content-length': hostileText,
      cookie: hostileText,
      authorization: hostileText,
    },
    { requiredKeys: ['x-ms-client-principal', 'content-type'] },
  )
  .map((all) =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, asHeader(value)] as const),
    ),
  );

const body = fc.oneof(
  { weight: 6, arbitrary: spoiltJsonText(START, SHORT_START) },
  { weight: 4, arbitrary: spoiltJsonText(COMMAND, RESUME) },
  { weight: 3, arbitrary: spoiltJsonText(APPS, PLAN, TICK) },
  {
    weight: 1,
    arbitrary: spoiltJson(START).map((value) => Buffer.from(JSON.stringify(value), 'utf16le')),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

export const hostileCall: fc.Arbitrary<HostileCall> = fc.record({
  door: fc.nat(999),
  params: fc.array(param, { minLength: 3, maxLength: 3 }),
  query: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(queryPair, { maxLength: 3 }) },
  ),
  headers,
  body,
});

/** What Node's HTTP server would let through: one line of Latin-1, no blanks at its ends. */
function asHeader(text: string): string {
  return text
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .trim()
    .slice(0, 8_000);
}

/** The request as the host gives it to the library. */
export function rpcOf(
  call: HostileCall,
  route: { readonly template: string; readonly methods: readonly string[] },
): RpcHttpData {
  const names = [...route.template.matchAll(/\{(\w+)/g)].map(([, name = '']) => name);
  const params = names.map((name, index): [string, string] => [name, call.params[index] ?? '']);
  const filled = params.reduce(
    (path, [name, value]) => path.replace(new RegExp(`\\{${name}[^}]*\\}`), () => encoded(value)),
    route.template,
  );
  const url = new URL(`https://slipway.example/api/${filled}`);
  for (const [name, value] of call.query) url.searchParams.append(name, value);
  const nullable = (pairs: readonly (readonly [string, string])[]) =>
    Object.fromEntries(pairs.map(([name, value]) => [name, { value }]));
  const bytes = typeof call.body === 'string' ? Buffer.from(call.body) : call.body;
  return {
    method: route.methods[0] ?? 'GET',
    url: url.href,
    nullableHeaders: nullable(Object.entries(call.headers)),
    nullableParams: nullable(params),
    nullableQuery: nullable([...url.searchParams]),
    ...(bytes === undefined || bytes.byteLength === 0 ? {} : { body: { bytes } }),
  };
}

function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

const ERROR = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string().min(1),
    details: z
      .array(
        z.strictObject({ path: z.string(), code: z.string().min(1), message: z.string().min(1) }),
      )
      .min(1)
      .optional(),
  }),
  release: z.looseObject({ id: z.string() }).optional(),
});

/** @returns the code of an error answer; undefined when the request was accepted */
export function mustAnswer(http: RpcHttpData | undefined): string | undefined {
  must(http !== undefined, 'no answer at all');
  const status = Number(http.statusCode ?? 200);
  const text = Buffer.from(
    http.body?.bytes ?? http.body?.string ?? http.body?.json ?? '',
  ).toString();
  must(status >= 200 && status < 500, `status ${status}: ${text.slice(0, 500)}`);
  for (const value of Object.values(http.headers ?? {})) {
    must(!/[\r\n]/.test(value), `a header of several lines: ${JSON.stringify(value)}`);
  }
  must(!/node_modules|\.ts:\d+/.test(text), 'the answer shows a stack');
  if (status < 400) return undefined;
  const { error } = ERROR.parse(JSON.parse(text));
  const wanted = Object.entries(STATUS_OF_CODE).find(([code]) => code === error.code)?.[1];
  must(wanted === status, `code ${error.code} with status ${status}`);
  return error.code;
}

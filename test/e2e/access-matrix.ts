/** The matrix of access.test.ts: every route, everything that somebody may show, every way in. */
import { COMMANDS } from '../../src/release/event.ts';
import { type Right, rightOf, type Role, roleHas, ROLES } from '../../src/release/caller.ts';
import {
  ADA_CLAIMS,
  encoded,
  principalHeader,
  ROLE_URI,
  signedInHeader,
} from '../support/client-principal.ts';
import type { Written } from '../support/http-send.ts';

export const KEYS = { host: 'the-host-key', master: 'the-master-key' };
export const PRINCIPAL = 'x-ms-client-principal';
export const ADMIN = signedInHeader('Slipway.Admin');

// ---------------------------------------------------------------- what there is to come into

export interface Entry {
  /** Name of the function. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** `open`: a file of the page, the same for everybody. */
  readonly right: Right | 'open';
  /** The answer to those who come in. */
  readonly passed: number;
  readonly body?: string;
}

/** Well-formed; nothing is there. */
const ID = `${'0'.repeat(20)}-${'0'.repeat(19)}`;
const SITE = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/a';
const get = (name: string, path: string, passed = 200): Entry => ({
  ...{ name, method: 'GET', path, right: 'read', passed },
});

const file = (name: string, path: string, passed = 200): Entry => ({
  ...{ name, method: 'GET', path, right: 'open', passed },
});

/** A route that is not here fails the first test. */
export const ENTRIES: readonly Entry[] = [
  get('health', 'health'),
  get('list-releases', 'releases'),
  get('get-release', `releases/${ID}`, 404),
  get('get-audit', `releases/${ID}/audit`, 404),
  get('get-evidence', `releases/${ID}/evidence`, 404),
  get('get-me', 'me'),
  get('get-openapi', 'openapi.json'),
  get('get-plan-schema', 'schemas/plan'),
  get('get-gate', `gates/${ID}`, 404),
  get('find-gate', 'gates?key=nothing'),
  get('find-app', `apps?site=${SITE}`),
  get('get-app', `apps/${'0'.repeat(20)}`),
  get('get-apps-audit', 'apps/audit'),
  {
    ...{ name: 'apply-apps', method: 'PUT', path: 'apps', right: 'administer' },
    ...{ passed: 400, body: '{}' },
  },
  {
    ...{ name: 'remove-app', method: 'DELETE', path: 'apps/nothing', right: 'administer' },
    ...{ passed: 404 },
  },
  {
    ...{ name: 'test-notifications', method: 'POST', path: 'notifications/test' },
    ...{ right: 'administer', passed: 200, body: '{}' },
  },
  get('list-poison', 'poison'),
  file('dashboard', 'dashboard'),
  file('dashboard-file', 'dashboard/app.js'),
  file('dashboard-file', 'dashboard/app.css'),
  file('dashboard-file', 'dashboard/index.html', 404),
  file('dashboard-file', 'dashboard/main.cjs', 404),
  file('dashboard-file', 'dashboard/..%2fmain.cjs', 404),
  file('dashboard-file', 'dashboard/%2e%2e%2fmain.cjs', 404),
  file('dashboard-file', 'dashboard/..%5cmain.cjs', 404),
  {
    ...{ name: 'start-release', method: 'POST', path: 'releases', right: 'start' },
    ...{ passed: 400, body: '{}' },
  },
  {
    ...{ name: 'doctor', method: 'POST', path: 'apps/nothing/doctor', right: 'start' },
    ...{ passed: 404, body: '{}' },
  },
  ...COMMANDS.map((command) => ({
    ...{ name: 'command-release', method: 'POST', path: `releases/${ID}/${command}` },
    ...{ right: rightOf(command), passed: 404, body: '{"reason": "to see who may"}' },
  })),
];

// ---------------------------------------------------------------- what somebody shows

export interface Shown {
  readonly key: 'none' | keyof typeof KEYS;
  /** What the header of Easy Auth says, if it says anything valid. */
  readonly principal: 'none' | 'broken' | 'no-role' | Role;
  readonly headers: Written['headers'];
  readonly code?: string;
}

const nothing = { key: 'none', principal: 'none', headers: {} } as const;
const principal = (says: Shown['principal'], header: string | readonly string[]): Shown => ({
  ...{ key: 'none', principal: says, headers: { [PRINCIPAL]: header } },
});
const withKey = (key: keyof typeof KEYS, shown: Shown): Shown => ({
  ...{ ...shown, key, headers: { ...shown.headers, 'x-functions-key': KEYS[key] } },
});

export const SHOWN: Readonly<Record<string, Shown>> = {
  nothing,
  'a guessed key': { ...nothing, headers: { 'x-functions-key': 'guessed' } },
  'an empty key': { ...nothing, headers: { 'x-functions-key': '' } },
  'a key with more behind it': { ...nothing, headers: { 'x-functions-key': `${KEYS.host}x` } },
  'the key twice': { ...nothing, headers: { 'x-functions-key': [KEYS.host, KEYS.host] } },
  'a guessed code': { ...nothing, code: 'guessed' },
  'the host key as a bearer token': {
    ...nothing,
    headers: { authorization: `Bearer ${KEYS.host}` },
  },
  'only a name': { ...nothing, headers: { 'x-slipway-actor': 'Slipway.Admin' } },
  'the name headers of Easy Auth': {
    ...nothing,
    headers: {
      [`${PRINCIPAL}-name`]: 'ada',
      [`${PRINCIPAL}-id`]: 'ada',
      [`${PRINCIPAL}-idp`]: 'aad',
    },
  },
  'the host key': withKey('host', nothing),
  'the host key as a code': { ...nothing, key: 'host', code: KEYS.host },
  'the host key, header in another case': {
    ...nothing,
    key: 'host',
    headers: { 'X-Functions-KEY': KEYS.host },
  },
  'the master key': withKey('master', nothing),
  'the host key, and an administrator in the header': withKey(
    'host',
    principal('Slipway.Admin', ADMIN),
  ),
  'the host key, and a broken header': withKey('host', principal('broken', '%')),
  'a guessed key, and an administrator in the header': {
    ...principal('Slipway.Admin', ADMIN),
    headers: { [PRINCIPAL]: ADMIN, 'x-functions-key': 'guessed' },
  },
  ...Object.fromEntries(
    ROLES.map((role) => [`the header, ${role}`, principal(role, signedInHeader(role))]),
  ),
  'the header, the role by its URI': principal(
    'Slipway.Approver',
    principalHeader([...ADA_CLAIMS, [ROLE_URI, 'Slipway.Approver']]),
  ),
  'the header in another case': {
    ...{ key: 'none', principal: 'Slipway.Operator' },
    headers: { 'X-Ms-CLIENT-Principal': signedInHeader('Slipway.Operator') },
  },
  'the header, no role': principal('no-role', signedInHeader()),
  'the header, another case of a role': principal('no-role', signedInHeader('slipway.admin')),
  'the header, the role in another claim': principal(
    'no-role',
    principalHeader([...ADA_CLAIMS, ['role', 'Slipway.Admin'], ['wids', 'Slipway.Admin']]),
  ),
  'the header twice': principal('broken', [ADMIN, ADMIN]),
  'the header, no base64': principal('broken', '<Slipway.Admin>'),
  'the header, JSON itself': principal('broken', JSON.stringify({ auth_typ: 'aad', claims: [] })),
  'the header, empty': principal('broken', ''),
  'the header of another provider': principal(
    'broken',
    principalHeader([...ADA_CLAIMS, ['roles', 'Slipway.Admin']], { auth_typ: 'github' }),
  ),
  'the header, two object ids': principal(
    'broken',
    principalHeader([...ADA_CLAIMS, ['oid', ID], ['roles', 'Slipway.Admin']]),
  ),
  'the header, no object id': principal('broken', principalHeader([['roles', 'Slipway.Admin']])),
  'the header of Static Web Apps': principal(
    'broken',
    encoded({ identityProvider: 'aad', userId: 'ada', userRoles: ['Slipway.Admin'] }),
  ),
};

// ---------------------------------------------------------------- the ways in

type Known = Role | 'no-role' | 'nobody';

/** Whom a holder of this key is taken for. Administrators' routes open to the master key alone. */
function byKey({ key }: Shown, right: Entry['right'], role: Role): Known {
  if (right === 'administer') return key === 'master' ? 'Slipway.Admin' : 'nobody';
  return key === 'none' ? 'nobody' : role;
}

export const WAYS: Readonly<
  Record<
    string,
    { mode: string; under: string; known: (shown: Shown, right: Entry['right']) => Known }
  >
> = {
  'with function keys': {
    ...{ mode: 'function-keys', under: '' },
    known: (shown, right) => byKey(shown, right, 'Slipway.Approver'),
  },
  'behind Easy Auth': {
    ...{ mode: 'easy-auth', under: '' },
    known: ({ principal: says }) => (says === 'none' || says === 'broken' ? 'nobody' : says),
  },
  'beside Easy Auth, by key': {
    ...{ mode: 'easy-auth', under: 'keys/' },
    known: (shown, right) => byKey(shown, right, 'Slipway.Operator'),
  },
  'on this machine, asking nobody': {
    ...{ mode: 'anonymous', under: '' },
    known: () => 'Slipway.Admin',
  },
};

export function expected(known: Known, { right, passed }: Entry): number {
  if (right === 'open') return passed;
  if (known === 'nobody') return 401;
  return roleHas(known === 'no-role' ? undefined : known, right) ? passed : 403;
}

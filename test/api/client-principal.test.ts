// The header of Easy Auth: what counts as a proof of who asks, and what does not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type ClientPrincipal, parseClientPrincipal } from '../../src/api/client-principal.ts';
import { ROLES } from '../../src/release/caller.ts';
import { UnauthenticatedError } from '../../src/release/errors.ts';
import {
  ADA,
  ADA_CLAIMS,
  type Claims,
  encoded,
  OBJECT_ID_URI,
  principalHeader,
  ROLE_URI,
  signedInHeader,
} from '../support/client-principal.ts';

const GROUP = 'f08bbbea-b793-4a36-a5fc-136c18d8aa8f';
const of = (claims: Claims, change = {}): ClientPrincipal =>
  parseClientPrincipal(principalHeader(claims, change));
const withAda = (...claims: Claims): ClientPrincipal => of([...ADA_CLAIMS, ...claims]);

describe('somebody of Entra', () => {
  it('has an id, a name, roles and groups', () => {
    expect(
      withAda(['roles', 'Slipway.Operator'], ['groups', GROUP.toUpperCase()], ['groups', ADA]),
    ).toEqual({
      objectId: ADA,
      name: 'ada@contoso.com',
      role: 'Slipway.Operator',
      groups: [GROUP, ADA],
      groupsUnknown: false,
    });
  });

  it('may be a service, which has no name but the id of its registration', () => {
    const service = { role: 'Slipway.Operator', objectId: ADA, name: GROUP };
    for (const claim of ['appid', 'azp']) {
      expect(
        of([
          ['oid', ADA],
          [claim, GROUP],
          ['roles', 'Slipway.Operator'],
        ]),
      ).toMatchObject(service);
    }
  });

  it('is called by its object id when no name is plain text', () => {
    expect(
      of([
        ['oid', ADA],
        ['name', 'a\nb'],
        ['upn', '"x"'],
      ]).name,
    ).toBe(ADA);
    expect(of([['oid', ADA.toUpperCase()]]).name).toBe(ADA);
  });

  it.each([
    ['_claim_names', '{"groups":"src1"}'],
    ['hasgroups', 'true'],
  ])('has groups that are not known, with %s', (typ, val) => {
    expect(withAda([typ, val])).toMatchObject({ groups: [], groupsUnknown: true });
  });

  it('is in no group that is written by its name: one could be called "key"', () => {
    expect(withAda(['groups', 'key'], ['groups', 'queue'], ['groups', 'ops']).groups).toEqual([]);
  });
});

describe('a role', () => {
  it.each(ROLES)('%s counts in each of its claims', (role) => {
    expect(withAda(['roles', role]).role).toBe(role);
    expect(withAda([ROLE_URI, role]).role).toBe(role);
    expect(of([...ADA_CLAIMS, ['app_roles', role]], { role_typ: 'app_roles' }).role).toBe(role);
    expect(of([...ADA_CLAIMS, ['roles', role]], { role_typ: null }).role).toBe(role);
  });

  it('is the highest of several, in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...ROLES], { minLength: 1 }), (some) => {
        const best = ROLES.findLast((role) => some.includes(role));
        expect(withAda(...some.map((role) => ['roles', role] as const)).role).toBe(best);
      }),
    );
  });

  it.each([
    ['another claim', 'role', 'Slipway.Admin'],
    ['the claim in another case', 'Roles', 'Slipway.Admin'],
    ['a directory role', 'wids', 'Slipway.Admin'],
    ['a scope of a person', 'scp', 'Slipway.Admin'],
    ['a display name', 'name', 'Slipway.Admin'],
    ['another case', 'roles', 'slipway.admin'],
    ['a list in one claim', 'roles', 'Slipway.Reader,Slipway.Admin'],
    ['a JSON list in one claim', 'roles', '["Slipway.Admin"]'],
    ['white space', 'roles', ' Slipway.Admin'],
    ['letters that look alike', 'roles', 'Slipway.Аdmin'],
    ['a role of something else', 'roles', 'Contoso.Admin'],
    ['the name of a property', 'roles', 'constructor'],
  ])('is none in %s', (_what, typ, val) => {
    expect(withAda([typ, val]).role).toBeUndefined();
  });
});

const good = signedInHeader('Slipway.Admin');
const deep = '['.repeat(20_000) + ']'.repeat(20_000);
const REFUSED: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no base64', 'not-base64!'],
  ['base64 of no JSON', Buffer.from('hello').toString('base64')],
  ['base64 of no UTF-8', Buffer.from([0xff, 0xfe]).toString('base64')],
  ['base64 without its padding', encoded({ a: 1 }).replaceAll('=', '')],
  ['base64 for URLs', Buffer.from('{"a":"???>>>"}').toString('base64url')],
  ['two headers that were joined', `${good}, ${good}`],
  ['two headers that were joined without a space', `${good},${good}`],
  ['white space before it', ` ${good}`],
  ['JSON without base64', Buffer.from(good, 'base64').toString()],
  ['null', encoded(null)],
  ['a list', encoded([])],
  ['a text', encoded('aad')],
  ['deep lists', Buffer.from(deep).toString('base64')],
  ['no claims', encoded({ auth_typ: 'aad' })],
  ['claims that are no list', encoded({ auth_typ: 'aad', claims: {} })],
  ['a claim that is null', encoded({ auth_typ: 'aad', claims: [null] })],
  ['a claim that is no text', encoded({ auth_typ: 'aad', claims: [{ typ: 'oid', val: 1 }] })],
  [
    'the form of Static Web Apps',
    encoded({ identityProvider: 'aad', userId: ADA, userRoles: ['Slipway.Admin'] }),
  ],
  ['another provider', principalHeader(ADA_CLAIMS, { auth_typ: 'google' })],
  ['another case of the provider', principalHeader(ADA_CLAIMS, { auth_typ: 'AAD' })],
  ['no provider', principalHeader(ADA_CLAIMS, { auth_typ: null })],
  [
    'no object id',
    principalHeader([
      ['name', 'Ada'],
      ['roles', 'Slipway.Admin'],
    ]),
  ],
  ['an object id that is no GUID', principalHeader([['oid', 'ada']])],
  ['two object ids', principalHeader([...ADA_CLAIMS, [OBJECT_ID_URI, GROUP]])],
  ['an object id in both forms', principalHeader([...ADA_CLAIMS, ['oid', GROUP]])],
  ['over 64 KiB', principalHeader([...ADA_CLAIMS, ['x', 'x'.repeat(64 * 1024)]])],
];

describe('nobody', () => {
  it.each(REFUSED)('is proven by %s', (_what, header) => {
    expect(() => parseClientPrincipal(header)).toThrow(UnauthenticatedError);
  });

  it('is proven by whatever else, and it is always told in the same way', () => {
    const claim = fc.record({
      typ: fc.oneof(fc.constantFrom('oid', OBJECT_ID_URI, 'roles', 'groups'), fc.string()),
      val: fc.oneof(fc.constantFrom(...ROLES, ADA), fc.jsonValue()),
    });
    const header = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.jsonValue().map(encoded),
      fc.record({ auth_typ: fc.constantFrom('aad', 'x'), claims: fc.array(claim) }).map(encoded),
      // The good one with one character changed, left out or doubled.
      fc
        .tuple(fc.nat(good.length - 1), fc.constantFrom('', 'A', '=', ',', '\u0000'))
        .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1)),
    );
    fc.assert(
      fc.property(header, (text) => {
        try {
          const { objectId, role, groups } = parseClientPrincipal(text);
          expect([objectId, ...groups].every((id) => /^[0-9a-f-]{36}$/.test(id))).toBe(true);
          expect(role === undefined || ROLES.includes(role)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UnauthenticatedError);
        }
      }),
      { numRuns: 400 },
    );
  });
});

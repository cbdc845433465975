// Who asks, by each way in.
import { describe, expect, it } from 'vitest';

import { anybody, demandRight, keyHolder, signedIn } from '../../src/api/principal.ts';
import { ForbiddenError, UnauthenticatedError } from '../../src/release/errors.ts';
import { entryWith } from '../support/app-entry.ts';
import { ADA, ADA_CLAIMS, principalHeader, signedInHeader } from '../support/client-principal.ts';

const PRINCIPAL = 'X-MS-CLIENT-PRINCIPAL';
const forged = new Headers({
  [PRINCIPAL]: signedInHeader('Slipway.Admin'),
  'x-slipway-actor': 'Ada',
});

describe('a holder of a key', () => {
  it('has the role of the key and the name it gives itself; a header of Easy Auth changes nothing', () => {
    const actor = { kind: 'operator', name: 'Ada', objectId: undefined };
    expect(keyHolder(forged, 'Slipway.Operator')).toEqual({
      ...{ actor, via: 'key', role: 'Slipway.Operator', ids: [] },
    });
  });
});

describe('somebody who is signed in', () => {
  it('is who Easy Auth says, whatever name the request gives itself', () => {
    expect(signedIn(forged)).toEqual({
      actor: { kind: 'operator', name: 'ada@contoso.com', objectId: ADA },
      via: 'entra',
      role: 'Slipway.Admin',
      ids: [ADA],
    });
  });

  it('has no role when none was assigned', () => {
    expect(signedIn(new Headers({ [PRINCIPAL]: signedInHeader() })).role).toBeUndefined();
  });

  it('is nobody without the header', () => {
    expect(() => signedIn(new Headers())).toThrow(UnauthenticatedError);
  });

  it('in too many groups is told so, when a list of groups might have named it', () => {
    const claims = [...ADA_CLAIMS, ['_claim_names', '{}'], ['roles', 'Slipway.Admin']] as const;
    const caller = signedIn(new Headers({ [PRINCIPAL]: principalHeader(claims) }));
    const entry = entryWith({ start: ['f08bbbea-b793-4a36-a5fc-136c18d8aa8f'] });
    expect(() => {
      demandRight(caller, 'start', entry);
    }).toThrow(/may\.start.*shop.*ada@contoso\.com.*groups/);
    demandRight(caller, 'override', entry);
  });
});

describe('anybody', () => {
  it('is let in where nobody is asked, but not by another name of this machine', () => {
    expect(anybody(new Headers(), 'this-machine')).toMatchObject({
      actor: { name: 'anonymous' },
      via: 'anonymous',
      role: 'Slipway.Admin',
    });
    expect(() => anybody(new Headers(), 'otherwise')).toThrow(ForbiddenError);
  });
});

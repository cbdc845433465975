// The ladder of roles, and the lists of an app.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type Caller,
  demandRight,
  LISTED_SENDERS,
  mayDo,
  type Right,
  rightOf,
  ROLE_FOR,
  type Role,
  roleHas,
  ROLES,
} from '../../src/release/caller.ts';
import type { AppEntry } from '../../src/release/app-entry.ts';
import { ForbiddenError } from '../../src/release/errors.ts';
import { COMMANDS } from '../../src/release/event.ts';
import { entryWith } from '../support/app-entry.ts';

const RIGHTS = ['read', 'start', 'override', 'approve', 'administer'] as const satisfies Right[];
const ID = '5b5450db-eb26-4c1a-981c-ba1d25f0483d';
const OTHER = 'f08bbbea-b793-4a36-a5fc-136c18d8aa8f';

const caller = (change: Partial<Caller>): Caller => ({
  actor: { kind: 'operator', name: 'ada', objectId: ID },
  via: 'entra',
  role: 'Slipway.Admin',
  ids: [ID],
  ...change,
});

describe('a role', () => {
  const TABLE: Readonly<Record<Role, readonly Right[]>> = {
    'Slipway.Reader': ['read'],
    'Slipway.Operator': ['read', 'start', 'override'],
    'Slipway.Approver': ['read', 'start', 'override', 'approve'],
    'Slipway.Admin': RIGHTS,
  };

  it.each(ROLES)('%s has exactly its rights', (role) => {
    expect(RIGHTS.filter((right) => roleHas(role, right))).toEqual(TABLE[role]);
  });

  it('is needed for every right', () => {
    expect(RIGHTS.filter((right) => roleHas(undefined, right))).toEqual([]);
  });

  it('is needed for every command: to go past the judge, that of an approver', () => {
    const approved = COMMANDS.filter((command) => rightOf(command) === 'approve');
    expect(approved.toSorted()).toEqual(['advance', 'promote']);
  });
});

describe("an app's list", () => {
  const lists = ['start', 'override', 'approve'] as const;

  it.each(lists)('of who may %s lets those through whom it names, and nobody else', (right) => {
    const only = entryWith({ [right]: [ID] });
    expect(mayDo(caller({}), right, only)).toBe(true);
    expect(mayDo(caller({ ids: [OTHER, ID] }), right, only)).toBe(true);
    expect(mayDo(caller({ ids: [OTHER] }), right, only)).toBe(false);
    expect(mayDo(caller({ ids: [] }), right, only)).toBe(false);
    for (const via of ['key', 'queue', 'anonymous'] as const) {
      expect(mayDo(caller({ via, ids: [] }), right, only)).toBe(false);
    }
    expect(mayDo(caller({}), right, entryWith({ [right]: [] }))).toBe(false);
  });

  it('names senders without an id by how they came, and those alone', () => {
    for (const sender of LISTED_SENDERS) {
      const only = entryWith({ start: [sender] });
      expect(mayDo(caller({ via: sender, ids: [] }), 'start', only)).toBe(true);
      expect(mayDo(caller({ via: 'anonymous', ids: [] }), 'start', only)).toBe(false);
      expect(mayDo(caller({ ids: [ID] }), 'start', only)).toBe(false);
    }
  });

  it('never gives what the role does not', () => {
    const role = fc.constantFrom(...ROLES, undefined);
    const ids = fc.option(fc.subarray([ID, OTHER, 'key', 'queue']), { nil: undefined });
    const may = fc.record({ start: ids, override: ids, approve: ids });
    const via = fc.constantFrom('entra', 'key', 'queue', 'anonymous');
    fc.assert(
      fc.property(role, via, may, fc.constantFrom(...RIGHTS), (its, how, listed, right) => {
        const asked = caller({ role: its, via: how });
        if (mayDo(asked, right, entryWith(listed))) expect(roleHas(its, right)).toBe(true);
        if (mayDo(asked, right, undefined)) expect(roleHas(its, right)).toBe(true);
      }),
    );
  });
});

describe('a refusal', () => {
  const refusal = (asked: Caller, right: Right, of?: AppEntry): string => {
    try {
      demandRight(asked, right, of);
    } catch (error) {
      if (error instanceof ForbiddenError) return error.message;
      throw error;
    }
    return 'none';
  };

  it('says which role is missing, or which list', () => {
    expect(refusal(caller({ role: undefined }), 'read')).toBe(
      'ada has no role of Slipway; to see releases takes Slipway.Reader',
    );
    expect(refusal(caller({ role: 'Slipway.Operator' }), 'approve')).toBe(
      'ada has the role Slipway.Operator; to advance or promote takes Slipway.Approver',
    );
    expect(refusal(caller({}), 'start', entryWith({ start: [OTHER] }))).toBe(
      'the list "may.start" of app shop does not name ada',
    );
  });

  it('comes exactly when mayDo says no', () => {
    for (const right of RIGHTS) {
      for (const role of [...ROLES, undefined]) {
        const told = refusal(caller({ role }), right);
        expect(told === 'none').toBe(roleHas(role, right));
        if (told !== 'none') expect(told).toContain(ROLE_FOR[right]);
      }
    }
  });
});

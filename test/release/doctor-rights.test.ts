import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NEEDED_ACTIONS,
  allows,
  matchesAction,
  missingActions,
  missingWrites,
} from '../../src/release/doctor-rights.ts';
import '../support/fixed-seed.ts';

const SWAP = 'Microsoft.Web/sites/slots/slotsswap/action';

/** To see one's own rights; a release does not need it. */
const TO_SEE_RIGHTS = 'Microsoft.Authorization/permissions/read';

describe('a pattern of a role', () => {
  it.each([
    ['*', SWAP, true],
    [SWAP, SWAP, true],
    ['microsoft.web/SITES/slots/slotsSwap/Action', SWAP, true],
    ['Microsoft.Web/*', SWAP, true],
    ['Microsoft.Web/sites/*', SWAP, true],
    ['Microsoft.Web/*/action', SWAP, true],
    ['*/action', SWAP, true],
    ['Microsoft.Web/sites/slots/slotsswap/*', SWAP, true],
    ['Microsoft.Web/sites/*/slotsswap/*', SWAP, true],
    ['*slotsswap*', SWAP, true],
    ['*/read', SWAP, false],
    ['Microsoft.Web/sites/slotsswap/action', SWAP, false],
    ['Microsoft.Web/sites/slots/slotsswap/action/more', SWAP, false],
    ['Microsoft.Web/sites/slots/slotsswap', SWAP, false],
    ['Microsoft.Websites/*', SWAP, false],
    // The dot is a dot.
    ['MicrosoftxWeb/*', SWAP, false],
    ['Microsoft.Web/sites/slots/*slotsswap/action', SWAP, true],
    // What stands before and after a star may not overlap.
    ['aba*bab', 'abab', false],
    ['', SWAP, false],
  ])('%s: %s %s', (pattern, action, holds) => {
    expect(matchesAction(pattern, action)).toBe(holds);
  });

  it('means what a regular expression with .* for each star would mean', () => {
    const piece = fc
      .array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 3 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 4 }),
        fc.array(piece, { maxLength: 4 }),
        (parts, action) => {
          const text = action.join('');
          const plain = parts.map((part) => part.replaceAll('.', '\\.')).join('.*');
          expect(matchesAction(parts.join('*'), text)).toBe(new RegExp(`^${plain}$`).test(text));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('of ten thousand stars is answered all the same', () => {
    expect(matchesAction('*a'.repeat(10_000), 'a'.repeat(9_999))).toBe(false);
  });
});

describe('permissions', () => {
  const own = (...actions: readonly string[]) => ({ actions, notActions: [] });

  it('add up over assignments', () => {
    expect(allows([own('a/read'), own('a/write')], 'a/write')).toBe(true);
    expect(allows([], 'a/write')).toBe(false);
  });

  it('lose by notActions what their own assignment gives, and no other', () => {
    const but = { actions: ['*'], notActions: ['Microsoft.Web/sites/config/write'] };
    const action = 'Microsoft.Web/sites/config/write';
    expect(allows([but], action)).toBe(false);
    expect(allows([but], 'Microsoft.Web/sites/config/read')).toBe(true);
    expect(allows([but, own('Microsoft.Web/sites/*')], action)).toBe(true);
  });

  it('on the slot alone are enough for the actions of the slot, and for no others', () => {
    const slot = [own('Microsoft.Web/sites/slots/*')];
    const all = Object.keys(NEEDED_ACTIONS);
    expect(missingActions({ site: [], slot })).toEqual(
      all.filter((action) => !action.includes('/slots/')),
    );
    expect(missingActions({ site: [own('*')], slot: [own('*')] })).toEqual([]);
    expect(missingActions({ site: [], slot: [] })).toEqual(all);
  });

  it('of the site hold for its slots, whatever the slot lists', () => {
    expect(missingActions({ site: [own('*')], slot: [] })).toEqual([]);
  });

  it('refuse a release by its writes alone, and not by an answer that denies the reads', () => {
    const read = own('Microsoft.Web/sites/read', 'Microsoft.Web/sites/slots/read');
    expect(missingWrites({ site: [read], slot: [] })).toEqual([
      'Microsoft.Web/sites/config/write',
      'Microsoft.Web/sites/slots/slotsswap/action',
    ]);
    const site = [read, own('Microsoft.Web/sites/config/write')];
    const slot = [own('Microsoft.Web/sites/slots/slotsswap/action')];
    expect(missingWrites({ site, slot })).toEqual([]);
    expect(missingWrites({ site: [], slot: [] })).toBeUndefined();
    expect(
      missingWrites({ site: [own('Microsoft.Web/sites/config/write')], slot }),
    ).toBeUndefined();
  });

  it('of the role Reader miss what changes something', () => {
    const reader = [own('*/read')];
    expect(missingActions({ site: reader, slot: reader })).toEqual([
      'Microsoft.Web/sites/config/write',
      'Microsoft.Web/sites/slotsswap/action',
      'Microsoft.Web/sites/slots/slotsswap/action',
    ]);
  });

  it('of a Website Contributor miss nothing', () => {
    const role = [
      own(
        'Microsoft.Authorization/*/read',
        'Microsoft.Web/sites/*',
        'Microsoft.Web/serverFarms/read',
      ),
    ];
    expect(missingActions({ site: role, slot: role })).toEqual([]);
  });
});

describe('the custom role of infra/', () => {
  it('has exactly the actions that a release needs', () => {
    const bicep = readFileSync(
      new URL('../../infra/modules/target-app-role.bicep', import.meta.url),
      'utf8',
    );
    const [, list = ''] = /\n\s+actions: \[\n([^\]]*)\]/.exec(bicep) ?? [];
    const actions = [...list.matchAll(/'(Microsoft\.[^']+)'/g)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(5);
    expect(actions.filter((action) => action !== TO_SEE_RIGHTS).toSorted()).toEqual(
      Object.keys(NEEDED_ACTIONS).toSorted(),
    );
  });
});

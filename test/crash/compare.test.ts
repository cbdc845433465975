/** The comparison of what was done to Azure with what the audit says must see every lie. */
import { describe, expect, it } from 'vitest';

import type { SiteChange } from '../../src/local/app-service/change-log.ts';
import { compareSite } from './check/compare.ts';
import type { Claim, Confirmation, Told } from './check/told.ts';

const RELEASE = 'release-1';
const CLAIM_MS = 6_000;

const rules = (atMs: number, percent: number): SiteChange => ({
  ...{ kind: 'written', site: 's', slot: 'production', method: 'PATCH', rest: 'config/web' },
  ...{ apiVersion: '2025-05-01', body: '', status: 200, atMs },
  rules: percent === 0 ? [] : [{ name: 'staging', percent }],
});
const swap = (atMs: number): SiteChange => ({
  ...{ kind: 'written', site: 's', slot: 'staging', method: 'POST', rest: 'slotsswap' },
  ...{ apiVersion: '2025-05-01', body: '', status: 202, atMs, rules: [] },
});
const moved = (atMs: number): SiteChange => ({
  ...{ kind: 'volumes-moved', site: 's', production: 'app@v2', atMs },
});
const claim = (sequence: number, fromMs: number, what: Claim['what'], weight = 0): Claim => ({
  ...{ releaseId: RELEASE, sequence, what, weight, fromMs, notAfterMs: fromMs + CLAIM_MS },
});
const confirmed = (
  sequence: number,
  atMs: number,
  what: Confirmation['what'],
  weight = 0,
): Confirmation => ({ releaseId: RELEASE, sequence, what, weight, atMs });

/** A good canary: 25 %, the rule removed, one swap. */
const CHANGES = [rules(10_000, 25), rules(30_000, 0), swap(40_000), moved(42_000)];
const CLAIMS = [claim(3, 9_800, 'rules', 25), claim(6, 29_800, 'rules'), claim(8, 39_800, 'swap')];
const CONFIRMED = [
  confirmed(4, 10_200, 'rules', 25),
  confirmed(7, 30_200, 'rules'),
  confirmed(9, 43_000, 'promoted'),
];

function problems(
  changes: readonly SiteChange[],
  told: Partial<Pick<Told, 'claims' | 'confirmations' | 'dropped'>> = {},
): readonly string[] {
  const { claims = CLAIMS, confirmations = CONFIRMED, dropped = [] } = told;
  const one: Told = { releaseId: RELEASE, rows: [], claims, confirmations, dropped };
  return compareSite('s', { changes, told: [one], heldMs: 0 });
}

describe('what was done to a site, and its audit', () => {
  it('agree on a good release', () => {
    expect(problems(CHANGES)).toEqual([]);
  });

  it('agree on a swap that was asked about by a write that changes nothing', () => {
    const asked = [...CHANGES.slice(0, 3), rules(47_000, 0), moved(47_500)];
    const late = [...CONFIRMED.slice(0, 2), confirmed(9, 48_000, 'promoted')];
    expect(problems(asked, { confirmations: late })).toEqual([]);
  });

  it.each([
    ['a second swap', [...CHANGES, swap(50_000), moved(52_000)], {}],
    ['a write without a claim', [...CHANGES, rules(60_000, 60), rules(61_000, 0)], {}],
    [
      'a write after its claim',
      [...CHANGES.slice(0, 1), rules(39_000, 0), ...CHANGES.slice(2)],
      {},
    ],
    ['another weight than claimed', [rules(10_000, 60), ...CHANGES.slice(1)], {}],
    [
      'a claim used twice',
      [rules(10_000, 25), rules(11_000, 0), rules(12_000, 25), ...CHANGES.slice(1)],
      {},
    ],
    ['a rule that is left', CHANGES.slice(0, 1), { confirmations: CONFIRMED.slice(0, 1) }],
    ['a change that is never confirmed', CHANGES, { confirmations: CONFIRMED.slice(1) }],
    ['a swap that is never confirmed', CHANGES, { confirmations: CONFIRMED.slice(0, 2) }],
    ['a swap that did not happen', CHANGES.slice(0, 3), {}],
    ['a confirmation of what never was', CHANGES.slice(2), {}],
  ])('disagree on %s', (_what, changes, told) => {
    expect(problems(changes, told)).not.toEqual([]);
  });
});

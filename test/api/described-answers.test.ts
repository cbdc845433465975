// The check itself: it must be able to fail.
import { describe, expect, it } from 'vitest';

import { EVERY_KEY } from '../release/written-plans.ts';
import { demandDescribed, undescribed, undescribedBody } from '../support/described-answers.ts';

const ME = {
  ...{ name: 'ada', objectId: null, role: 'Slipway.Reader', commands: [], canStart: false },
  ...{ canAdminister: false, auth: 'anonymous', slipway: { version: '1.0.0' } },
};
const answer = (body: unknown, status = 200) => ({ status, body: JSON.stringify(body) });
const me = { method: 'GET', path: 'me' };

describe('an answer', () => {
  it.each([
    ['as it is described', me, answer(ME)],
    ['an error', me, answer({ error: { code: 'forbidden', message: 'no' } }, 403)],
    ['the refusal of the host', me, { status: 401, body: '' }],
    ['of an address that is none', { method: 'GET', path: 'nothing/here' }, answer({}, 404)],
    [
      'a concrete path beside one with parameters',
      { method: 'GET', path: 'apps/audit?max=1' },
      answer({ rows: [], next: null, sequence: 0, chainHead: '0' }),
    ],
    ['HTML', { method: 'GET', path: 'dashboard' }, { status: 200, body: '<!doctype html>' }],
  ])('passes: %s', (_what, asked, answered) => {
    expect(undescribed(asked, answered)).toEqual([]);
  });

  it.each([
    ['a key too many', me, answer({ ...ME, surname: 'l' }), 'surname'],
    ['a key too few', me, answer({ ...ME, role: undefined }), 'role'],
    ['another type', me, answer({ ...ME, objectId: 7 }), '/objectId'],
    ['a word that is none', me, answer({ ...ME, auth: 'open' }), '/auth'],
    ['another status', me, answer(ME, 201), 'no answer of it'],
    ['an error in another shape', me, answer({ message: 'no' }, 403), 'error'],
    [
      'the answer of another route',
      { method: 'GET', path: 'apps/audit' },
      answer({ apps: [] }),
      'rows',
    ],
  ])('does not pass: %s', (_what, asked, answered, said) => {
    expect(undescribed(asked, answered).join('; ')).toContain(said);
    expect(() => demandDescribed(asked, answered)).toThrow(said);
  });
});

describe('a body', () => {
  const target = {
    subscriptionId: '11111111-2222-3333-4444-555555555555',
    ...{ resourceGroup: 'rg', site: 'shop' },
  };
  const requestedBy = { name: 'ci', run: 'https://example.com/1', commit: '4f2a9c1' };

  it.each([
    ['StartBody', { app: 'shop', version: '2.4.0' }],
    ['StartBody', { target, slot: 'staging', version: '2.4.0', plan: EVERY_KEY, requestedBy }],
    ['StartBody', { app: 'shop', version: '2.4.0', plan: 'careful', reversible: false }],
    ['CommandBody', { reason: 'the shop has a sale' }],
    ['CommandBody', { reason: 'ours', choice: 'reapply', expectedSequence: 17 }],
    ['AppsBody', { apps: [{ name: 'shop', target, slot: 'staging', weakestPlan: 'standard' }] }],
    ['DoctorBody', { version: '2.4.0', plan: 'fast' }],
  ])('of %s is as described: %j', (schema, body) => {
    expect(undescribedBody(schema, body)).toEqual([]);
  });

  it.each([
    ['StartBody', { app: 'shop' }],
    ['StartBody', { app: 'shop', version: '2.4.0', plan: 'quick' }],
    ['StartBody', { app: 'shop', version: '2.4.0', plan: { wach: '5m' } }],
    ['CommandBody', {}],
    ['CommandBody', { reason: 'ours', choice: 'both' }],
    ['AppsBody', { apps: [{ name: 'shop', target, slot: 'staging', weakest: 'standard' }] }],
  ])('of %s is not as described: %j', (schema, body) => {
    expect(undescribedBody(schema, body)).not.toEqual([]);
  });
});

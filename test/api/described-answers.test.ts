// The check itself: it must be able to fail.
import { describe, expect, it } from 'vitest';

import { demandDescribed, undescribed } from '../support/described-answers.ts';

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

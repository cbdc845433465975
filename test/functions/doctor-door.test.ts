import './quiet.ts';

import { describe, expect, it } from 'vitest';

import { doctor } from '../../src/functions/doctor.ts';
import { NotFoundError, TooManyRequestsError } from '../../src/release/errors.ts';
import { call } from './calls.ts';
import { fakeController } from './fake-controller.ts';

const post = { method: 'POST', path: '/apps/shop/doctor', params: { name: 'shop' } };

describe('POST /api/apps/{name}/doctor', () => {
  it('is one call, and answers the checkup', async () => {
    const slipway = fakeController();
    const since = '2026-01-05T11:59:00.000Z';
    const body = { version: '2.4.0', baselineVersion: '2.3.9', plan: 'careful', since };
    const got = await call(doctor, slipway, { ...post, body });
    expect(got.status).toBe(200);
    expect(got.json).toMatchObject({ checkup: { app: 'shop', verdict: 'ready', checks: [] } });
    expect(slipway.inputsOf('doctor')).toMatchObject([
      { name: 'shop', ...body, since: Date.parse(since), caller: { via: 'key' } },
    ]);
  });

  it('asks for nothing more than an object', async () => {
    const slipway = fakeController();
    expect((await call(doctor, slipway, { ...post, body: {} })).status).toBe(200);
    expect(slipway.inputsOf('doctor')).toMatchObject([{ name: 'shop' }]);
  });

  it.each([
    ['an unknown key', { body: { release: 1 } }],
    ['a version that is none', { body: { version: '' } }],
    ['a version with a blank', { body: { version: '2.4.0 rc1' } }],
    ['a time that is none', { body: { since: 'yesterday' } }],
    ['text that is no JSON', { body: '{' }],
    ['no body', {}],
    ['a list', { body: [] }],
    ['a query', { path: '/apps/shop/doctor?since=1', body: {} }],
    ['a name that is none', { params: { name: 'Shop!' }, body: {} }],
  ])('refuses %s', async (_what, sent) => {
    const slipway = fakeController();
    const got = await call(doctor, slipway, { ...post, ...sent });
    expect(got.status).toBe(400);
    expect(got.error().error.code).toBe('invalid-input');
    expect(slipway.asked).toEqual([]);
  });

  it('says when to come again if it is asked too often: never a second too early', async () => {
    const slipway = fakeController({
      doctor: async () => {
        throw new TooManyRequestsError('app shop was looked at a moment ago', 6_001);
      },
    });
    const got = await call(doctor, slipway, { ...post, body: {} });
    expect(got.status).toBe(429);
    expect(got.headers.get('retry-after')).toBe('7');
    expect(got.error().error.code).toBe('too-many-requests');
  });

  it('says that nobody registered the app', async () => {
    const slipway = fakeController({
      doctor: async () => {
        throw new NotFoundError('no app is named shop');
      },
    });
    expect((await call(doctor, slipway, { ...post, body: {} })).status).toBe(404);
  });
});

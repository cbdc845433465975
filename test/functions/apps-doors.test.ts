// The doors of the registry: what they take, what they ask for, what they answer.
import './quiet.ts';

import { describe, expect, it } from 'vitest';

import { applyApps } from '../../src/functions/apply-apps.ts';
import { findApp } from '../../src/functions/find-app.ts';
import { getAppsAudit } from '../../src/functions/get-apps-audit.ts';
import { removeApp } from '../../src/functions/remove-app.ts';
import { BOUNDS } from '../../src/limits.ts';
import { RefusedError } from '../../src/release/errors.ts';
import { writtenApp } from '../support/app-samples.ts';
import { call } from './calls.ts';
import { fakeController } from './fake-controller.ts';

const SHOP = writtenApp('shop');
const HEAD = { sequence: 7, chainHead: 'a'.repeat(64) };

describe('PUT /api/apps', () => {
  const put = { method: 'PUT', path: '/apps', body: { apps: [SHOP] } };

  it('is one call, as who asks, and answers app by app', async () => {
    const slipway = fakeController({
      applyApps: async () => ({
        changes: [
          {
            ...{ name: 'shop', kind: 'changed' as const, before: SHOP, after: SHOP },
            fields: [{ path: 'reversible', before: undefined, after: false }],
          },
          { name: 'bank', kind: 'removed', before: SHOP, after: undefined, fields: [] },
        ],
        head: HEAD,
      }),
    });
    const got = await call(applyApps, slipway, { ...put, path: '/apps?prune=true' });
    expect(got.status).toBe(200);
    expect(got.json).toEqual({
      apps: [
        {
          name: 'shop',
          change: 'changed',
          fields: [{ path: 'reversible', before: null, after: false }],
        },
        { name: 'bank', change: 'removed', fields: [] },
      ],
      ...HEAD,
    });
    expect(slipway.inputsOf('applyApps')).toMatchObject([
      { apps: [{ written: SHOP }], prune: true, caller: { role: 'Slipway.Admin' } },
    ]);
  });

  it('removes nothing that it was not told to', async () => {
    const slipway = fakeController();
    await call(applyApps, slipway, put);
    expect(slipway.inputsOf('applyApps')).toMatchObject([{ prune: false }]);
  });

  it.each([
    ['no body', { method: 'PUT', path: '/apps' }, ['']],
    ['malformed JSON', { ...put, body: '{' }, ['']],
    [
      'bad entries',
      { ...put, body: { apps: [{ ...SHOP, slot: 1 }, 7] } },
      ['apps[0].slot', 'apps[1]'],
    ],
    ['another word than true or false', { ...put, path: '/apps?prune=yes' }, ['prune']],
    ['an unknown parameter', { ...put, path: '/apps?force=true' }, ['force']],
  ])('refuses %s', async (_what, sent, paths) => {
    const slipway = fakeController();
    const got = await call(applyApps, slipway, sent);
    expect(got.status).toBe(400);
    expect(got.error().error.details?.map(({ path }) => path)).toEqual(paths);
    expect(slipway.asked).toEqual([]);
  });

  it('refuses a body that is too long', async () => {
    const body = ' '.repeat(BOUNDS.appsBytes + 1);
    expect((await call(applyApps, fakeController(), { ...put, body })).status).toBe(413);
  });

  it('says why it is refused', async () => {
    const details = [{ path: 'shop', code: 'app-active', message: 'a release holds the app' }];
    const slipway = fakeController({
      applyApps: async () => {
        throw new RefusedError('apps-refused', 'nothing was changed', { details });
      },
    });
    const got = await call(applyApps, slipway, put);
    expect(got.status).toBe(409);
    expect(got.error().error).toMatchObject({ code: 'apps-refused', details });
  });
});

describe('DELETE /api/apps/{name}', () => {
  it('is one call, as who asks', async () => {
    const slipway = fakeController();
    const got = await call(removeApp, slipway, { method: 'DELETE', params: { name: 'shop' } });
    expect(got.status).toBe(200);
    expect(slipway.inputsOf('removeApp')).toMatchObject([
      { name: 'shop', caller: { role: 'Slipway.Admin' } },
    ]);
  });

  it.each(['Shop', 'ѕhop', 'name:shop', '..', 'a'.repeat(64), 'audit'])(
    'refuses %s',
    async (name) => {
      const slipway = fakeController();
      const got = await call(removeApp, slipway, { method: 'DELETE', params: { name } });
      expect(got.status).toBe(400);
      expect(slipway.asked).toEqual([]);
    },
  );
});

it('GET /api/apps lists the registry', async () => {
  const slipway = fakeController({ listApps: async () => [SHOP] });
  expect((await call(findApp, slipway, { path: '/apps' })).json).toEqual({ apps: [SHOP] });
});

it('GET /api/apps/audit reads a page', async () => {
  const slipway = fakeController({ readAppsAudit: async () => ({ rows: [], head: HEAD }) });
  const got = await call(getAppsAudit, slipway, { path: '/apps/audit?from=3&max=5' });
  expect(got.json).toEqual({ rows: [], next: null, ...HEAD });
  expect(slipway.inputsOf('readAppsAudit')).toEqual([{ from: 3, max: 5 }]);
});

// The doors that pages, gates and editors read.
import './quiet.ts';

import { readFileSync } from 'node:fs';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { findGate } from '../../src/functions/find-gate.ts';
import { getEvidence } from '../../src/functions/get-evidence.ts';
import { getGate } from '../../src/functions/get-gate.ts';
import { getMe } from '../../src/functions/get-me.ts';
import { getOpenapi } from '../../src/functions/get-openapi.ts';
import { getPlanSchema } from '../../src/functions/get-plan-schema.ts';
import { NotFoundError } from '../../src/release/errors.ts';
import { gateOf } from '../../src/release/gate.ts';
import { evidenceSeries } from '../../src/release/evidence-series.ts';
import type { Role } from '../../src/release/caller.ts';
import { httpHandler } from '../../src/functions/shared/http-handler.ts';
import { signedIn } from '../../src/api/principal.ts';
import { ADA, signedInHeader } from '../support/client-principal.ts';
import { AT, samplePlan, sampleRelease } from '../support/store-samples.ts';
import { call, callHandler, ORIGIN } from './calls.ts';
import { fakeController, RELEASE } from './fake-controller.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('GET /api/me', () => {
  it('says whom a key stands for: a name that is said, and no object id', async () => {
    const headers = { 'x-slipway-actor': 'on-call' };
    const got = await call(getMe, fakeController(), { path: '/me', headers });
    expect(got.status).toBe(200);
    expect(got.json).toMatchObject({ name: 'on-call', objectId: null, role: 'Slipway.Admin' });
  });

  const all = ['pause', 'resume', 'advance', 'promote', 'abort', 'rollback', 'acknowledge'];
  const calm = all.filter((command) => command !== 'advance' && command !== 'promote');
  const roles: readonly [Role, Record<string, unknown>][] = [
    ['Slipway.Reader', { commands: [], canStart: false, canAdminister: false }],
    ['Slipway.Operator', { commands: calm, canStart: true, canAdminister: false }],
    ['Slipway.Approver', { commands: all, canStart: true, canAdminister: false }],
    ['Slipway.Admin', { commands: all, canStart: true, canAdminister: true }],
  ];

  it.each(roles)('says what %s may', async (role, rights) => {
    const handler = httpHandler(getMe, {
      admit: ({ headers }) => signedIn(headers),
      open: async () => fakeController(),
    });
    const headers = { 'x-ms-client-principal': signedInHeader(role) };
    const got = await callHandler(handler, { path: '/me', headers });
    expect(got.json).toEqual({
      ...{ name: 'ada@contoso.com', objectId: ADA, role, auth: 'function-keys' },
      ...{ slipway: { version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown } },
      ...rights,
    });
  });

  it('says how Slipway asks who somebody is', async () => {
    vi.stubEnv('SLIPWAY_AUTH', 'easy-auth');
    vi.stubEnv('WEBSITE_AUTH_ENABLED', 'True');
    const got = await call(getMe, fakeController(), { path: '/me' });
    expect(got.json).toMatchObject({ auth: 'easy-auth' });
  });

  it('takes no query', async () => {
    const got = await call(getMe, fakeController(), { path: '/me?who=me' });
    expect(got.error().error.details).toMatchObject([{ path: 'who' }]);
  });
});

describe('GET /api/releases/{id}/evidence', () => {
  const release = sampleRelease(RELEASE.appKey, {
    stage: { phase: 'ramping', step: 0, since: AT, confirmedAt: AT, patienceFrom: AT },
    baseline: '2.3.9',
    sequence: 7,
  });
  const bin = {
    ...{ startMs: AT, final: true, judged: true, watch: false },
    canary: { requests: 5, failures: 1, items: 5 },
    baseline: { requests: 95, failures: 0, items: 95 },
  };

  it('answers the points with times that people can read', async () => {
    const series = evidenceSeries({ release, plan: samplePlan(), bins: [bin] });
    const slipway = fakeController({ readEvidence: async () => ({ release, series }) });
    const got = await call(getEvidence, slipway, { params: { id: release.id } });
    expect(slipway.inputsOf('readEvidence')).toEqual([release.id]);
    expect(got.json).toMatchObject({
      ...{ release: release.id, sequence: 7, canary: '2.4.0', baseline: '2.3.9', binMs: 60_000 },
      points: [
        {
          ...{ at: '2026-11-22T12:00:00.000Z', bins: 1, final: true, share: 5 },
          canary: { requests: 5, failures: 1, rate: { value: 0.2 } },
          baseline: { requests: 95, failures: 0, rate: { value: 0, low: 0 } },
        },
      ],
      metrics: [],
    });
    const point = series.points[0];
    expect(got.json).toMatchObject({ points: [{ harm: point?.harm, certify: point?.certify }] });
    expect(got.json).not.toHaveProperty('points[0].startMs');
  });

  it('is 404 for a release that is not there, 400 for what is no id', async () => {
    const slipway = fakeController({
      readEvidence: async () => {
        throw new NotFoundError('there is no release');
      },
    });
    const status = async (id: string): Promise<number> =>
      (await call(getEvidence, slipway, { params: { id } })).status;
    expect(await status(release.id)).toBe(404);
    expect(await status('x')).toBe(400);
  });
});

describe('GET /api/gates', () => {
  const release = sampleRelease(RELEASE.appKey, { reason: 'baking', message: 'so far so good' });
  const slipway = () =>
    fakeController({
      readGate: async ({ kind }) => ({ release, gate: gateOf(release, kind, undefined) }),
    });
  const links = {
    self: `${ORIGIN}/api/releases/${release.id}`,
    audit: `${ORIGIN}/api/releases/${release.id}/audit`,
    app: `${ORIGIN}/api/apps/${release.appKey}`,
    page: `${ORIGIN}/api/dashboard#/releases/${release.id}`,
  };
  const answer = {
    ...{ status: 'pending', for: 'promoted', reason: 'baking', message: 'queued: so far so good' },
    release: { id: release.id, version: '2.4.0', phase: 'queued', links },
  };

  it('by id answers the status of the release, for promoted unless told', async () => {
    const asked = slipway();
    const params = { releaseId: release.id };
    const got = await call(getGate, asked, { path: `/gates/${release.id}`, params });
    expect(got.status).toBe(200);
    expect(got.json).toEqual(answer);
    await call(getGate, asked, { path: `/gates/${release.id}?for=finished`, params });
    expect(asked.inputsOf('readGate')).toEqual([
      { of: { releaseId: release.id }, kind: 'promoted' },
      { of: { releaseId: release.id }, kind: 'finished' },
    ]);
  });

  it('by key answers the same, also before there is a release', async () => {
    const asked = slipway();
    const got = await call(findGate, asked, { path: `/gates?key=run-7&app=${RELEASE.appKey}` });
    expect(got.json).toEqual(answer);
    expect(asked.inputsOf('readGate')).toEqual([
      { of: { key: 'run-7', appKey: RELEASE.appKey }, kind: 'promoted' },
    ]);
    const nobody = fakeController({
      readGate: async () => ({ release: undefined, gate: undefined }),
    });
    const waiting = await call(findGate, nobody, { path: '/gates?key=run-7&for=certified' });
    expect(waiting.status).toBe(200);
    expect(waiting.json).toEqual({
      ...{ status: 'pending', for: 'certified', reason: 'not-started', release: null },
      message: 'no release has this key yet',
    });
  });

  it.each(['?for=promoted', '?key=', '?key=a&for=sometime', '?key=a&app=shop'])(
    'refuses %s',
    async (query) => {
      const got = await call(findGate, slipway(), { path: `/gates${query}` });
      expect(got.status).toBe(400);
      expect(got.error().error.details).toHaveLength(1);
    },
  );
});

describe('what is published', () => {
  it('is the schema of plans, as the file in docs/', async () => {
    const got = await call(getPlanSchema, fakeController(), { path: '/schemas/plan' });
    expect(got.headers.get('content-type')).toBe('application/schema+json');
    expect(got.json).toEqual(inDocs('plan.schema.json'));
  });

  it('is the description of the API, as the file in docs/', async () => {
    const got = await call(getOpenapi, fakeController(), { path: '/openapi.json' });
    expect(got.json).toEqual(inDocs('openapi.json'));
  });
});

function inDocs(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8'));
}

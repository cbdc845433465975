// Issue 2, bad input: each door answers one clear error that lists every problem with its path.
import './quiet.ts';

import { describe, expect, it } from 'vitest';

import { commandRelease } from '../../src/functions/command-release.ts';
import { findApp } from '../../src/functions/find-app.ts';
import { getApp } from '../../src/functions/get-app.ts';
import { getAudit } from '../../src/functions/get-audit.ts';
import { getRelease } from '../../src/functions/get-release.ts';
import { listPoison } from '../../src/functions/list-poison.ts';
import { listReleases } from '../../src/functions/list-releases.ts';
import { startRelease } from '../../src/functions/start-release.ts';
import type { HttpDoor } from '../../src/functions/shared/http-handler.ts';
import { isFinished, type Stage } from '../../src/release/release.ts';
import { STAGES } from '../support/release-samples.ts';
import { call, type Sent } from './calls.ts';
import { fakeController, RELEASE } from './fake-controller.ts';

const TARGET = {
  subscriptionId: '11111111-2222-3333-4444-555555555555',
  resourceGroup: 'rg',
  site: 'shop',
};
const START = { target: TARGET, slot: 'staging', version: '2.4.0' };
const steps = (...weights: number[]) => ({ steps: weights.map((weight) => ({ weight })) });

const STARTS: readonly [string, unknown, readonly string[]][] = [
  ['malformed JSON', '{"target": ', ['']],
  ['no JSON at all', 'start it, please', ['']],
  ['an array', [START], ['']],
  ['null', 'null', ['']],
  ['a text of JSON', '"shop"', ['']],
  ['nothing that is needed', {}, ['target', 'slot', 'version']],
  ['unknown keys', { ...START, versoin: '1', plan: { stepz: [] } }, ['versoin', 'plan.stepz']],
  ['wrong types', { ...START, slot: 7, version: ['1'] }, ['slot', 'version']],
  ['an unknown preset', { ...START, plan: 'reckless' }, ['plan']],
  [
    'weights that do not rise',
    { ...START, plan: steps(5, 5, 3) },
    ['plan.steps[1].weight', 'plan.steps[2].weight'],
  ],
  ['a weight of 0', { ...START, plan: steps(0) }, ['plan.steps[0].weight']],
  ['a weight of 100', { ...START, plan: steps(5, 100) }, ['plan.steps[1].weight']],
  ['a duration that does not parse', { ...START, plan: { watch: 'soon' } }, ['plan.watch']],
  ['a duration over 7 days', { ...START, plan: { maxPause: '8d' } }, ['plan.maxPause']],
  [
    'over 50 steps',
    { ...START, plan: steps(...Array.from({ length: 51 }, (_, index) => index + 1)) },
    ['plan.steps'],
  ],
  ['a quote in the version', { ...START, version: '2" or 1' }, ['version']],
  ['a pipe in the version', { ...START, version: '2 | take 1' }, ['version']],
  ['a blank in the version', { ...START, version: '2.4.0 rc1' }, ['version']],
  ['a line feed in the version', { ...START, version: '2\n3' }, ['version']],
  ['an apostrophe in a name', { ...START, requestedBy: { name: "x' or 1" } }, ['requestedBy.name']],
  [
    'a subscription that is no GUID',
    { ...START, target: { ...TARGET, subscriptionId: 'mine' } },
    ['target.subscriptionId'],
  ],
  ['production as the slot', { ...START, slot: 'Production' }, ['slot']],
];

describe('POST /api/releases refuses', () => {
  it.each(STARTS)('%s', async (_what, body, paths) => {
    const got = await call(startRelease, fakeController(), { method: 'POST', body });
    expect(got.status).toBe(400);
    const { error } = got.error();
    expect(error.code).toBe('invalid-input');
    expect(error.details?.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
  });

  it('no body at all, before anything is asked', async () => {
    const slipway = fakeController();
    const got = await call(startRelease, slipway, { method: 'POST' });
    expect(got.status).toBe(400);
    expect(got.error().error.details).toMatchObject([{ code: 'empty' }]);
    expect(slipway.asked).toEqual([]);
  });

  it('a body over 64 KiB with 413, one of 64 KiB is read', async () => {
    const slipway = fakeController();
    const send = (bytes: number) =>
      call(startRelease, slipway, { method: 'POST', body: JSON.stringify('x'.repeat(bytes - 2)) });
    const over = await send(64 * 1024 + 1);
    expect(over.status).toBe(413);
    expect(over.error().error.code).toBe('too-large');
    expect(slipway.asked).toEqual([]);
    expect((await send(64 * 1024)).status).toBe(400);
    expect(slipway.inputsOf('start')).toHaveLength(1);
  });

  it('a query: nothing that is asked for is ignored in silence', async () => {
    const sent = { method: 'POST', body: START, path: '/releases?dryRun=true' };
    const got = await call(startRelease, fakeController(), sent);
    expect(got.error().error.details).toMatchObject([{ path: 'dryRun', code: 'unknown-key' }]);
  });
});

const ID = RELEASE.id;
const command = (body: unknown, kind = 'pause', id = ID): Sent => ({
  method: 'POST',
  body,
  params: { id, command: kind },
});

const COMMAND_BODIES: readonly [string, Sent, readonly string[]][] = [
  ['malformed JSON', command('{reason'), ['']],
  ['an array', command([]), ['']],
  ['no reason', command({}), ['reason']],
  ['an empty reason', command({ reason: ' ' }), ['reason']],
  ['a reason over 1000 characters', command({ reason: 'x'.repeat(1_001) }), ['reason']],
  ['a control character', command({ reason: 'ring \u0007' }), ['reason']],
  ['a reason that is no text', command({ reason: 1 }), ['reason']],
  ['unknown keys', command({ reason: 'x', force: true, why: 1 }), ['force', 'why']],
  ['a sequence of text', command({ reason: 'x', expectedSequence: '3' }), ['expectedSequence']],
  ['a sequence of 0', command({ reason: 'x', expectedSequence: 0 }), ['expectedSequence']],
  ['half a sequence', command({ reason: 'x', expectedSequence: 1.5 }), ['expectedSequence']],
  ['an unknown choice', command({ reason: 'x', choice: 'both' }, 'resume'), ['choice']],
  ['a choice for pause', command({ reason: 'x', choice: 'adopt' }), ['choice']],
  [
    'several at once',
    command({ choice: 'x', expectedSequence: -1 }),
    ['reason', 'choice', 'expectedSequence'],
  ],
  ['an id that is none', command({ reason: 'x' }, 'pause', '../app'), ['id']],
];

describe('POST /api/releases/{id}/{command} refuses', () => {
  it.each(COMMAND_BODIES)('%s', async (_what, sent, paths) => {
    const slipway = fakeController();
    const got = await call(commandRelease, slipway, sent);
    expect(got.status).toBe(400);
    expect(
      got
        .error()
        .error.details?.map(({ path }) => path)
        .toSorted(),
    ).toEqual(paths.toSorted());
    expect(slipway.asked).toEqual([]);
  });

  it.each(['stop', 'PAUSE', 'audit', 'constructor', ''])(
    'the unknown command %j as an unknown address, naming the known ones',
    async (kind) => {
      const slipway = fakeController();
      const got = await call(commandRelease, slipway, command({ reason: 'x' }, kind));
      expect(got.status).toBe(404);
      expect(got.error().error.message).toContain('pause, resume, advance');
      expect(slipway.asked).toEqual([]);
    },
  );

  it('a body over 64 KiB', async () => {
    const got = await call(commandRelease, fakeController(), command('x'.repeat(65_537)));
    expect(got.status).toBe(413);
  });
});

const site = (id: string): Sent => ({ path: `/apps?site=${encodeURIComponent(id)}` });
const QUERIES: readonly [string, HttpDoor, Sent, readonly string[]][] = [
  ['an unknown parameter', listReleases, { path: '/releases?phse=ramping' }, ['phse']],
  ['an unknown phase', listReleases, { path: '/releases?phase=toString' }, ['phase']],
  ['a finished that is none', listReleases, { path: '/releases?finished=no' }, ['finished']],
  ['an app that is none', listReleases, { path: '/releases?app=shop' }, ['app']],
  [
    'a resource id of something else',
    listReleases,
    { path: '/releases?app=/subscriptions/x' },
    ['app'],
  ],
  ['a page of 0', listReleases, { path: '/releases?max=0' }, ['max']],
  ['a page of 51', listReleases, { path: '/releases?max=51' }, ['max']],
  ['a page of 1e1', listReleases, { path: '/releases?max=1e1' }, ['max']],
  ['an empty key', listReleases, { path: '/releases?key=' }, ['key']],
  [
    'a long continuation',
    listReleases,
    { path: `/releases?continuation=${'x'.repeat(4_001)}` },
    ['continuation'],
  ],
  ['several at once', listReleases, { path: '/releases?max=x&phase=y&z=1' }, ['phase', 'max', 'z']],
  ['an id that is none', getRelease, { params: { id: 'x' } }, ['id']],
  ['an id with a path', getRelease, { params: { id: `${ID}/../x` } }, ['id']],
  ['a query', getRelease, { params: { id: ID }, path: '/releases/x?full=1' }, ['full']],
  ['an id that is none', getAudit, { params: { id: ID.toUpperCase() } }, ['id']],
  ['a page of 1001', getAudit, { params: { id: ID }, path: '/a?max=1001' }, ['max']],
  ['a start of 0', getAudit, { params: { id: ID }, path: '/a?from=0' }, ['from']],
  ['an app key that is none', getApp, { params: { appKey: 'shop' } }, ['appKey']],
  [
    'a slot in place of a site',
    findApp,
    site('/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/a/slots/b'),
    ['site'],
  ],
  ['an app key in place of a site', findApp, site(RELEASE.appKey), ['site']],
  ['a page of 101', listPoison, { path: '/poison?max=101' }, ['max']],
  ['an unknown parameter', listPoison, { path: '/poison?queue=x' }, ['queue']],
];

describe('the reading doors refuse', () => {
  it.each(QUERIES)('%s (%o)', async (_what, door, sent, paths) => {
    const slipway = fakeController();
    const got = await call(door, slipway, sent);
    expect(got.status).toBe(400);
    const { error } = got.error();
    expect(error.code).toBe('invalid-input');
    expect(error.details?.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
    expect(slipway.asked).toEqual([]);
  });
});

describe('a phase together with finished', () => {
  const stages: readonly Stage[] = [
    ...Object.values(STAGES),
    { ...STAGES.failed, acknowledgedAt: STAGES.failed.at },
  ];
  const pairs = Object.keys(STAGES).flatMap((phase) =>
    [true, false].map((finished) => ({ phase, finished })),
  );

  it.each(pairs)('$phase and $finished: answered where a release can be both', async (pair) => {
    const { phase, finished } = pair;
    const path = `/releases?phase=${phase}&finished=${finished}`;
    const got = await call(listReleases, fakeController(), { path });
    const can = stages.some((stage) => stage.phase === phase && isFinished(stage) === finished);
    expect(got.status).toBe(can ? 200 : 400);
    if (can) return;
    const [problem] = got.error().error.details ?? [];
    expect(problem?.path).toBe('finished');
    expect(problem?.message).toContain(`leave out phase or finished=${finished}`);
  });
});

// Each HTTP door: parse, one call, answer.
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
import { CommandRefusedError } from '../../src/controller/command-refused.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import type { Caller } from '../../src/release/caller.ts';
import { COMMANDS } from '../../src/release/event.ts';
import {
  InternalError,
  NotFoundError,
  RefusedError,
  SlipwayError,
} from '../../src/release/errors.ts';
import { appKeyOfSiteId } from '../../src/release/release-id.ts';
import { AT, sampleAudit, sampleRelease } from '../support/store-samples.ts';
import { call, ORIGIN } from './calls.ts';
import { fakeController, RELEASE } from './fake-controller.ts';

const START = {
  key: 'github-1',
  target: {
    subscriptionId: '11111111-2222-3333-4444-555555555555',
    resourceGroup: 'rg',
    site: 'shop',
  },
  slot: 'staging',
  version: '2.4.0',
};
const SITE_ID =
  '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Web/sites/shop';
const ADDRESS = `${ORIGIN}/api/releases/${RELEASE.id}`;
const post = (body: unknown) => ({ method: 'POST', body });

function keyHolder(name: string): Caller {
  const actor = { kind: 'operator', name, objectId: undefined } as const;
  return { actor, via: 'key', role: 'Slipway.Admin', ids: [] };
}

describe('POST /api/releases', () => {
  it('answers 202 with the release and the address at which it can be seen', async () => {
    const slipway = fakeController();
    const got = await call(startRelease, slipway, post(START));
    expect(got.status).toBe(202);
    expect(got.headers.get('location')).toBe(ADDRESS);
    expect(got.json).toMatchObject({
      created: true,
      release: { id: RELEASE.id, phase: 'queued', links: { self: ADDRESS } },
    });
  });

  it('hands the text on as it came, with the name that the caller gives itself', async () => {
    const slipway = fakeController();
    const headers = { 'x-slipway-actor': 'Ada Lovelace' };
    await call(startRelease, slipway, { ...post(START), headers });
    expect(slipway.asked).toEqual([
      {
        method: 'start',
        input: {
          body: JSON.stringify(START),
          fallbackKey: 'http invocation-1',
          caller: keyHolder('Ada Lovelace'),
        },
      },
    ]);
  });

  it.each(['', '   ', 'a\u0007b', '"quoted"', 'x'.repeat(201)])(
    'takes a name that is not plain text for none: %j',
    async (name) => {
      const slipway = fakeController();
      await call(startRelease, slipway, { ...post(START), headers: { 'x-slipway-actor': name } });
      expect(slipway.inputsOf('start')).toMatchObject([
        { caller: { actor: { name: 'function-key' } } },
      ]);
    },
  );

  it('answers 200 with the same release when the start had been made before', async () => {
    const slipway = fakeController({ start: async () => ({ release: RELEASE, created: false }) });
    const got = await call(startRelease, slipway, post(START));
    expect(got.status).toBe(200);
    expect(got.headers.get('location')).toBe(ADDRESS);
    expect(got.json).toMatchObject({ created: false, release: { id: RELEASE.id } });
  });

  it.each([true, false])(
    'answers 409 with the rejected release when the app is busy (created: %s)',
    async (created) => {
      const release = sampleRelease(RELEASE.appKey, {
        stage: { phase: 'rejected', at: AT },
        reason: 'app-busy',
        message: 'release x holds the app',
      });
      const slipway = fakeController({ start: async () => ({ release, created }) });
      const got = await call(startRelease, slipway, post(START));
      expect(got.status).toBe(409);
      expect(got.headers.get('location')).toBe(`${ORIGIN}/api/releases/${release.id}`);
      expect(got.error()).toMatchObject({
        error: { code: 'app-busy', message: 'release x holds the app' },
        release: { id: release.id, phase: 'rejected' },
      });
    },
  );

  it('shows a start made before that preflight rejected since: that is no conflict', async () => {
    const release = sampleRelease(RELEASE.appKey, {
      stage: { phase: 'rejected', at: AT },
      reason: 'preflight-failed',
    });
    const slipway = fakeController({ start: async () => ({ release, created: false }) });
    expect((await call(startRelease, slipway, post(START))).status).toBe(200);
  });
});

describe('GET /api/releases', () => {
  it('has a page size of its own and passes the filters on', async () => {
    const slipway = fakeController();
    await call(listReleases, slipway);
    await call(listReleases, slipway, {
      path: `/releases?app=${RELEASE.appKey}&phase=ramping&finished=false&key=k&max=50&continuation=c&code=functionkey`,
    });
    const page = { max: 50, continuation: 'c' };
    expect(slipway.inputsOf('listReleases')).toEqual([
      { max: 20 },
      { ...page, appKey: RELEASE.appKey, phase: 'ramping', finished: false, key: 'k' },
    ]);
  });

  it('finds an app by its resource id as by its key, whatever its case', async () => {
    const slipway = fakeController();
    for (const id of [SITE_ID, SITE_ID.toUpperCase()]) {
      await call(listReleases, slipway, { path: `/releases?app=${encodeURIComponent(id)}` });
    }
    const appKey = appKeyOfSiteId(SITE_ID);
    expect(slipway.inputsOf('listReleases')).toMatchObject([{ appKey }, { appKey }]);
  });

  it('answers the releases and how to go on', async () => {
    const slipway = fakeController({
      listReleases: async () => ({ releases: [RELEASE], continuation: 'next' }),
    });
    const got = await call(listReleases, slipway);
    expect(got.json).toMatchObject({ releases: [{ id: RELEASE.id }], continuation: 'next' });
  });
});

describe('GET /api/releases/{id}', () => {
  it('answers the release with its plan', async () => {
    const slipway = fakeController();
    const got = await call(getRelease, slipway, { params: { id: RELEASE.id } });
    expect(got.status).toBe(200);
    expect(got.json).toMatchObject({ release: { id: RELEASE.id }, plan: { name: 'standard' } });
    expect(slipway.inputsOf('getRelease')).toEqual([RELEASE.id]);
  });
});

describe('GET /api/releases/{id}/audit', () => {
  const rows = [1, 2].map((sequence) => sampleAudit(RELEASE, sequence));

  it('answers the rows, each with its body, its hash and the one before', async () => {
    const slipway = fakeController({ readAudit: async () => rows });
    const got = await call(getAudit, slipway, { params: { id: RELEASE.id } });
    expect(slipway.inputsOf('readAudit')).toEqual([{ releaseId: RELEASE.id, from: 1, max: 100 }]);
    const shown = rows.map(({ sequence, hash, prevHash }) => ({
      sequence,
      hash,
      prevHash,
      body: { releaseId: RELEASE.id, sequence, message: 'moved on' },
    }));
    expect(got.json).toMatchObject({ release: RELEASE.id, rows: shown, next: null });
  });

  it('says where the next page begins when this one is full', async () => {
    const slipway = fakeController({ readAudit: async () => rows });
    const path = `/releases/${RELEASE.id}/audit?from=1&max=2`;
    const got = await call(getAudit, slipway, { path, params: { id: RELEASE.id } });
    expect(got.json).toMatchObject({ next: 3 });
  });

  it('shows a damaged row as it is', async () => {
    const slipway = fakeController({
      readAudit: async () => rows.slice(0, 1).map((row) => ({ ...row, body: '{"cut' })),
    });
    const got = await call(getAudit, slipway, { params: { id: RELEASE.id } });
    expect(got.json).toMatchObject({ rows: [{ body: '{"cut' }] });
  });
});

describe('GET /api/apps', () => {
  const app = {
    appKey: RELEASE.appKey,
    siteId: SITE_ID,
    active: RELEASE.id,
    lastPromoted: { releaseId: RELEASE.id, version: '2.3.9', at: AT },
    aftercare: undefined,
    ruleGoneAt: undefined,
  };

  it('says free of an app that nothing holds', async () => {
    const got = await call(getApp, fakeController(), { params: { appKey: RELEASE.appKey } });
    expect(got.json).toEqual({
      app: {
        key: RELEASE.appKey,
        siteId: null,
        free: true,
        active: null,
        lastPromoted: null,
        aftercareUntil: null,
        entry: null,
      },
    });
  });

  it('says busy with what, by key and by site', async () => {
    const slipway = fakeController({
      getApp: async (appKey) => ({ appKey, app, active: RELEASE, entry: undefined }),
    });
    const byKey = await call(getApp, slipway, { params: { appKey: RELEASE.appKey } });
    const path = `/apps?site=${encodeURIComponent(SITE_ID)}`;
    const bySite = await call(findApp, slipway, { path });
    for (const got of [byKey, bySite]) {
      expect(got.json).toMatchObject({
        app: { free: false, active: { id: RELEASE.id }, lastPromoted: { version: '2.3.9' } },
      });
    }
    expect(slipway.inputsOf('getApp')).toEqual([RELEASE.appKey, appKeyOfSiteId(SITE_ID)]);
  });
});

describe('POST /api/releases/{id}/{command}', () => {
  it.each(COMMANDS)('%s is one call with its reason', async (command) => {
    const slipway = fakeController();
    const body = { reason: "it's the sale, \u201cthe\u201d sale", expectedSequence: 7 };
    const got = await call(commandRelease, slipway, {
      ...post(body),
      params: { id: RELEASE.id, command },
    });
    expect(got.status).toBe(200);
    expect(got.json).toMatchObject({ release: { id: RELEASE.id } });
    expect(slipway.asked).toEqual([
      {
        method: 'command',
        input: {
          releaseId: RELEASE.id,
          command: { kind: command, reason: body.reason, choice: undefined },
          expectedSequence: 7,
          caller: keyHolder('function-key'),
        },
      },
    ]);
  });

  it.each(['adopt', 'reapply'])('resume takes the choice %s', async (choice) => {
    const slipway = fakeController();
    await call(commandRelease, slipway, {
      ...post({ reason: 'known', choice }),
      params: { id: RELEASE.id, command: 'resume' },
    });
    expect(slipway.inputsOf('command')).toMatchObject([{ command: { choice } }]);
  });

  it.each(['refused', 'sequence-moved-on'])(
    'answers 409 %s with the present state',
    async (code) => {
      const present = sampleRelease(RELEASE.appKey, {
        sequence: 9,
        stage: { phase: 'watching', since: AT, until: AT + 1_000, extended: false },
      });
      const slipway = fakeController({
        command: async () => {
          throw new CommandRefusedError(code, 'as things stand', present);
        },
      });
      const got = await call(commandRelease, slipway, {
        ...post({ reason: 'now', expectedSequence: 3 }),
        params: { id: present.id, command: 'pause' },
      });
      expect(got.status).toBe(409);
      expect(got.error()).toMatchObject({
        error: { code, message: 'as things stand' },
        release: { id: present.id, phase: 'watching', sequence: 9 },
      });
    },
  );
});

describe('GET /api/poison', () => {
  it('answers what was recorded, newest first, 50 unless told', async () => {
    const record = {
      id: 'releases 1',
      queue: 'releases',
      at: AT,
      message: 'not json',
      code: 'invalid-input',
      problem: 'not JSON',
    };
    const slipway = fakeController({ listPoison: async () => [record] });
    const got = await call(listPoison, slipway, { path: '/poison' });
    await call(listPoison, slipway, { path: '/poison?max=100' });
    expect(got.json).toEqual({ poison: [{ ...record, at: '2026-11-22T12:00:00.000Z' }] });
    expect(slipway.inputsOf('listPoison')).toEqual([50, 100]);
  });
});

describe('errors', () => {
  const cases = [
    [new NotFoundError('there is no release x'), 404, 'not-found'],
    [new RefusedError('key-used', 'used before'), 409, 'key-used'],
    [new RefusedError('something-new', 'not now'), 409, 'something-new'],
    [new SlipwayError('conflict', 'changed meanwhile'), 409, 'conflict'],
    [new StoreUnavailableError('no answer'), 503, 'store-unavailable'],
    [new SlipwayError('settings', 'AzureWebJobsStorage: is missing'), 500, 'settings'],
  ] as const;

  const failing = (error: unknown) =>
    fakeController({
      getRelease: async () => {
        throw error;
      },
    });
  const ask = (error: unknown) => call(getRelease, failing(error), { params: { id: RELEASE.id } });

  it.each(cases)('%s is %i %s in the one shape', async (error, status, code) => {
    const got = await ask(error);
    expect(got.status).toBe(status);
    expect(got.error().error).toEqual({ code, message: error.message });
  });

  it('asks to come back when storage is away', async () => {
    const got = await ask(new StoreUnavailableError('no answer'));
    expect(got.headers.get('retry-after')).toBe('10');
  });

  it.each([
    new TypeError('AccountKey=verysecret is not iterable'),
    new InternalError('AccountKey=verysecret'),
    new SlipwayError('never-heard-of', 'AccountKey=verysecret'),
    'AccountKey=verysecret',
  ])('says nothing of our own mistakes but where their log is: %s', async (mistake) => {
    const got = await ask(mistake);
    expect(got.status).toBe(500);
    expect(got.error().error.code).toBe('internal');
    expect(got.error().error.message).toContain('invocation-1');
    expect(JSON.stringify(got.json)).not.toContain('verysecret');
    // The log tells what it was, and no secret either.
    expect(got.logged.join('\n')).toContain('AccountKey=[redacted]');
  });

  it('logs no error for what the caller did wrong', async () => {
    expect((await ask(new NotFoundError('none'))).logged).toEqual([]);
  });

  it('forbids caches to keep any answer', async () => {
    expect((await ask(new NotFoundError('none'))).headers.get('cache-control')).toBe('no-store');
    const got = await call(listReleases, fakeController());
    expect(got.headers.get('cache-control')).toBe('no-store');
  });
});

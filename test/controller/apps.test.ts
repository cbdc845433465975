// The registry in the use cases: who may do what with which app, whatever way it comes in.
import '../functions/quiet.ts';

import { beforeEach, describe, expect, it } from 'vitest';

import { createController } from '../../src/controller/create-controller.ts';
import type { Controller } from '../../src/controller/controller.ts';
import type { AppsAuditBody } from '../../src/release/apps-change.ts';
import type { Caller } from '../../src/release/caller.ts';
import { verifyChain } from '../../src/release/chain.ts';
import { ForbiddenError, RefusedError, SlipwayError } from '../../src/release/errors.ts';
import { BOUNDS } from '../../src/limits.ts';
import type { Release } from '../../src/release/release.ts';
import type { WrittenApp } from '../../src/release/written-app.ts';
import { messageText } from '../../src/api/queue-message.ts';
import { releasesQueue } from '../../src/functions/releases-queue.ts';
import { queueHandler } from '../../src/functions/shared/queue-handler.ts';
import { deliver } from '../functions/calls.ts';
import { entra, OTHER_TEAM, readApps, TEAM, writtenApp } from '../support/app-samples.ts';
import { CI, OPERATOR } from '../support/callers.ts';
import { createWorld, NEW, type World } from '../support/world.ts';

const ADMIN = entra('Slipway.Admin', '55555555-5555-4555-8555-555555555555');
const ADA = entra('Slipway.Approver', '66666666-6666-4666-8666-666666666666', TEAM);
const BOB = entra('Slipway.Approver', '77777777-7777-4777-8777-777777777777', OTHER_TEAM);

let world: World;
let slipway: Controller;
let shop: WrittenApp;

beforeEach(() => {
  world = createWorld();
  slipway = createController({ ...world.ports, appsMode: 'registered' });
  shop = writtenApp('shop', { target: world.azure.target, slot: world.azure.slot });
});

async function apply(...apps: readonly WrittenApp[]): ReturnType<Controller['applyApps']> {
  return slipway.applyApps({ apps: readApps(...apps), prune: false, caller: ADMIN });
}

let starts = 0;
async function start(body: unknown, caller: Caller = ADA): Promise<Release> {
  starts += 1;
  const started = await slipway.start({ body, fallbackKey: `start ${starts}`, caller });
  return started.release;
}

const byName = { app: 'shop', version: NEW };
const byTarget = (): Record<string, unknown> => ({
  target: world.azure.target,
  slot: 'staging',
  version: NEW,
});

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'none',
    (error: unknown) => (error instanceof SlipwayError ? error.code : String(error)),
  );
}

/** Nothing is left of a start: neither a release nor a row at any app. */
function nothingLeft(): void {
  expect(world.store.releases()).toEqual([]);
  expect(world.store.dueEntries()).toEqual([]);
  expect(world.store.ticks()).toEqual([]);
}

describe('a start', () => {
  it('names a registered app, and gets the rest from the registry', async () => {
    await apply({ ...shop, defaultPlan: 'fast', reversible: false, labels: { team: 'a' } });
    const release = await start(byName);
    expect(release).toMatchObject({
      stage: { phase: 'queued' },
      app: 'shop',
      target: world.azure.target,
      slot: world.azure.slot,
      planName: 'fast',
      reversible: false,
    });
    expect(await world.release(release.id)).toEqual(release);
  });

  it('may name its target instead', async () => {
    await apply(shop);
    expect(await start(byTarget())).toMatchObject({ app: 'shop', planName: 'standard' });
  });

  it.each([
    ['a name', () => ({ app: 'bank', version: NEW })],
    ['a target', () => byTarget()],
    ['a target with a broken rest', () => ({ ...byTarget(), plan: 'reckless' })],
  ])('of what nobody registered is refused: %s', async (_what, body) => {
    await apply(writtenApp('post'));
    const attempt = start(body(), OPERATOR);
    await expect(attempt).rejects.toThrow(/slipway apps apply/);
    expect(await codeOf(attempt)).toBe('not-registered');
    nothingLeft();
  });

  it.each(['ѕhop', 'Shop', 'shop ', 'shop\u200b', '../shop', 'name:shop', 'audit', '%73hop'])(
    'under a forged name is refused: %j',
    async (app) => {
      await apply(shop);
      expect(await codeOf(start({ app, version: NEW }))).toBe('invalid-input');
      nothingLeft();
    },
  );

  it('with a plan below the floor is refused with every difference', async () => {
    await apply({ ...shop, weakestPlan: 'standard' });
    const attempt = start({
      ...byName,
      plan: { preset: 'standard', watch: '1m', pinned: 'accept' },
    });
    await expect(attempt).rejects.toMatchObject({
      code: 'plan-too-weak',
      details: [{ path: 'plan.watch' }, { path: 'plan.pinned' }],
    });
    await expect(attempt).rejects.toBeInstanceOf(RefusedError);
    nothingLeft();
    expect(await start({ ...byName, plan: 'careful' })).toMatchObject({ planName: 'careful' });
  });

  it('with the telemetry of another app is refused', async () => {
    await apply({ ...shop, telemetry: { role: 'shop' } });
    expect(await codeOf(start({ ...byName, telemetry: { role: 'bank' } }))).toBe('invalid-input');
    nothingLeft();
  });

  it('that comes again is the same release, whatever became of the entry', async () => {
    await apply(shop);
    const body = { ...byName, key: 'run-1' };
    const first = await start(body);
    await apply({ ...shop, defaultPlan: 'careful', weakestPlan: 'careful', labels: { a: 'b' } });
    expect(await start(body)).toMatchObject({ id: first.id });
    expect(await codeOf(start({ ...body, version: '9.9.9' }))).toBe('key-used');
  });

  it.each([
    ['a person of the team', ADA, { start: [TEAM] }, true],
    ['a person by its own id', ADA, { start: [ADA.ids[0] ?? ''] }, true],
    ['a person of another team', BOB, { start: [TEAM] }, false],
    ['an administrator who is not named', ADMIN, { start: [TEAM] }, false],
    ['a key, where people are named', OPERATOR, { start: [TEAM] }, false],
    ['a key, where it is named', OPERATOR, { start: ['key'] }, true],
    ['the queue, where people are named', CI, { start: [TEAM] }, false],
    ['the queue, where it is named', CI, { start: ['queue', TEAM] }, true],
    ['whoever has the role, where nobody is named', BOB, {}, true],
    ['a reader', entra('Slipway.Reader', TEAM), { start: [TEAM] }, false],
  ])('by %s', async (_who, caller, may, allowed) => {
    await apply({ ...shop, may });
    const attempt = start(byName, caller);
    if (allowed) {
      expect(await attempt).toMatchObject({ app: 'shop' });
    } else {
      await expect(attempt).rejects.toBeInstanceOf(ForbiddenError);
      nothingLeft();
    }
  });

  it('in open mode may name any target, and registered ones keep their rules', async () => {
    slipway = createController({ ...world.ports, appsMode: 'open' });
    expect(await codeOf(start({ app: 'shop', version: NEW }))).toBe('not-registered');
    await apply({ ...shop, may: { start: [TEAM] }, weakestPlan: 'careful' });
    expect(await codeOf(start(byTarget(), BOB))).toBe('forbidden');
    expect(await codeOf(start({ ...byTarget(), plan: 'fast' }))).toBe('plan-too-weak');
    const target = { ...world.azure.target, site: 'nobodys' };
    const release = await start({ target, slot: 'staging', version: NEW }, BOB);
    expect(release).toMatchObject({ app: undefined, reversible: true });
  });
});

describe('a start by the queue', () => {
  const send = async (body: unknown): Promise<void> => {
    const door = queueHandler(releasesQueue, async () => slipway);
    await deliver(door, JSON.stringify(body), { id: 'm', insertionTime: 't' });
  };

  it.each([
    ['of what nobody registered', () => byTarget(), 'not-registered', {}],
    ['of a name that nobody registered', () => ({ app: 'bank' }), 'not-registered', {}],
    ['that the app does not take from there', () => byName, 'forbidden', { start: [TEAM] }],
    [
      'that is broken, and not taken from there',
      () => ({ app: 'shop' }),
      'forbidden',
      { start: ['key'] },
    ],
  ] as const)('%s is a poison record and nothing else', async (_what, body, code, may) => {
    if (code === 'forbidden') await apply({ ...shop, may: { start: [...may.start] } });
    await send(body());
    await send(body());
    nothingLeft();
    const [record, ...others] = await slipway.listPoison(10);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ queue: 'releases', code, message: messageText(body()) });
  });

  it('with a plan below the floor is a rejected release with every difference', async () => {
    await apply({ ...shop, weakestPlan: 'careful' });
    await send({ ...byName, plan: 'fast' });
    const [release] = world.store.releases();
    expect(release).toMatchObject({
      app: 'shop',
      stage: { phase: 'rejected' },
      reason: 'plan-too-weak',
    });
    const [row] = await world.audit(release?.id ?? '');
    expect(row?.message).toMatch(/plan\.watch: .*2h.*10m/);
    expect(row?.facts.problems).toContainEqual(expect.objectContaining({ path: 'plan.watch' }));
    expect(await slipway.listPoison(10)).toEqual([]);
  });

  it('that is broken is a rejected release of the app it names', async () => {
    await apply({ ...shop, reversible: false });
    await send({ ...byName, slot: 'green' });
    expect(world.store.releases()).toMatchObject([
      { app: 'shop', stage: { phase: 'rejected' }, reason: 'invalid-start', reversible: false },
    ]);
  });
});

describe('a command', () => {
  const command = (
    id: string,
    kind: 'pause' | 'promote' | 'abort',
    caller: Caller,
  ): Promise<Release> =>
    slipway.command({
      releaseId: id,
      command: { kind, reason: 'to see who may', choice: undefined },
      expectedSequence: undefined,
      caller,
    });

  it('one team cannot roll back the app of another', async () => {
    await apply({ ...shop, may: { start: [TEAM], override: [TEAM], approve: [TEAM] } });
    const { id, sequence } = await start(byName);
    await expect(command(id, 'abort', BOB)).rejects.toThrow(/"may.override" of app shop/);
    await expect(command(id, 'promote', BOB)).rejects.toThrow(/"may.approve" of app shop/);
    await expect(command(id, 'abort', OPERATOR)).rejects.toBeInstanceOf(ForbiddenError);
    expect(await world.release(id)).toMatchObject({ sequence, stage: { phase: 'queued' } });
    expect(await command(id, 'abort', ADA)).toMatchObject({ stage: { phase: 'aborted' } });
  });

  it('needs the role too', async () => {
    await apply({ ...shop, may: { override: [TEAM], approve: [TEAM] } });
    const { id } = await start(byName);
    const operator = entra('Slipway.Operator', TEAM);
    await expect(command(id, 'promote', operator)).rejects.toThrow(/Slipway\.Approver/);
    expect(await command(id, 'pause', operator)).toMatchObject({ stage: { phase: 'paused' } });
  });

  it('on an app that lost its entry may stop it, and go on only by an administrator', async () => {
    const open = createController({ ...world.ports, appsMode: 'open' });
    const body = { ...byTarget(), plan: 'standard' };
    const { release } = await open.start({ body, fallbackKey: 'open', caller: ADA });
    await world.until(release.id, ['ramping']);
    expect(await codeOf(command(release.id, 'promote', BOB))).toBe('forbidden');
    expect(await codeOf(command(release.id, 'abort', BOB))).toBe('none');
  });

  it('asks the registry as it is now, by the site', async () => {
    await apply(shop);
    const { id } = await start(byName);
    await apply({ ...shop, may: { override: [OTHER_TEAM] } });
    expect(await codeOf(command(id, 'abort', ADA))).toBe('forbidden');
    expect(await command(id, 'abort', BOB)).toMatchObject({ stage: { phase: 'aborted' } });
  });
});

describe('the registry', () => {
  it('tells what was added, changed, removed and left as it was', async () => {
    const bank = writtenApp('bank');
    expect((await apply(shop, bank)).changes.map(({ kind }) => kind)).toEqual(['added', 'added']);
    const input = {
      apps: readApps({ ...shop, defaultPlan: 'careful' }, writtenApp('post')),
      prune: true,
      caller: ADMIN,
    };
    const { changes, head } = await slipway.applyApps(input);
    expect(changes).toMatchObject([
      { name: 'bank', kind: 'removed' },
      { name: 'post', kind: 'added' },
      { name: 'shop', kind: 'changed', fields: [{ path: 'defaultPlan', after: 'careful' }] },
    ]);
    expect((await slipway.applyApps(input)).changes).toMatchObject([
      { name: 'post', kind: 'unchanged' },
      { name: 'shop', kind: 'unchanged' },
    ]);
    expect((await slipway.listApps()).map(({ name }) => name)).toEqual(['post', 'shop']);
    expect(head.sequence).toBe(5);
  });

  it('keeps who changed what, before and after, in one chain', async () => {
    await apply(shop);
    await apply({ ...shop, slot: 'green' });
    await slipway.removeApp('shop', ADMIN);
    const { rows, head } = await slipway.readAppsAudit({ from: 1, max: 100 });
    const bodies = rows.map(({ body }) => JSON.parse(body) as AppsAuditBody);
    expect(bodies).toMatchObject([
      { action: 'app-added', app: 'shop', before: null, after: shop },
      { action: 'app-changed', before: shop, after: { slot: 'green' } },
      { action: 'app-removed', before: { slot: 'green' }, after: null },
    ]);
    for (const { actor, via } of bodies)
      expect({ actor, via }).toEqual({ actor: ADMIN.actor, via: 'entra' });
    const expected = { releaseId: 'apps', sequence: head.sequence, head: head.chainHead };
    expect(verifyChain(rows, expected)).toMatchObject({ ok: true, rows: 3 });
  });

  it('is changed by administrators alone', async () => {
    for (const caller of [ADA, CI, entra('Slipway.Reader', TEAM)]) {
      const apps = readApps(shop);
      expect(await codeOf(slipway.applyApps({ apps, prune: false, caller }))).toBe('forbidden');
      expect(await codeOf(slipway.removeApp('shop', caller))).toBe('forbidden');
    }
    expect(await slipway.listApps()).toEqual([]);
  });

  it('does not take an entry from under a release', async () => {
    await apply(shop);
    const { id } = await start(byName);
    const moved = { ...shop, target: { ...shop.target, site: 'elsewhere' } };
    for (const attempt of [
      slipway.removeApp('shop', ADMIN),
      slipway.applyApps({ apps: [], prune: true, caller: ADMIN }),
      apply(moved, writtenApp('bank')),
    ]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'apps-refused',
        details: [{ path: 'shop', code: 'app-active' }],
      });
      await expect(attempt).rejects.toThrow(id);
    }
    // Everything else of it may change meanwhile.
    expect((await apply({ ...shop, defaultPlan: 'fast' })).changes[0]?.kind).toBe('changed');
    expect(await slipway.listApps()).toHaveLength(1);
  });

  it('gives a site one name', async () => {
    await apply(shop);
    const again = writtenApp('shop-2', { target: shop.target });
    await expect(apply(again)).rejects.toMatchObject({
      details: [{ path: 'shop-2', code: 'site-taken' }],
    });
    const renamed = { apps: readApps(again), prune: true, caller: ADMIN };
    expect((await slipway.applyApps(renamed)).changes).toMatchObject([
      { name: 'shop', kind: 'removed' },
      { name: 'shop-2', kind: 'added' },
    ]);
    expect(await start({ app: 'shop-2', version: NEW })).toMatchObject({ app: 'shop-2' });
  });

  it('says that there is nothing to remove', async () => {
    expect(await codeOf(slipway.removeApp('shop', ADMIN))).toBe('not-found');
  });

  it('takes many at once, and goes on where a lost answer left it', async () => {
    const apps = Array.from({ length: 100 }, (_unused, index) => writtenApp(`app-${index}`));
    world.registry.beforeNextCommit(async () => world.registry.failNext('after'));
    expect(await codeOf(apply(...apps))).toBe('store-unavailable');
    const { changes, head } = await apply(...apps);
    expect(changes.filter(({ kind }) => kind === 'added')).toHaveLength(76);
    expect(changes).toHaveLength(100);
    expect(head.sequence).toBe(100);
    const gone = await slipway.applyApps({ apps: [], prune: true, caller: ADMIN });
    expect(gone.changes.map(({ kind }) => kind)).toEqual(apps.map(() => 'removed'));
  });

  it('takes no more than it can list', async () => {
    const some = (from: number, count: number): WrittenApp[] =>
      Array.from({ length: count }, (_unused, index) => writtenApp(`app-${from + index}`));
    await apply(...some(0, BOUNDS.apps));
    await expect(apply(...some(BOUNDS.apps, 1))).rejects.toMatchObject({
      details: [{ path: 'apps', code: 'too-many' }],
    });
  });

  it('decides again when somebody else was faster', async () => {
    world.registry.beforeNextCommit(async () => {
      await apply(writtenApp('bank'), shop);
    });
    expect((await apply(shop, writtenApp('post'))).changes).toMatchObject([
      { name: 'post', kind: 'added' },
      { name: 'shop', kind: 'unchanged' },
    ]);
    expect(await slipway.listApps()).toHaveLength(3);
  });

  it('lets apps change their sites among each other, as many as fit', async () => {
    const apps = Array.from({ length: 60 }, (_unused, index) => writtenApp(`app-${index}`));
    await apply(...apps);
    const turned = (count: number): WrittenApp[] =>
      apps.slice(0, count).map((app, index) => ({
        ...app,
        target: apps[(index + 1) % count]?.target ?? app.target,
      }));
    expect(await codeOf(apply(...turned(25)))).toBe('too-many-moves');
    expect((await apply(...turned(24))).changes.map(({ kind }) => kind)).toContain('changed');
    const { apps: stored } = await world.registry.load();
    expect(new Set(stored.map(({ appKey }) => appKey)).size).toBe(60);
  });

  it('tells an app with its entry', async () => {
    await apply(shop);
    const { id, appKey } = await start(byName);
    expect(await slipway.getApp(appKey)).toMatchObject({ active: { id }, entry: shop });
  });
});

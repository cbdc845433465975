// The registry in the use cases: who may do what with which app, whatever way it comes in.
import '../functions/quiet.ts';

import { beforeEach, describe, expect, it } from 'vitest';

import { createController } from '../../src/controller/create-controller.ts';
import type { Controller } from '../../src/controller/controller.ts';
import type { Caller } from '../../src/release/caller.ts';
import { ForbiddenError, RefusedError } from '../../src/release/errors.ts';
import type { Release } from '../../src/release/release.ts';
import type { WrittenApp } from '../../src/release/written-app.ts';
import { messageText } from '../../src/api/queue-message.ts';
import { releasesQueue } from '../../src/functions/releases-queue.ts';
import { queueHandler } from '../../src/functions/shared/queue-handler.ts';
import { deliver } from '../functions/calls.ts';
import { entra, OTHER_TEAM, TEAM, writtenApp } from '../support/app-samples.ts';
import { CI, OPERATOR } from '../support/callers.ts';
import { NEW, type World } from '../support/world.ts';
import { ADA, ADMIN, type AppsWorld, byName, codeOf, createAppsWorld } from './apps-world.ts';

const BOB = entra('Slipway.Approver', '77777777-7777-4777-8777-777777777777', OTHER_TEAM);

let world: World;
let slipway: Controller;
let shop: WrittenApp;
let apply: AppsWorld['apply'];
let start: AppsWorld['start'];

beforeEach(() => {
  ({ world, slipway, shop, apply, start } = createAppsWorld());
});

const byTarget = (): Record<string, unknown> => ({
  target: world.azure.target,
  slot: 'staging',
  version: NEW,
});

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
    ({ world, slipway, shop, apply, start } = createAppsWorld('open'));
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

// Several receivers: each has its own place in every release, and none waits for another.
import { describe, expect, it } from 'vitest';

import { createController } from '../../src/controller/create-controller.ts';
import { NotToldError, type Receiver } from '../../src/controller/ports/notifier.ts';
import { withTold } from '../../src/controller/told.ts';
import { BOUNDS } from '../../src/limits.ts';
import type { Release } from '../../src/release/release.ts';
import { OPERATOR } from '../support/callers.ts';
import { type MemoryReceiver, createMemoryReceiver } from '../support/memory-receiver.ts';
import { freshAppKey, sampleRelease } from '../support/store-samples.ts';
import { type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;
const ENDS = ['succeeded'] as const;

const worldWith = (...receivers: readonly Receiver[]): World =>
  createWorld({ notifier: { receivers } });

const heard = ({ notices }: MemoryReceiver): number[] => notices.map(({ sequence }) => sequence);

async function told(world: World, id: string): Promise<number[]> {
  const rows = await world.audit(id);
  return rows
    .filter(({ action }) => !/^(intent|azure)/.test(action))
    .map(({ sequence }) => sequence);
}

describe('of several receivers', () => {
  it('each hears what it asked for, once and in order', async () => {
    const all = createMemoryReceiver('all');
    const steps = createMemoryReceiver('steps', ({ action }) => action === 'step-changed');
    const none = createMemoryReceiver('none', () => false);
    const world = worldWith(all, steps, none);
    const { id } = await world.start();
    await world.until(id, ENDS);
    await world.pass(MINUTE);
    expect(heard(all)).toEqual(await told(world, id));
    expect(steps.notices.map(({ action }) => action)).toEqual(['step-changed', 'step-changed']);
    expect(none.notices).toEqual([]);
    const release = await world.release(id);
    expect(release.notifiedSeq).toBe(release.sequence);
  });

  it('a dead one holds up neither the others nor the release', async () => {
    const dead = createMemoryReceiver('dead');
    dead.down = true;
    const well = createMemoryReceiver('well');
    const world = worldWith(dead, well);
    const { id } = await world.start();
    const times: number[] = [];
    well.pace = async ({ at }) => void times.push(world.now() - Date.parse(at));
    await world.until(id, ENDS);
    await world.pass(MINUTE);
    expect(heard(well)).toEqual(await told(world, id));
    expect(Math.max(...times)).toBeLessThanOrEqual(MINUTE);
    const { told: places } = await world.release(id);
    expect(places?.dead).toMatchObject({ untold: { problem: 'nobody listens' } });
    expect(places?.well?.untold).toBeUndefined();
  });

  it('one that cannot be told of a row hears of the next, and the row is given up visibly', async () => {
    const narrow = createMemoryReceiver('narrow');
    narrow.pace = async ({ sequence }) => {
      if (sequence === 1) throw new NotToldError('notice-too-large', 'the body has 40 KB');
    };
    const world = worldWith(narrow);
    const { id } = await world.start();
    await world.until(id, ENDS);
    await world.pass(MINUTE);
    expect(heard(narrow)).toEqual((await told(world, id)).slice(1));
    const { told: places } = await world.release(id);
    expect(places?.narrow?.untold).toMatchObject({ givenUp: 1, problem: 'the body has 40 KB' });
  });

  it('a slow one delays itself: what the others were told is kept before it answers', async () => {
    const slow = createMemoryReceiver('slow');
    const fast = createMemoryReceiver('fast');
    const world = worldWith(slow, fast);
    const { id } = await world.start();
    await world.pass(5 * MINUTE);
    const answer = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<undefined>();
    slow.pace = async () => {
      asked.resolve(undefined);
      await answer.promise;
    };
    await world.command(id, 'pause');
    const ticking = world.controller.tick(id);
    await asked.promise;
    const before = heard(slow).length;
    // The pass still waits for the slow one; another one begins, as when the next message is here.
    while (((await world.release(id)).told?.fast?.seq ?? 0) < (await world.release(id)).sequence) {
      await Promise.resolve();
    }
    expect(heard(slow)).toHaveLength(before);
    expect(heard(fast)).toEqual(await told(world, id));
    answer.resolve(undefined);
    await ticking;
    expect(new Set(heard(slow))).toEqual(new Set(await told(world, id)));
    expect(heard(fast)).toEqual(await told(world, id));
  });

  it('waits as long as one asks for, within bounds', async () => {
    const busy = createMemoryReceiver('busy');
    Object.assign(busy, { busy: true, retryAfterMs: 5 * MINUTE });
    const world = worldWith(busy);
    const { id } = await world.start();
    await world.pass(30_000);
    const first = (await world.release(id)).told?.busy?.untold;
    expect((first?.retryAt ?? 0) - world.now()).toBeGreaterThan(4 * MINUTE);
    busy.retryAfterMs = Number.MAX_SAFE_INTEGER;
    await world.pass(6 * MINUTE);
    const second = (await world.release(id)).told?.busy?.untold;
    expect(second).toMatchObject({ attempts: 0, later: 2 });
    expect((second?.retryAt ?? 0) - world.now()).toBeLessThanOrEqual(60 * MINUTE);
  });
});

describe('a receiver that only asks to come later', () => {
  const HOUR = 60 * MINUTE;
  /** Every wait that somebody may ask for; none is a bare 429. */
  const WAITS = [undefined, 1_000, 20 * MINUTE, 60 * MINUTE, Number.MAX_SAFE_INTEGER];

  it.each(WAITS)('loses nothing in most of a day (Retry-After in ms: %s)', async (retryAfterMs) => {
    const busy = createMemoryReceiver('busy');
    Object.assign(busy, { busy: true, retryAfterMs });
    const world = worldWith(busy);
    const { id } = await world.start();
    await world.pass(23 * HOUR);
    expect((await world.release(id)).stage.phase).toBe('succeeded');
    expect((await world.release(id)).told?.busy?.untold).toMatchObject({ givenUp: 0 });
    busy.busy = false;
    await world.pass(2 * HOUR);
    expect(heard(busy)).toEqual(await told(world, id));
    expect((await world.release(id)).told?.busy?.untold).toBeUndefined();
  });

  it('loses no notice more once it is there again, after what was given up while it was away', async () => {
    const receiver = createMemoryReceiver('one');
    receiver.down = true;
    const world = worldWith(receiver);
    const { id } = await world.start({ plan: 'careful' });
    const untold = async () => (await world.release(id)).told?.one?.untold;
    while (((await untold())?.givenUp ?? 0) === 0) await world.pass(MINUTE);
    Object.assign(receiver, { down: false, busy: true, retryAfterMs: 30 * MINUTE });
    const givenUp = (await untold())?.givenUp;
    await world.pass(12 * HOUR);
    expect((await untold())?.givenUp).toBe(givenUp);
    receiver.busy = false;
    await world.pass(2 * HOUR);
    expect(heard(receiver)).toEqual((await told(world, id)).slice(givenUp));
  });

  it('is given up by the age of the notice, visibly, and the rest follow within minutes', async () => {
    const busy = createMemoryReceiver('busy');
    Object.assign(busy, { busy: true, retryAfterMs: 60 * MINUTE });
    const world = worldWith(busy);
    const { id } = await world.start();
    const untold = async () => (await world.release(id)).told?.busy?.untold;
    await world.pass(24 * HOUR - 5 * MINUTE);
    expect((await untold())?.givenUp).toBe(0);
    await world.pass(65 * MINUTE);
    expect((await untold())?.givenUp).toBeGreaterThan(0);
    expect(((await untold())?.retryAt ?? 0) - world.now()).toBeLessThanOrEqual(10 * MINUTE);
    await world.pass(4 * HOUR);
    const { told: places, sequence } = await world.release(id);
    expect(places?.busy).toMatchObject({
      ...{ seq: sequence, untold: { givenUp: (await told(world, id)).length } },
    });
  });

  it('loses nothing of what is told late, when a receiver comes back after days', async () => {
    const receiver = createMemoryReceiver('one');
    const world = worldWith(receiver);
    const { id } = await world.start();
    receiver.down = true;
    await world.pass(MINUTE);
    const given = (await world.release(id)).told?.one?.untold?.givenUp ?? 0;
    expect(given).toBe(0);
    // Nobody passes over the release meanwhile: the function app was stopped.
    world.idle(50 * HOUR);
    Object.assign(receiver, { down: false, busy: true, retryAfterMs: 1_000 });
    await world.pass(5 * MINUTE);
    receiver.busy = false;
    await world.pass(2 * HOUR);
    expect((await world.release(id)).told?.one?.untold?.givenUp ?? 0).toBe(0);
    expect(heard(receiver)).toEqual(await told(world, id));
  });

  it('uses up no try of those that a receiver has that fails', async () => {
    const receiver = createMemoryReceiver('one');
    receiver.busy = true;
    const world = worldWith(receiver);
    const { id } = await world.start();
    await world.pass(3 * HOUR);
    const { later = 0, attempts } = (await world.release(id)).told?.one?.untold ?? {};
    expect(attempts).toBe(0);
    expect(later).toBeGreaterThan(BOUNDS.noticeAttempts);
    Object.assign(receiver, { busy: false, down: true });
    await world.pass(HOUR);
    expect((await world.release(id)).told?.one?.untold).toMatchObject({ givenUp: 0 });
  });
});

describe('while it is not known who is to be told', () => {
  it('nothing is forgotten: a release that ends meanwhile is told of afterwards', async () => {
    const ops = createMemoryReceiver('ops');
    const world = worldWith(ops);
    const { id } = await world.start();
    await world.pass(MINUTE);
    const before = heard(ops).length;
    const unread = createController({
      ...world.ports,
      notifier: { receivers: [], unread: 'the vault does not answer' },
    });
    await unread.command({
      ...{ releaseId: id, caller: OPERATOR, expectedSequence: undefined },
      command: { kind: 'abort', reason: 'enough', choice: undefined },
    });
    for (let turns = 0; turns < 6 * 60; turns += 1) {
      world.idle(30_000);
      await unread.tick(id);
    }
    expect((await world.release(id)).stage.phase).toBe('aborted');
    expect((await unread.health()).receivers).toMatchObject([
      { ok: false, problem: { message: 'the vault does not answer' } },
    ]);
    expect(heard(ops)).toHaveLength(before);
    const rows = await world.ports.due.due(world.now() + 60 * MINUTE, 10);
    expect(rows.map(({ releaseId }) => releaseId)).toEqual([id]);
    await world.pass(6 * MINUTE);
    expect(heard(ops)).toEqual(await told(world, id));
  });
});

describe('while a release runs', () => {
  it('a new receiver begins at the present, and misses nothing from then on', async () => {
    const old = createMemoryReceiver('old');
    const world = worldWith(old);
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    await world.pass(2 * MINUTE);
    const before = (await world.release(id)).sequence;
    const late = createMemoryReceiver('late');
    late.down = true;
    world.restartWith([old, late]);
    await world.pass(12 * MINUTE);
    late.down = false;
    await world.until(id, ENDS);
    await world.pass(15 * MINUTE);
    const all = await told(world, id);
    expect(heard(old)).toEqual(all);
    expect(heard(late).length).toBeGreaterThan(2);
    expect(heard(late)).toEqual(all.slice(-heard(late).length));
    expect(heard(late)[0]).toBeGreaterThan(before);
  });

  it('one that is new beside nobody is not flooded', async () => {
    const world = worldWith();
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    const before = (await world.release(id)).sequence;
    const late = createMemoryReceiver('late');
    world.restartWith([late]);
    await world.until(id, ENDS);
    await world.pass(MINUTE);
    expect(Math.min(...heard(late))).toBeGreaterThan(before);
    expect(heard(late).length).toBeGreaterThan(2);
  });

  it('one that goes and comes back under its name hears what it missed', async () => {
    const one = createMemoryReceiver('one');
    const other = createMemoryReceiver('other');
    const world = worldWith(one, other);
    const { id } = await world.start();
    await world.until(id, ['preflight']);
    world.restartWith([one]);
    await world.until(id, ['ramping']);
    world.restartWith([other, one]);
    await world.until(id, ENDS);
    await world.pass(MINUTE);
    const all = await told(world, id);
    expect(heard(one)).toEqual(all);
    expect(heard(other)).toEqual(all);
  });

  it('one that is gone is nobody’s trouble any more', async () => {
    const dead = createMemoryReceiver('dead');
    dead.down = true;
    const well = createMemoryReceiver('well');
    const world = worldWith(dead, well);
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    world.restartWith([well]);
    await world.until(id, ENDS);
    await world.pass(MINUTE);
    const { told: places, notifiedSeq, sequence } = await world.release(id);
    expect(places?.dead?.untold).toBeUndefined();
    expect(notifiedSeq).toBe(sequence);
  });
});

describe('a release from before there were several receivers', () => {
  const stored = (changes: Partial<Release>): Release => ({
    ...sampleRelease(freshAppKey()),
    ...{ sequence: 9, notifiedSeq: 7, told: undefined, ...changes },
  });
  const untold = { attempts: 3, retryAt: 5, problem: 'none', givenUp: 1 };
  const webhook = createMemoryReceiver('webhook');
  const slack = createMemoryReceiver('slack');

  it('goes on with the one webhook where it was; others begin at the present', () => {
    expect(withTold(stored({ untold }), [webhook, slack], {})).toMatchObject({
      told: { webhook: { seq: 7, untold }, slack: { seq: 9 } },
      ...{ notifiedSeq: 7, untold: undefined },
    });
  });

  it('takes what was told meanwhile, and never goes back', () => {
    const release = withTold(stored({}), [webhook], { webhook: { seq: 8 } });
    expect(release?.told).toEqual({ webhook: { seq: 8 } });
    const stale = release && withTold(release, [webhook], { webhook: { seq: 7 } });
    expect(stale).toBeUndefined();
  });

  it('keeps so many places and no more, those of the present first', () => {
    const names = Array.from({ length: 50 }, (_, index) => `gone-${index}`);
    const places = Object.fromEntries(names.map((name, seq) => [name, { seq, untold }]));
    const { told: kept = {} } = withTold(stored({ told: places }), [webhook], {}) ?? {};
    expect(Object.keys(kept)).toHaveLength(BOUNDS.receiversKept);
    expect(kept.webhook).toEqual({ seq: 9 });
    expect(kept['gone-49']).toEqual({ seq: 49 });
    expect(kept['gone-0']).toBeUndefined();
  });

  it('is not led astray by a name that every object has', () => {
    const odd = createMemoryReceiver('constructor');
    expect(withTold(stored({ told: {} }), [odd], {})?.told).toEqual({ constructor: { seq: 9 } });
  });
});

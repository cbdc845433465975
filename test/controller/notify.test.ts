import { describe, expect, it } from 'vitest';
import { releaseView } from '../../src/api/release-view.ts';
import { Links } from '../../src/api/links.ts';
import type { ReleaseView } from '../../src/api/contract.ts';
import { BOUNDS } from '../../src/limits.ts';
import { type MemoryReceiver, createMemoryReceiver } from '../support/memory-receiver.ts';
import { type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Sequences of rows that people are told of, from the audit. */
async function toldSequences(world: World, id: string): Promise<number[]> {
  const rows = await world.audit(id);
  return rows
    .filter(({ action }) => !/^(intent|azure)/.test(action))
    .map(({ sequence }) => sequence);
}

/** How telling stands, as people are shown it. */
async function untoldOf(world: World, id: string): Promise<ReleaseView['untold']> {
  return releaseView(await world.release(id), new Links('https://slipway.example/api')).untold;
}

const sequences = ({ notices }: MemoryReceiver): number[] =>
  notices.map(({ sequence }) => sequence);

describe('who asked to be told', () => {
  it('hears every transition once and in order, until the release has ended', async () => {
    const receiver = createMemoryReceiver();
    const world = createWorld({ notifier: { receivers: [receiver] } });
    const { id } = await world.start();
    await world.until(id, ['succeeded']);
    await world.pass(MINUTE);
    expect(sequences(receiver)).toEqual(await toldSequences(world, id));
    expect(receiver.notices.at(-1)).toMatchObject({
      id: `${id}.${receiver.notices.at(-1)?.sequence ?? 0}`,
      to: 'succeeded',
      severity: 'info',
      version: '2.0.0',
    });
  });

  it('keeps, with every notice, the head of the chain as it was then', async () => {
    const receiver = createMemoryReceiver();
    const world = createWorld({ notifier: { receivers: [receiver] } });
    const { id } = await world.start();
    await world.until(id, ['succeeded']);
    await world.pass(MINUTE);
    const rows = await world.controller.readAudit(id, { from: 1, max: 1_000 });
    const hashes = new Map(rows.map(({ sequence, hash }) => [sequence, hash]));
    expect(receiver.notices.map(({ head }) => head)).toEqual(
      receiver.notices.map(({ sequence }) => hashes.get(sequence)),
    );
  });

  it('hears of a start that was rejected at once, which no tick would look at', async () => {
    const receiver = createMemoryReceiver();
    const world = createWorld({ notifier: { receivers: [receiver] } });
    await world.start({ key: 'one' });
    const second = await world.start({ key: 'two' });
    await world.pass(MINUTE);
    const heard = receiver.notices.filter(({ release }) => release === second.id);
    expect(heard).toMatchObject([{ to: 'rejected', reason: 'app-busy', severity: 'warning' }]);
  });

  it('hears a row again, under the same id, when the answer to the first telling was lost', async () => {
    const receiver = createMemoryReceiver();
    const world = createWorld({ notifier: { receivers: [receiver] } });
    receiver.answerIsLost = true;
    const { id } = await world.start();
    await world.pass(2 * MINUTE);
    receiver.answerIsLost = false;
    await world.pass(5 * MINUTE);
    const first = receiver.notices.filter(({ sequence }) => sequence === 1);
    expect(first.length).toBeGreaterThan(1);
    expect(new Set(first.map((notice) => notice.id))).toEqual(new Set([`${id}.1`]));
  });
});

describe('a receiver that is down', () => {
  it('hears everything, in order, when it is back within the hour', async () => {
    const receiver = createMemoryReceiver();
    const world = createWorld({ notifier: { receivers: [receiver] } });
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    receiver.down = true;
    await world.pass(40 * MINUTE);
    expect(await untoldOf(world, id)).toMatchObject({
      receiver: 'memory',
      problem: 'nobody listens',
    });
    receiver.down = false;
    await world.until(id, ['succeeded']);
    await world.pass(15 * MINUTE);
    expect(sequences(receiver)).toEqual(await toldSequences(world, id));
    expect(await untoldOf(world, id)).toBeNull();
  });

  it('is tried less and less often, and the release says how it stands', async () => {
    const receiver = createMemoryReceiver();
    receiver.down = true;
    const world = createWorld({ notifier: { receivers: [receiver] } });
    const { id } = await world.start();
    const waits: number[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      await world.pass(30_000);
      const untold = await untoldOf(world, id);
      if (untold !== null && untold.attempts > waits.length) {
        waits.push(Math.round((Date.parse(untold.retryAt) - world.now()) / 30_000));
      }
    }
    expect(waits.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
  });

  it('is given up visibly, holds nothing up, and hears what comes after it is back', async () => {
    const receiver = createMemoryReceiver();
    receiver.down = true;
    const world = createWorld({ notifier: { receivers: [receiver] } });
    const { id } = await world.start({ plan: 'careful' });
    await world.pass(2 * HOUR);
    const { stage } = await world.release(id);
    const untold = await untoldOf(world, id);
    expect(untold).toMatchObject({ attempts: BOUNDS.noticeAttempts });
    expect(untold?.givenUp).toBeGreaterThan(0);
    expect(stage.phase).toBe('watching');
    receiver.down = false;
    await world.until(id, ['succeeded', 'paused']);
    await world.pass(15 * MINUTE);
    expect(receiver.notices.length).toBeGreaterThan(0);
    expect((await untoldOf(world, id))?.givenUp).toBeGreaterThan(0);
  });
});

it('nobody who asked to be told costs nothing: no row says that somebody was', async () => {
  const world = createWorld();
  const { id } = await world.start();
  await world.until(id, ['succeeded']);
  expect((await world.release(id)).notifiedSeq).toBe(0);
});

import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/release/notice.ts';
import { BOUNDS } from '../../src/limits.ts';
import { type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Receiver {
  readonly notices: Notice[];
  /** True: it takes the notice and then fails, as when the answer is lost. */
  answerIsLost: boolean;
  down: boolean;
}

function createReceiver(): Receiver & { tell(notice: Notice): Promise<void> } {
  const receiver = {
    notices: [] as Notice[],
    answerIsLost: false,
    down: false,
    tell: async (notice: Notice) => {
      if (receiver.down) throw new Error('nobody listens');
      receiver.notices.push(notice);
      if (receiver.answerIsLost) throw new Error('the answer was lost');
    },
  };
  return receiver;
}

/** Sequences of rows that people are told of, from the audit. */
async function toldSequences(world: World, id: string): Promise<number[]> {
  const rows = await world.audit(id);
  return rows
    .filter(({ action }) => !/^(intent|azure)/.test(action))
    .map(({ sequence }) => sequence);
}

const sequences = ({ notices }: Receiver): number[] => notices.map(({ sequence }) => sequence);

describe('who asked to be told', () => {
  it('hears every transition once and in order, until the release has ended', async () => {
    const receiver = createReceiver();
    const world = createWorld({ notifier: receiver });
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
    const receiver = createReceiver();
    const world = createWorld({ notifier: receiver });
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
    const receiver = createReceiver();
    const world = createWorld({ notifier: receiver });
    await world.start({ key: 'one' });
    const second = await world.start({ key: 'two' });
    await world.pass(MINUTE);
    const heard = receiver.notices.filter(({ release }) => release === second.id);
    expect(heard).toMatchObject([{ to: 'rejected', reason: 'app-busy', severity: 'warning' }]);
  });

  it('hears a row again, under the same id, when the answer to the first telling was lost', async () => {
    const receiver = createReceiver();
    const world = createWorld({ notifier: receiver });
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
    const receiver = createReceiver();
    const world = createWorld({ notifier: receiver });
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    receiver.down = true;
    await world.pass(40 * MINUTE);
    expect((await world.release(id)).untold).toMatchObject({ problem: 'nobody listens' });
    receiver.down = false;
    await world.until(id, ['succeeded']);
    await world.pass(15 * MINUTE);
    expect(sequences(receiver)).toEqual(await toldSequences(world, id));
    expect((await world.release(id)).untold).toBeUndefined();
  });

  it('is tried less and less often, and the release says how it stands', async () => {
    const receiver = createReceiver();
    receiver.down = true;
    const world = createWorld({ notifier: receiver });
    const { id } = await world.start();
    const waits: number[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      await world.pass(30_000);
      const { untold } = await world.release(id);
      if (untold !== undefined && untold.attempts > waits.length) {
        waits.push(Math.round((untold.retryAt - world.now()) / 30_000));
      }
    }
    expect(waits.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
  });

  it('is given up visibly, holds nothing up, and hears what comes after it is back', async () => {
    const receiver = createReceiver();
    receiver.down = true;
    const world = createWorld({ notifier: receiver });
    const { id } = await world.start({ plan: 'careful' });
    await world.pass(2 * HOUR);
    const { untold, stage } = await world.release(id);
    expect(untold).toMatchObject({ attempts: BOUNDS.noticeAttempts });
    expect(untold?.givenUp).toBeGreaterThan(0);
    expect(stage.phase).toBe('watching');
    receiver.down = false;
    await world.until(id, ['succeeded', 'paused']);
    await world.pass(15 * MINUTE);
    expect(receiver.notices.length).toBeGreaterThan(0);
    expect((await world.release(id)).untold?.givenUp).toBeGreaterThan(0);
  });
});

it('nobody who asked to be told costs nothing: no row says that somebody was', async () => {
  const world = createWorld();
  const { id } = await world.start();
  await world.until(id, ['succeeded']);
  expect((await world.release(id)).notifiedSeq).toBe(0);
});

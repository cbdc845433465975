// Whatever fails, dies or comes twice: each receiver hears each of its notices, the first time in order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import '../support/fixed-seed.ts';
import { type MemoryReceiver, createMemoryReceiver } from '../support/memory-receiver.ts';
import { type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;

interface Turn {
  readonly minutes: number;
  readonly fault:
    'none' | 'commit-lost' | 'commit-unheard' | 'audit-unread' | 'two-workers' | 'restart';
  readonly receivers: readonly ('well' | 'down' | 'busy' | 'unheard')[];
}

const turn: fc.Arbitrary<Turn> = fc.record({
  minutes: fc.integer({ min: 1, max: 4 }),
  fault: fc.constantFrom(
    'none' as const,
    'commit-lost' as const,
    'commit-unheard' as const,
    'audit-unread' as const,
    'two-workers' as const,
    'restart' as const,
  ),
  receivers: fc.array(
    fc.constantFrom('well' as const, 'down' as const, 'busy' as const, 'unheard' as const),
    { minLength: 3, maxLength: 3 },
  ),
});

async function play(world: World, id: string, faulty: Turn): Promise<void> {
  const { store, controller } = world;
  // A tick that fails is delivered again by the queue: here the next turn does it.
  const tick = async (): Promise<void> => controller.tick(id).catch(() => undefined);
  if (faulty.fault === 'two-workers') await Promise.all([tick(), tick()]);
  if (faulty.fault === 'commit-lost') store.failNext('before', 'releaseStore.commit');
  if (faulty.fault === 'commit-unheard') store.failNext('after', 'releaseStore.commit');
  if (faulty.fault === 'audit-unread') store.failNext('before', 'auditReader.readAudit');
  await tick();
  world.idle(faulty.minutes * MINUTE);
}

describe('three receivers in a bad hour', () => {
  it('each hear all that they asked for, the first time in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 14 }), async (turns) => {
        const receivers = ['one', 'two', 'three'].map((name) =>
          createMemoryReceiver(name, ({ sequence }) => name !== 'three' || sequence % 2 === 0),
        );
        const world = createWorld({ notifier: { receivers } });
        const { id } = await world.start({ plan: 'fast' });
        for (const one of turns) {
          for (const [index, receiver] of receivers.entries()) {
            receiver.down = one.receivers[index] === 'down';
            receiver.busy = one.receivers[index] === 'busy';
            receiver.answerIsLost = one.receivers[index] === 'unheard';
          }
          if (one.fault === 'restart') world.restartWith(receivers);
          await play(world, id, one);
        }
        for (const receiver of receivers)
          Object.assign(receiver, { down: false, busy: false, answerIsLost: false });
        await world.pass(90 * MINUTE);
        await expectAllHeard(world, id, receivers);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

async function expectAllHeard(
  world: World,
  id: string,
  receivers: readonly MemoryReceiver[],
): Promise<void> {
  const release = await world.release(id);
  const rows = (await world.audit(id)).filter(({ action }) => !/^(intent|azure)/.test(action));
  const sequences = rows.map(({ sequence }) => sequence);
  for (const { name, notices } of receivers) {
    const place = release.told?.[name];
    expect(place).toEqual({ seq: release.sequence, untold: undefined });
    const wanted = sequences.filter((sequence) => name !== 'three' || sequence % 2 === 0);
    expect([...new Set(notices.map(({ sequence }) => sequence))]).toEqual(wanted);
    for (const notice of notices) expect(notice.id).toBe(`${id}.${notice.sequence}`);
  }
}

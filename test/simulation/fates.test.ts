import { describe, expect, it } from 'vitest';
import { createPrng } from '../support/prng.ts';
import { throughFate } from './calls.ts';
import { type CallKind, MAKE_TABLES, STORE_TIMEOUT_MS, createFates } from './fates.ts';
import { createInstance, newTask } from './instance.ts';
import { createScheduler } from './scheduler.ts';
import { NO_FAULTS } from './story/story.ts';

const DRAWS = 60;
const MINUTE = 60_000;

/** How long a worker waits for a call that stands still, in milliseconds: one number a draw. */
async function waits(name: string): Promise<readonly number[]> {
  const waited: number[] = [];
  for (let seed = 1; seed <= DRAWS; seed += 1) {
    let nowMs = 0;
    const now = (): number => nowMs;
    const prng = createPrng(seed);
    const scheduler = createScheduler({
      now,
      elapseTo: (atMs) => (nowMs = Math.max(nowMs, atMs)),
      afterEvent: () => undefined,
    });
    const through = throughFate({
      task: newTask('worker', createInstance('a', { now, prng, wrongClocks: false })),
      scheduler,
      now,
      fateOf: createFates({
        prng,
        rates: () => ({ ...NO_FAULTS, stall: 1 }),
        outages: () => [],
        elapsed: now,
      }),
      log: () => undefined,
      crash: () => undefined,
    });
    const call: CallKind = { family: 'store', name, write: true };
    const ended = (): number => waited.push(now());
    void through(call, () => undefined).then(ended, ended);
    await scheduler.runUntil(20 * MINUTE);
  }
  return waited;
}

describe('a call that stands still', () => {
  it('holds up its worker for up to 15 minutes', async () => {
    const waited = await waits('transact');
    expect(waited).toHaveLength(DRAWS);
    expect(Math.max(...waited)).toBeGreaterThanOrEqual(15 * MINUTE);
  });

  // Seed 811911: the one instance, frozen and crashed before, waited for its tables for 15 minutes more.
  it('never holds up a whole process for longer than the store adapter waits', async () => {
    const waited = await waits(MAKE_TABLES);
    expect(waited).toHaveLength(DRAWS);
    expect(Math.max(...waited)).toBeLessThanOrEqual(STORE_TIMEOUT_MS);
  });
});

import { setImmediate as settled } from 'node:timers/promises';

/** Time that stands still until everything waits, and then jumps to whoever waits least. */
export interface VirtualTime {
  readonly now: () => number;
  /** Resolves after so many milliseconds of this time. */
  readonly pause: (ms: number) => Promise<void>;
  /** Lets time pass until the work is done. @throws Error when it never is */
  run<T>(work: Promise<T>): Promise<T>;
  /** The process stands still: time goes on, nobody is woken before. */
  stall(ms: number): void;
}

const JUMPS_MAX = 100_000;

export function createVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  let order = 0;
  let sleepers: { readonly atMs: number; readonly order: number; readonly wake: () => void }[] = [];
  return {
    now: () => nowMs,
    pause: (ms) =>
      new Promise((wake) => {
        sleepers.push({ atMs: nowMs + Math.max(0, ms), order: (order += 1), wake });
      }),
    stall: (ms) => {
      nowMs += ms;
    },
    run: async (work) => {
      const state = { isDone: false };
      const done = work.finally(() => {
        state.isDone = true;
      });
      done.catch(() => undefined);
      for (let jumps = 0; jumps < JUMPS_MAX; jumps += 1) {
        await settled();
        if (state.isDone) return done;
        sleepers = sleepers.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        const next = sleepers.shift();
        if (next === undefined) throw new Error('the work waits for something that is not time');
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
      }
      throw new Error(`the work was not done after ${JUMPS_MAX} jumps`);
    },
  };
}

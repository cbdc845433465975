/**
 * Simulated time for many workers at once. Every await of a worker that reaches the world ends in an
 * event here; one event runs at a time, and the next only when nobody has anything left to do.
 */
export interface Scheduler {
  at(atMs: number, run: () => void): void;
  sleep(ms: number): Promise<void>;
  /** When the next thing happens that is under way; Infinity: nothing is. */
  next(): number;
  runUntil(atMs: number): Promise<void>;
}

export interface SchedulerOptions {
  readonly now: () => number;
  readonly elapseTo: (atMs: number) => void;
  /** Runs when everything that an event set off has come to rest. */
  readonly afterEvent: () => void;
}

interface Entry {
  readonly atMs: number;
  readonly run: () => void;
}

export function createScheduler({ now, elapseTo, afterEvent }: SchedulerOptions): Scheduler {
  // Latest first, so that the next one is taken from the end.
  const entries: Entry[] = [];

  function at(atMs: number, run: () => void): void {
    const entry = { atMs: Math.max(atMs, now()), run };
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.atMs ?? -Infinity) > entry.atMs) low = middle + 1;
      else high = middle;
    }
    entries.splice(low, 0, entry);
  }

  return {
    at,
    sleep: (ms) => new Promise((resolve) => at(now() + ms, resolve)),
    next: () => entries.at(-1)?.atMs ?? Infinity,
    runUntil: async (atMs) => {
      // What was begun outside of an event has not come to its first await yet.
      await rest();
      for (
        let next = entries.at(-1);
        next !== undefined && next.atMs <= atMs;
        next = entries.at(-1)
      ) {
        entries.pop();
        elapseTo(next.atMs);
        next.run();
        await rest();
        afterEvent();
      }
      elapseTo(atMs);
    },
  };
}

/**
 * No real input or output exists in these stories, so everything that can go on is in the queue of
 * microtasks; Node runs what `nextTick` is given when that queue is empty (node:process docs).
 */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

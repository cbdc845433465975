/** Ends a process whose one thread is caught in a loop: nothing in that thread could. */
import { Worker } from 'node:worker_threads';

/** Far above the limit of one input, which the engine itself measures when the input comes to an end. */
const SILENCE_MS = 60_000;

const SOURCE = `
  const { workerData } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  const beats = new Int32Array(workerData.shared);
  let last = -1, since = Date.now();
  setInterval(() => {
    const now = Atomics.load(beats, 0);
    if (now !== last) { last = now; since = Date.now(); return; }
    if (Date.now() - since < workerData.silenceMs) return;
    const name = workerData.names[Atomics.load(beats, 1)];
    writeSync(2, 'HANG in ' + name + ' at input ' + Atomics.load(beats, 2) + '; again: ' + workerData.command + ' --only ' + name + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 500);
`;

export interface Watchdog {
  /** One more input of this target begins. */
  beat(targetIndex: number, input: number): void;
  stop(): Promise<void>;
}

/** @param command what runs the same targets again */
export function startWatchdog(names: readonly string[], command: string): Watchdog {
  const shared = new SharedArrayBuffer(12);
  const beats = new Int32Array(shared);
  const worker = new Worker(SOURCE, {
    eval: true,
    workerData: { shared, names, command, silenceMs: SILENCE_MS },
  });
  worker.unref();
  return {
    beat: (targetIndex, input) => {
      Atomics.store(beats, 1, targetIndex);
      Atomics.store(beats, 2, input);
      Atomics.add(beats, 0, 1);
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}

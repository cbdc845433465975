/** Every regular expression of the source against texts that make bad ones slow. */
import { Worker } from 'node:worker_threads';

import { INPUT_LIMIT_MS, type FuzzTarget, type Order, type Report } from '../engine.ts';
import { type FoundRegExp, regExpsOfSource } from '../evil.ts';
import type { Trial, Tried } from '../evil-worker.ts';

const NAME = 'reg-exps';
const WORKER = new URL('../evil-worker.ts', import.meta.url);
/** A text that takes this long is not waited for: the worker is ended. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 100;

async function fuzz(order: Order): Promise<Report> {
  const all = regExpsOfSource();
  const wanted = order.path === undefined ? all : all.filter(({ at }) => at === order.path);
  const max = Math.max(1, Math.ceil(order.runs / Math.max(1, all.length)));
  const report = { name: NAME, inputs: 0, accepted: 0, refused: 0, slowestMs: 0 };
  let worker = new Worker(WORKER);
  try {
    for (const found of wanted) {
      const tried = await trial(worker, { found, max, beat: order.beat });
      if (tried !== undefined) {
        report.inputs += tried.texts;
        report.accepted += tried.matched;
        report.refused += tried.texts - tried.matched;
        report.slowestMs = Math.max(report.slowestMs, tried.slowestMs);
        if (tried.slowestMs <= INPUT_LIMIT_MS) continue;
      }
      await worker.terminate();
      worker = new Worker(WORKER);
      const took =
        tried === undefined ? `over ${PATIENCE_MS}` : String(Math.round(tried.slowestMs));
      const error = new Error(`/${found.source}/${found.flags} took ${took} ms`);
      const input = tried?.slowest ?? found;
      return { ...report, finding: { error, input, path: found.at } };
    }
  } finally {
    await worker.terminate();
  }
  return { ...report, finding: undefined };
}

/** Undefined: one text did not come to an end. */
async function trial(
  worker: Worker,
  { found, max, beat }: { found: FoundRegExp; max: number; beat: () => void },
): Promise<Tried | undefined> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const done = Promise.withResolvers<Tried | undefined>();
  let last = -1;
  let since = performance.now();
  const look = setInterval(() => {
    const now = Atomics.load(progress, 0);
    if (now !== last) {
      beat();
      last = now;
      since = performance.now();
    } else if (performance.now() - since > PATIENCE_MS) {
      done.resolve(undefined);
    }
  }, LOOK_MS);
  worker.once('message', done.resolve);
  worker.once('error', done.reject);
  try {
    worker.postMessage({ found, max, progress } satisfies Trial);
    return await done.promise;
  } finally {
    clearInterval(look);
    worker.off('message', done.resolve);
    worker.off('error', done.reject);
  }
}

export const regExpTargets: readonly FuzzTarget[] = [{ name: NAME, share: 30, fuzz }];

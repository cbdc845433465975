/** Tries texts on one expression after the other, as it is told. Each text is announced before it is tried. */
import { parentPort } from 'node:worker_threads';

import { evilTexts, type FoundRegExp } from './evil.ts';

export interface Trial {
  readonly found: FoundRegExp;
  /** At most this many texts. */
  readonly max: number;
  /** Its first number says which text is being tried. */
  readonly progress: Int32Array;
}

export interface Tried {
  readonly texts: number;
  readonly matched: number;
  readonly slowestMs: number;
  /** The beginning of the text that took longest. */
  readonly slowest: string;
}

parentPort?.on('message', ({ found, max, progress }: Trial) => {
  const all = evilTexts(found);
  // Spread over all kinds of texts.
  const every = Math.max(1, Math.ceil(all.length / max));
  const texts = all.filter((_text, index) => index % every === 0);
  let worst = { slowestMs: 0, slowest: '' };
  let matched = 0;
  for (const text of texts) {
    Atomics.add(progress, 0, 1);
    const { matches, ms: slowestMs } = quickest(found, text);
    if (matches) matched += 1;
    if (slowestMs > worst.slowestMs) worst = { slowestMs, slowest: text.slice(0, 60) };
  }
  parentPort?.postMessage({ texts: texts.length, matched, ...worst } satisfies Tried);
});

/** Again when it was slow: the thread does other work too. Measured in time of the processor. */
const SLOW_MS = 100;
const ATTEMPTS = 3;

function quickest({ source, flags }: FoundRegExp, text: string): { matches: boolean; ms: number } {
  let ms = Infinity;
  let matches = false;
  for (let attempt = 0; attempt < ATTEMPTS && ms > SLOW_MS; attempt += 1) {
    const expression = new RegExp(source, flags);
    const before = process.threadCpuUsage();
    matches = expression.test(text);
    const { user, system } = process.threadCpuUsage(before);
    ms = Math.min(ms, (user + system) / 1_000);
  }
  return { matches, ms };
}

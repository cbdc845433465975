/** Shares the seeds out to threads, says how it goes, and ends with one line that says it all. */
import { Worker } from 'node:worker_threads';
import type { SimulateOptions } from './options.ts';
import type { Batch, BatchResult } from './worker.ts';

const BATCH_SEEDS = 25;
const PROGRESS_EVERY_MS = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const REPORTS_AT_MOST = 20;

interface Sum {
  seeds: number;
  broken: number[];
  cpuMs: number;
  simulatedMs: number;
  releases: number;
  events: number;
}

/** True when every promise held in every story. */
export async function runMany(options: SimulateOptions): Promise<boolean> {
  const { from, seeds, minutes, workers } = options;
  const startedMs = performance.now();
  const endMs = minutes === undefined ? Infinity : startedMs + minutes * MINUTE_MS;
  const sum: Sum = { seeds: 0, broken: [], cpuMs: 0, simulatedMs: 0, releases: 0, events: 0 };
  let next = from;
  const nextBatch = (): Batch | undefined => {
    if (next >= from + seeds || performance.now() >= endMs) return undefined;
    const batch = { from: next, to: Math.min(next + BATCH_SEEDS, from + seeds) - 1 };
    next = batch.to + 1;
    return batch;
  };
  const progress = setInterval(() => {
    say(`${sum.seeds}${seeds === Infinity ? '' : ` of ${seeds}`} seeds, ${rates(sum, startedMs)}`);
  }, PROGRESS_EVERY_MS);
  try {
    const threads = Array.from({ length: workers }, () =>
      runWorker(nextBatch, (result) => add(sum, result)),
    );
    await Promise.all(threads);
  } finally {
    clearInterval(progress);
  }
  return finish(sum, from, startedMs);
}

/** One thread, which works until nothing is left. */
function runWorker(
  nextBatch: () => Batch | undefined,
  onResult: (result: BatchResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url));
    const give = (): void => {
      const batch = nextBatch();
      if (batch === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage(batch);
    };
    worker.on('message', (result: BatchResult) => {
      onResult(result);
      give();
    });
    worker.on('error', reject);
    give();
  });
}

function add(sum: Sum, result: BatchResult): void {
  sum.seeds += result.seeds;
  sum.cpuMs += result.cpuMs;
  sum.simulatedMs += result.simulatedMs;
  sum.releases += result.releases;
  sum.events += result.events;
  for (const { seed, report } of result.broken) {
    if (sum.broken.length < REPORTS_AT_MOST) say(report);
    sum.broken.push(seed);
  }
}

function rates(sum: Sum, startedMs: number): string {
  const perSecond = sum.seeds / ((performance.now() - startedMs) / 1_000);
  const perCpu = sum.cpuMs === 0 ? 0 : sum.seeds / (sum.cpuMs / 1_000);
  return `${perSecond.toFixed(1)} a second (${perCpu.toFixed(1)} a processor second), ${sum.broken.length} broken`;
}

function finish(sum: Sum, from: number, startedMs: number): boolean {
  const hours = (sum.simulatedMs / HOUR_MS).toFixed(1);
  const { seeds, broken, releases, events } = sum;
  say(`told ${releases} releases in ${hours} simulated hours, ${events} calls`);
  if (broken.length > 0) say(`broken seeds: ${broken.sort((a, b) => a - b).join(' ')}`);
  const passed = seeds - broken.length;
  const to = from + seeds - 1;
  say(
    `seeds ${from} to ${to}: ${passed} passed, ${broken.length} failed, ${rates(sum, startedMs)}`,
  );
  return broken.length === 0 && seeds > 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One thread of the runner: tells the seeds it is given, one after the other. */
import { parentPort } from 'node:worker_threads';
import { report } from './report.ts';
import { runSeed } from './run-story.ts';

export interface Batch {
  readonly from: number;
  readonly to: number;
}

export interface BatchResult {
  readonly seeds: number;
  readonly broken: readonly { readonly seed: number; readonly report: string }[];
  /** Processor time, all of this thread's. */
  readonly cpuMs: number;
  readonly simulatedMs: number;
  readonly releases: number;
  readonly events: number;
}

/** So many seeds are told twice, to see that both are the same to the last byte. */
const TOLD_TWICE_EVERY = 50;

// Errors are part of the stories, by the thousand; their stacks would be most of the work.
Error.stackTraceLimit = 0;

export async function runBatch({ from, to }: Batch): Promise<BatchResult> {
  const broken: { seed: number; report: string }[] = [];
  let [simulatedMs, releases, events] = [0, 0, 0];
  const before = process.threadCpuUsage();
  for (let seed = from; seed <= to; seed += 1) {
    const result = await runSeed(seed);
    simulatedMs += result.lengthMs;
    releases += result.ends.length;
    events += result.log.length;
    if (result.violations.length > 0) broken.push({ seed, report: report(result) });
    if (seed % TOLD_TWICE_EVERY !== 0) continue;
    const again = await runSeed(seed);
    if (again.fingerprint === result.fingerprint) continue;
    broken.push({ seed, report: `seed ${seed} told twice gives two different stories` });
  }
  const { user, system } = process.threadCpuUsage(before);
  const cpuMs = (user + system) / 1_000;
  return { seeds: to - from + 1, broken, cpuMs, simulatedMs, releases, events };
}

parentPort?.on('message', (batch: Batch) => {
  void runBatch(batch).then((result) => parentPort?.postMessage(result));
});

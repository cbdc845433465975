/** One thread of workers.ts: does the tasks it is given by the module it is told, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';

interface Message {
  readonly index: number;
  readonly task: unknown;
}

type Work = (task: unknown) => unknown;

const work = await loadWork(String(workerData));

parentPort?.on('message', ({ index, task }: Message) => {
  parentPort?.postMessage({ index, result: work(task) });
});

async function loadWork(address: string): Promise<Work> {
  const module: unknown = await import(address);
  if (typeof module === 'object' && module !== null && 'work' in module) {
    const { work: found } = module;
    if (typeof found === 'function') {
      return (task): unknown => Reflect.apply(found, undefined, [task]);
    }
  }
  throw new Error(`${address} exports no function "work".`);
}

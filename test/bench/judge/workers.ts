/** Shares tasks out to threads. Results come in the order of the tasks, whatever the number of threads. */
import { Worker } from 'node:worker_threads';

export interface TaskOptions<Task, Result> {
  /** A module that exports `work(task)`: what `work` below is. Started in every thread. */
  readonly module: URL;
  /** The same function, for the case of one thread. Tasks and results must survive a structured clone. */
  readonly work: (task: Task) => Result;
  readonly tasks: readonly Task[];
  readonly workers: number;
  readonly onDone?: (done: number, all: number) => void;
}

interface Answer<Result> {
  readonly index: number;
  readonly result: Result;
}

export async function runTasks<Task, Result>(
  options: TaskOptions<Task, Result>,
): Promise<Result[]> {
  const { module, work, tasks, workers, onDone } = options;
  const results = new Map<number, Result>();
  const keep = (index: number, result: Result): void => {
    results.set(index, result);
    onDone?.(results.size, tasks.length);
  };
  if (workers <= 1) {
    for (const [index, task] of tasks.entries()) keep(index, work(task));
  } else {
    let next = 0;
    const take = (): number | undefined => (next < tasks.length ? next++ : undefined);
    const threads = Array.from({ length: Math.min(workers, tasks.length) }, () =>
      runThread({ module, tasks, take, keep }),
    );
    await Promise.all(threads);
  }
  return tasks.map((_, index) => {
    const result = results.get(index);
    if (result === undefined) throw new Error(`Task ${index} of ${module.pathname} has no result.`);
    return result;
  });
}

interface ThreadOptions<Task, Result> {
  readonly module: URL;
  readonly tasks: readonly Task[];
  readonly take: () => number | undefined;
  readonly keep: (index: number, result: Result) => void;
}

/** One thread, which works until no task is left. */
function runThread<Task, Result>(options: ThreadOptions<Task, Result>): Promise<void> {
  const { module, tasks, take, keep } = options;
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: module.href });
    const give = (): void => {
      const index = take();
      if (index === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage({ index, task: tasks[index] });
    };
    worker.on('message', ({ index, result }: Answer<Result>) => {
      keep(index, result);
      give();
    });
    worker.on('error', reject);
    give();
  });
}

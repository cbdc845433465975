/** Starts what calls the app's queue and timer functions, and calls one by hand. */
import type { LocalFunction } from './function-description.ts';
import type { HostLog } from './host-log.ts';
import type { QueueOptions } from './host-json.ts';
import type { Invoker } from './invoker.ts';
import type { QueueClients } from './queue-clients.ts';
import { startQueueListener } from './queue-listener.ts';
import type { QueueListener } from './queue-listener.ts';
import { triggerMetadata } from './queue-messages.ts';
import { startTimerListener, timerInput } from './timer-listener.ts';
import type { TimerListener } from './timer-listener.ts';
import { parseSchedule } from './timer-schedule.ts';
import { createTimerStatusStore } from './timer-status.ts';
import { pause } from './waiting.ts';

/** What the listeners work with. */
export interface ListenerOptions {
  readonly invoker: Invoker;
  readonly clients: QueueClients;
  readonly rules: QueueOptions;
  readonly leaseSeconds: number;
  readonly storageConnectionString: string;
  /** Wakes the listeners of a queue that got a message. */
  readonly onSent: (queueName: string) => void;
  readonly log: HostLog;
}

/** Queue listeners with the queues they poll. */
export type QueueListeners = readonly {
  readonly queueName: string;
  readonly listener: QueueListener;
}[];

/** Creates missing queues and starts polling. */
export async function startQueueListeners(
  functions: readonly LocalFunction[],
  options: ListenerOptions,
): Promise<QueueListeners> {
  const { clients, invoker } = options;
  const listeners: QueueListeners[number][] = [];
  for (const fn of functions) {
    const { info, bindingName: name } = fn;
    if (info.type !== 'queue') continue;
    const { connection, queueName } = info;
    const queue = clients({ connection, queueName });
    await queue.createIfNotExists();
    const listener = startQueueListener({
      functionName: info.name,
      queue,
      poisonQueue: clients({ connection, queueName: `${queueName}-poison` }),
      ...options,
      onPoisoned: options.onSent,
      run: async (message, text) => {
        const metadata = triggerMetadata(message, text);
        await invoker.invoke(fn, { name, data: { string: text }, triggerMetadata: metadata });
      },
    });
    listeners.push({ queueName, listener });
  }
  return listeners;
}

/**
 * Reads all schedules, and gives what starts the timers.
 *
 * @throws FunctionsHostError `schedule-invalid`
 */
export function prepareTimers(
  functions: readonly LocalFunction[],
  options: ListenerOptions,
): () => TimerListener[] {
  const store = createTimerStatusStore(options.storageConnectionString);
  const timers = functions.flatMap((fn) => {
    const { info, bindingName: name } = fn;
    if (info.type !== 'timer') return [];
    const schedule = parseSchedule(info.schedule, `Function "${info.name}"`);
    const start = (): TimerListener =>
      startTimerListener({
        functionName: info.name,
        schedule,
        runOnStartup: info.runOnStartup,
        useMonitor: info.useMonitor,
        store,
        run: async (data) => {
          await options.invoker.invoke(fn, { name, data });
        },
        now: Date.now,
        pause,
        log: options.log,
      });
    return [start];
  });
  return () => timers.map((start) => start());
}

/** Runs a timer or queue function once, beside its schedule or queue, as the admin API does. */
export function runByHand(invoker: Invoker, fn: LocalFunction, input: string): void {
  const data = fn.info.type === 'timer' ? timerInput(undefined, false) : { string: input };
  // A failure is logged by the invoker; nobody waits for the answer.
  invoker.invoke(fn, { name: fn.bindingName, data }).catch(() => undefined);
}

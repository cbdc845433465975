/** Runs one timer function on its schedule, with the rules of the real host's timer listener (azure.md 4.3). */
import { stackOf } from './host-error.ts';
import type { HostLog } from './host-log.ts';
import type { RpcTypedData } from './core-types.ts';
import { isFrequent } from './timer-schedule.ts';
import type { TimerSchedule } from './timer-schedule.ts';
import type { TimerStatus, TimerStatusStore } from './timer-status.ts';
import type { pause } from './waiting.ts';

/** A timer function, its schedule and its surroundings. */
export interface TimerListenerOptions {
  readonly functionName: string;
  readonly schedule: TimerSchedule;
  readonly runOnStartup: boolean;
  /** As registered: a schedule with intervals under a minute is never monitored. */
  readonly useMonitor: boolean;
  readonly store: TimerStatusStore;
  /** Runs the function; rejects, after logging why, when it fails. */
  readonly run: (input: RpcTypedData) => Promise<void>;
  readonly now: () => number;
  readonly pause: typeof pause;
  readonly log: HostLog;
}

/** A running timer. */
export interface TimerListener {
  /** Ends the schedule and waits for a run that is going on. */
  stop(): Promise<void>;
}

/**
 * Starts a timer. Runs never overlap; what was due during a long run is made up by one run right after
 * it; what was due while the host was down is made up by one run that says `isPastDue`. A failed
 * run is not repeated.
 */
export function startTimerListener(options: TimerListenerOptions): TimerListener {
  const stopping = new AbortController();
  const runs = keepRunning(options, stopping.signal).catch((error: unknown) => {
    options.log('error', options.functionName, `The timer has ended: ${stackOf(error)}`);
  });
  return {
    stop: async () => {
      stopping.abort();
      await runs;
    },
  };
}

/** What the function gets; members are in Pascal case on the wire (azure.md 4.2). */
export function timerInput(status: TimerStatus | undefined, isPastDue: boolean): RpcTypedData {
  const ScheduleStatus =
    status === undefined
      ? null
      : {
          Last: dateText(status.lastMs),
          Next: dateText(status.nextMs),
          LastUpdated: dateText(status.lastMs),
        };
  const input = { Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue: isPastDue };
  return { json: JSON.stringify(input) };
}

async function keepRunning(options: TimerListenerOptions, stopping: AbortSignal): Promise<void> {
  const { schedule, now } = options;
  const isMonitored = options.useMonitor && !isFrequent(schedule, now());
  const stored = isMonitored ? await readStatus(options) : undefined;
  const isPastDue = stored !== undefined && stored.nextMs < now();
  let status = stored ?? {
    expression: schedule.expression,
    lastMs: 0,
    nextMs: schedule.nextAfter(now()),
  };
  if (isMonitored && stored === undefined) await writeStatus(options, status);

  const run = async (startedMs: number, pastDue: boolean): Promise<void> => {
    // The schedule goes on whatever happens; there is no other run for a failed one.
    await options.run(timerInput(isMonitored ? status : undefined, pastDue)).catch(() => undefined);
    const { expression } = schedule;
    status = { expression, lastMs: startedMs, nextMs: schedule.nextAfter(startedMs) };
    if (isMonitored) await writeStatus(options, status);
  };
  if ((isPastDue || options.runOnStartup) && !stopping.aborted) await run(now(), isPastDue);
  for (;;) {
    await options.pause(status.nextMs - now(), stopping);
    if (stopping.aborted) return;
    // A timer may fire a little early: counted as its due time, else the same occurrence comes twice.
    await run(Math.max(now(), status.nextMs), false);
  }
}

/** A status of another schedule says nothing about this one. */
async function readStatus(options: TimerListenerOptions): Promise<TimerStatus | undefined> {
  const status = await options.store.read(options.functionName);
  return status?.expression === options.schedule.expression ? status : undefined;
}

async function writeStatus(options: TimerListenerOptions, status: TimerStatus): Promise<void> {
  try {
    await options.store.write(options.functionName, status);
  } catch (error) {
    const message = `The timer's status could not be written: ${stackOf(error)}`;
    options.log('warning', options.functionName, message);
  }
}

/** As .NET writes a DateTimeOffset; a timer that never ran has its smallest value. */
function dateText(ms: number): string {
  if (ms === 0) return '0001-01-01T00:00:00+00:00';
  return new Date(ms).toISOString().replace(/Z$/, '+00:00');
}

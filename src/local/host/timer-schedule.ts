/** NCRONTAB schedules: `{second} {minute} {hour} {day} {month} {weekday}`, in UTC as in Azure. */
import { Cron } from 'croner';

import { FunctionsHostError } from './host-error.ts';

const MINUTE_MS = 60_000;
const OCCURRENCES_LOOKED_AT = 5;

/** When a timer function is due. Times are milliseconds since 1970. */
export interface TimerSchedule {
  readonly expression: string;
  /** The first occurrence after `afterMs`. */
  nextAfter(afterMs: number): number;
}

/**
 * Reads a schedule of five or six fields.
 *
 * @throws FunctionsHostError `schedule-invalid`, also for one that never comes
 */
export function parseSchedule(expression: string, usedBy: string): TimerSchedule {
  let cron: Cron;
  try {
    // NCRONTAB wants day and weekday both to fit, unlike classic cron.
    cron = new Cron(expression, { mode: '5-or-6-parts', timezone: 'UTC', domAndDow: true });
  } catch (cause) {
    const message = `${usedBy} has the schedule "${expression}", which is no NCRONTAB expression like "*/30 * * * * *".`;
    throw new FunctionsHostError('schedule-invalid', message, { cause });
  }
  const nextAfter = (afterMs: number): number => {
    const next = cron.nextRun(new Date(afterMs));
    if (next !== null) return next.getTime();
    const message = `${usedBy} has the schedule "${expression}", which never comes again.`;
    throw new FunctionsHostError('schedule-invalid', message);
  };
  nextAfter(0);
  return { expression, nextAfter };
}

/** Whether any of its next intervals is under a minute: such timers are not monitored (azure.md 4.3). */
export function isFrequent(schedule: TimerSchedule, nowMs: number): boolean {
  let previousMs = schedule.nextAfter(nowMs);
  for (let looked = 0; looked < OCCURRENCES_LOOKED_AT; looked += 1) {
    const nextMs = schedule.nextAfter(previousMs);
    if (nextMs - previousMs < MINUTE_MS) return true;
    previousMs = nextMs;
  }
  return false;
}

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { startTimerListener } from '../../../src/local/host/timer-listener.ts';
import type { TimerListener } from '../../../src/local/host/timer-listener.ts';
import { isFrequent, parseSchedule } from '../../../src/local/host/timer-schedule.ts';
import type { TimerStatus } from '../../../src/local/host/timer-status.ts';

const inputSchema = z.object({
  IsPastDue: z.boolean(),
  ScheduleStatus: z.object({ Last: z.string(), Next: z.string() }).nullable(),
});
const at = (time: string): number => Date.parse(`2026-03-01T${time}Z`);
const timeOf = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** Runs a timer on a simulated clock until it ran `runs` times; each run takes `runMs[i]`. */
async function simulate(options: {
  schedule: string;
  startedAt: string;
  runs: number;
  runMs?: readonly number[];
  runOnStartup?: boolean;
  stored?: TimerStatus;
  fails?: boolean;
}) {
  let nowMs = at(options.startedAt);
  const started: string[] = [];
  const pastDue: boolean[] = [];
  const statuses: ({ Last: string; Next: string } | null)[] = [];
  let written: TimerStatus | undefined;
  const done = Promise.withResolvers<undefined>();
  let listener: TimerListener | undefined = undefined;
  const run = async (input: { json?: string }): Promise<void> => {
    const { IsPastDue, ScheduleStatus } = inputSchema.parse(JSON.parse(input.json ?? ''));
    started.push(timeOf(nowMs));
    pastDue.push(IsPastDue);
    statuses.push(ScheduleStatus);
    nowMs += options.runMs?.[started.length - 1] ?? 10;
    if (started.length >= options.runs) {
      void listener?.stop().then(() => done.resolve(undefined));
    }
    if (options.fails === true) throw new Error('failed');
  };
  listener = startTimerListener({
    functionName: 'timer',
    schedule: parseSchedule(options.schedule, 'Function "timer"'),
    runOnStartup: options.runOnStartup ?? false,
    useMonitor: true,
    store: {
      read: async () => options.stored,
      write: async (_name, status) => {
        written = status;
      },
    },
    run,
    now: () => nowMs,
    pause: async (ms, signal) => {
      await Promise.resolve();
      // A timer that fires a millisecond early, as Node's may.
      if (!signal.aborted) nowMs += Math.max(ms - 1, 0);
    },
    log: () => undefined,
  });
  await done.promise;
  return { started, pastDue, statuses, written };
}

describe('a timer', () => {
  it('runs at each occurrence once, though timers fire early', async () => {
    const { started, pastDue, statuses } = await simulate({
      schedule: '*/30 * * * * *',
      startedAt: '10:00:05',
      runs: 3,
    });
    expect(started).toEqual(['10:00:29', '10:00:59', '10:01:29']);
    expect(pastDue).toEqual([false, false, false]);
    expect(statuses).toEqual([null, null, null]);
  });

  it('makes up once, right away, for what was due during a long run', async () => {
    const { started, pastDue } = await simulate({
      schedule: '*/10 * * * * *',
      startedAt: '10:00:00',
      runs: 3,
      runMs: [35_000, 10, 10],
    });
    expect(started).toEqual(['10:00:09', '10:00:44', '10:00:49']);
    expect(pastDue).toEqual([false, false, false]);
  });

  it('goes on after a failure', async () => {
    const { started } = await simulate({
      schedule: '*/10 * * * * *',
      startedAt: '10:00:00',
      runs: 2,
      fails: true,
    });
    expect(started).toEqual(['10:00:09', '10:00:19']);
  });

  it('is past due once when it was missed while the host was down', async () => {
    const expression = '0 */5 * * * *';
    const stored = { expression, lastMs: at('09:00:00'), nextMs: at('09:05:00') };
    const { started, pastDue, statuses, written } = await simulate({
      schedule: expression,
      startedAt: '10:01:00',
      runs: 2,
      stored,
    });
    expect(started).toEqual(['10:01:00', '10:04:59']);
    expect(pastDue).toEqual([true, false]);
    expect(statuses[0]?.Next).toBe('2026-03-01T09:05:00.000+00:00');
    expect(written?.nextMs).toBe(at('10:10:00'));
  });

  it('knows nothing of what it missed under another schedule', async () => {
    const stored = { expression: '0 0 * * * *', lastMs: 0, nextMs: at('09:00:00') };
    const { started, pastDue } = await simulate({
      schedule: '0 */5 * * * *',
      startedAt: '10:01:00',
      runs: 1,
      stored,
    });
    expect(started).toEqual(['10:04:59']);
    expect(pastDue).toEqual([false]);
  });

  it('runs when the host starts, if it wants to', async () => {
    const { started } = await simulate({
      schedule: '0 */5 * * * *',
      startedAt: '10:01:00',
      runs: 2,
      runOnStartup: true,
    });
    expect(started).toEqual(['10:01:00', '10:04:59']);
  });
});

describe('schedules', () => {
  it.each([
    ['*/5 * * * *', '10:00:01', '10:05:00'],
    ['30 * * * * *', '10:00:31', '10:01:30'],
    ['0 0 9-17 * * MON-FRI', '10:00:00', '09:00:00'],
  ])('%s after %s comes at %s', (expression, after, next) => {
    expect(timeOf(parseSchedule(expression, 'It').nextAfter(at(after)))).toBe(next);
  });

  it('want day and weekday both to fit', () => {
    const next = parseSchedule('0 0 0 13 * FRI', 'It').nextAfter(at('00:00:00'));
    expect(new Date(next).toISOString()).toBe('2026-03-13T00:00:00.000Z');
  });

  it.each(['often', '* * * * * * * *', '00:05:00', '0 0 0 30 2 *'])('refuse %s', (expression) => {
    const parse = () => parseSchedule(expression, 'Function "x"');
    expect(parse).toThrow(expect.objectContaining({ code: 'schedule-invalid' }));
  });

  it.each([
    ['*/30 * * * * *', true],
    ['0 * * * * *', false],
    ['0,59 0 * * * *', true],
  ])('%s is frequent: %s', (expression, frequent) => {
    expect(isFrequent(parseSchedule(expression, 'It'), at('10:00:00'))).toBe(frequent);
  });
});

/**
 * The way of one call from a worker to the other side and back: it takes its time and may fail, arrive
 * late, lose its answer or be the worker's last.
 */
import type { CallKind, Fate, Family } from './fates.ts';
import { ARM_TIMEOUT_MS, STORE_TIMEOUT_MS } from './fates.ts';
import { type Instance, type Task, isDead } from './instance.ts';
import type { Scheduler } from './scheduler.ts';

export interface Way {
  readonly task: Task;
  readonly scheduler: Scheduler;
  readonly now: () => number;
  readonly fateOf: (call: CallKind) => Fate;
  readonly log: (line: string) => void;
  readonly crash: (instance: Instance) => void;
}

/** @param never called when the request never reaches the other side, whatever the worker is told */
export type Through = <T>(
  call: CallKind,
  effect: () => T | Promise<T>,
  never?: () => void,
) => Promise<T>;

export function throughFate(way: Way): Through {
  const { task, scheduler, fateOf } = way;
  return async (call, effect, never) => {
    if (!isAwake(way)) await awake(way);
    const fate = fateOf(call);
    way.log(`${task.name} ${call.name} ${fate.name}`);
    if (!fate.arrives) never?.();
    if (fate.crash !== undefined) {
      way.crash(task.instance);
      if (fate.arrives) void carry(way, fate, effect).catch(() => undefined);
      return gone();
    }
    const timeoutMs = TIMEOUTS[call.family];
    if (fate.error !== undefined && fate.arrives && fate.beforeMs > timeoutMs) {
      void carry(way, fate, effect).catch(() => undefined);
      await scheduler.sleep(timeoutMs);
      await awake(way);
      throw fate.error;
    }
    try {
      const value = await carry(way, fate, effect);
      if (fate.afterMs > 0) await scheduler.sleep(fate.afterMs);
      if (fate.error === undefined) return value;
    } finally {
      if (!isAwake(way)) await awake(way);
    }
    throw fate.error;
  };
}

/** Time that passes for one worker: no earlier than its machine goes on, never when its process died. */
export function resting(way: Waiting): (ms: number) => Promise<void> {
  return async (ms) => {
    await way.scheduler.sleep(Math.ceil(ms));
    if (!isAwake(way)) await awake(way);
  };
}

const TIMEOUTS: Readonly<Record<Family, number>> = {
  arm: ARM_TIMEOUT_MS,
  store: STORE_TIMEOUT_MS,
  telemetry: Infinity,
  probe: Infinity,
  notice: Infinity,
};

/** The request's way to the other side, and its effect there. */
async function carry<T>({ scheduler }: Way, fate: Fate, effect: () => T | Promise<T>): Promise<T> {
  await scheduler.sleep(fate.beforeMs);
  if (!fate.arrives) throw fate.error ?? new Error('the call never arrives');
  const value = await effect();
  return fate.resent ? effect() : value;
}

type Waiting = Pick<Way, 'task' | 'scheduler' | 'now'>;

function isAwake({ task, now }: Waiting): boolean {
  return !isDead(task) && task.instance.frozenUntilMs <= now();
}

/** A frozen machine goes on when it thaws; a dead process waits for nothing and runs no `finally`. */
async function awake({ task, scheduler, now }: Waiting): Promise<void> {
  while (!isDead(task) && task.instance.frozenUntilMs > now()) {
    await scheduler.sleep(task.instance.frozenUntilMs - now());
  }
  if (isDead(task)) return gone();
}

function gone(): Promise<never> {
  return new Promise(() => undefined);
}

/**
 * The functions host over several instances: queue messages find a worker and come back when it did not
 * finish, the timer fires on one instance, processes die and are started again (azure.md 4.3).
 */
import { isFinal, passesByItself } from '../../src/api/error-response.ts';
import { probesAsked } from '../../src/api/probe-message.ts';
import { MESSAGE_SENDER } from '../../src/api/principal.ts';
import type { Controller } from '../../src/controller/controller.ts';
import { type Message, type Queues, createQueues } from './cloud/queues.ts';
import {
  type Instance,
  type InstanceWorld,
  type Task,
  crash,
  isDead,
  newTask,
} from './instance.ts';
import type { Scheduler } from './scheduler.ts';
import type { Rates } from './story/story.ts';
import { type Span, createUnattended, runsFromMs } from './truth/unattended.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** host.json: a message whose function failed is shown again after this. */
const SHOWN_AGAIN_AFTER_MS = 10 * SECOND;
/** As the doors do it: more often only while storage is away. */
const DELIVERIES_AT_MOST = 5;
/** The host holds a message for ten minutes while its function runs, and renews half-way. */
const HELD_AT_LEAST_MS = 5 * MINUTE;
const HELD_AT_MOST_MS = 10 * MINUTE;
const FREEZES_APART_MS = 15 * MINUTE;

export type Use = (controller: Controller) => Promise<unknown>;

export interface HostWorld extends InstanceWorld {
  readonly scheduler: Scheduler;
  readonly rates: () => Rates;
  readonly instances: readonly Instance[];
  readonly controllerOf: (task: Task) => Promise<Controller>;
  readonly log: (line: string) => void;
  readonly ended: (task: Task) => void;
}

export interface Host {
  readonly queues: Queues;
  /** Keys of starts that the host gave up on: they are in the poison queue. */
  readonly givenUp: ReadonlySet<string>;
  /** Runs one use case on some instance that is up. */
  run(name: string, use: Use): void;
  crash(instance: Instance): void;
  /** No machine stands still, every process is there. */
  allUp(): boolean;
  /** When no instance ran at all. */
  readonly unattended: readonly Span[];
  /** Half a minute goes by: the timer fires when `due`, machines freeze and clocks jump. */
  turn(due: boolean): void;
}

export function createHost(world: HostWorld): Host {
  const { scheduler, now, prng, rates, instances, log } = world;
  const held = new Map<Message, Task>();
  const givenUp = new Set<string>();
  const unattended = createUnattended(instances, now);
  const queues = createQueues(now, (message) => expect(message));
  let tasks = 0;

  function expect(message: Message): void {
    const { messageLost, messageLate } = rates();
    if (message.queue !== 'releases' && prng.chance(messageLost)) return;
    const polledMs = prng.chance(messageLate) ? 4 * MINUTE : prng.int(100, 2_000);
    scheduler.at(message.visibleAtMs + polledMs, () => deliver(message));
  }

  function awake(): Instance | undefined {
    const up = instances.filter((instance) => isUp(instance, now()));
    return up.length === 0 ? undefined : up[prng.int(0, up.length - 1)];
  }

  function deliver(message: Message): void {
    if (message.deleted || message.visibleAtMs > now() || message.expiresAtMs <= now()) return;
    const instance = awake();
    if (instance === undefined) {
      queues.showAgain(message, now() + 5 * SECOND);
      return;
    }
    message.visibleAtMs = Infinity;
    message.dequeueCount += 1;
    work(message, instance);
    // Doubled: held too long by the one, it is shown to another.
    const other = prng.chance(rates().messageTwice) ? awake() : undefined;
    if (other !== undefined) work(message, other);
  }

  function work(message: Message, instance: Instance): void {
    const task = begin(message.queue, instance, useOf(message), (failure) => {
      held.delete(message);
      if (failure === undefined) message.deleted = true;
      else if (isGivenUp(message, failure.error)) giveUp(message);
      else queues.showAgain(message, now() + SHOWN_AGAIN_AFTER_MS);
    });
    // It may have died at its very first call.
    if (isDead(task)) comesBack(message);
    else held.set(message, task);
  }

  function comesBack(message: Message): void {
    queues.showAgain(message, now() + prng.int(HELD_AT_LEAST_MS, HELD_AT_MOST_MS));
  }

  function giveUp(message: Message): void {
    if (message.deleted) return;
    message.deleted = true;
    if (message.queue !== 'releases') return;
    givenUp.add(keyOf(message));
    const poison = { queue: message.queue, id: message.id, message: message.text };
    run('releases-poison', (controller) =>
      controller.recordPoison({ ...poison, code: 'given-up', problem: 'five deliveries' }),
    );
  }

  function begin(
    name: string,
    instance: Instance,
    use: Use,
    settled: (failure: { readonly error: unknown } | undefined) => void,
  ): Task {
    const task = newTask(`${(tasks += 1)}:${name}@${instance.name}`, instance);
    const end = (outcome: string, failure?: { readonly error: unknown }): void => {
      if (isDead(task)) return;
      log(`${task.name} ${outcome}`);
      world.ended(task);
      settled(failure);
    };
    world
      .controllerOf(task)
      .then(use)
      .then(
        (value) => end(`= ${typeof value === 'number' ? value : 'done'}`),
        (error: unknown) => end(`! ${String(error)}`, { error }),
      );
    return task;
  }

  function run(name: string, use: Use): void {
    const instance = awake();
    if (instance === undefined) log(`${name}: nobody answers`);
    else begin(name, instance, use, () => undefined);
  }

  return {
    queues,
    givenUp,
    run,
    unattended: unattended.spans,
    allUp: () => instances.every((instance) => isUp(instance, now())),
    crash: (instance) => {
      log(`${instance.name} dies`);
      crash(instance, world);
      unattended.note();
      for (const [message, task] of held) {
        if (!isDead(task)) continue;
        held.delete(message);
        comesBack(message);
      }
    },
    turn: (due) => {
      for (const instance of instances) disturb(world, instance);
      unattended.note();
      // The timer's lock is one instance's; for a while after a crash there may be two.
      const fires = due || prng.chance(0.1) ? (prng.chance(rates().messageTwice * 0.2) ? 2 : 1) : 0;
      for (let times = 0; times < fires; times += 1)
        run('clock', (controller) => controller.clock());
    },
  };
}

function isGivenUp({ dequeueCount }: Message, error: unknown): boolean {
  return dequeueCount >= DELIVERIES_AT_MOST && !passesByItself(error);
}

function isUp(instance: Instance, nowMs: number): boolean {
  return runsFromMs(instance) <= nowMs;
}

function disturb(world: HostWorld, instance: Instance): void {
  const { prng, rates, now, log } = world;
  const alone = world.instances.length === 1;
  const { freeze, jump } = rates();
  // One after the other they would be an outage of all, which nobody promises anything for.
  const rested = now() > instance.frozenUntilMs + FREEZES_APART_MS;
  if (prng.chance(freeze) && rested) {
    const drawnMs = prng.pick([20, 60, 150, 400, 900]) * SECOND;
    // With one instance it is an outage of everything.
    const ms = alone ? Math.min(drawnMs, 400 * SECOND) : drawnMs;
    instance.frozenUntilMs = Math.max(instance.frozenUntilMs, now() + ms);
    log(`${instance.name} freezes for ${ms} ms`);
  }
  if (prng.chance(jump)) {
    const ms = prng.pick([500, -500, 40 * SECOND, -40 * SECOND, 60 * MINUTE, -60 * MINUTE]);
    instance.machine.jump(ms);
    log(`${instance.name}: the clock is set by ${ms} ms`);
  }
}

/** What the queue doors do with a message (src/functions). */
function useOf(message: Message): Use {
  if (message.queue === 'ticks') {
    const { release } = JSON.parse(message.text) as { release: string };
    return (controller) => controller.tick(release);
  }
  if (message.queue === 'probes') {
    const asked = probesAsked(message.text);
    return async (controller) => {
      if (asked !== undefined) await controller.probeWindow(asked);
    };
  }
  return startOf(message);
}

function startOf(message: Message): Use {
  const body: unknown = JSON.parse(message.text);
  return async (controller) => {
    try {
      await controller.start({ body, fallbackKey: message.id, caller: MESSAGE_SENDER });
    } catch (error) {
      if (!isFinal(error)) throw error;
      const { code, message: problem } = error;
      const { queue, id, text } = message;
      await controller.recordPoison({ queue, id, message: text, code, problem });
    }
  };
}

function keyOf({ text }: Message): string {
  return (JSON.parse(text) as { key: string }).key;
}

/** One instance of the function app: a process with clocks of its own that may freeze, die and come back. */
import { type StoreClock, createStoreClock } from '../../src/adapters/store/store-clock.ts';
import type { Release } from '../../src/release/release.ts';
import { type MachineClock, createMachineClock } from './cloud/machine-clock.ts';
import type { Prng } from '../support/prng.ts';

export interface Instance {
  readonly name: string;
  /** Counts the processes: what an earlier one had begun is dead. */
  life: number;
  machine: MachineClock;
  clock: StoreClock;
  /** The tables are there and have told their time; as the app does it, once a process. */
  ready: Promise<unknown> | undefined;
  /** Nothing moves until then: the machine is stalled. */
  frozenUntilMs: number;
  /** No process until then: it crashed and is started again. */
  downUntilMs: number;
}

/** One run of a use case in one process. */
export interface Task {
  readonly name: string;
  readonly instance: Instance;
  readonly life: number;
  /** The release as this worker last put it into the store. */
  committed: Release | undefined;
  /** When its reads last had their answer made, milliseconds. */
  readonly readAt: { rules: number; site: number; content: number };
  /** The last answer of a write to Azure that reached it, until it is recorded. */
  unrecorded: Unrecorded | undefined;
  /** A call to the store failed, so that nothing can be asked of it. */
  storeFailed: boolean;
}

export interface Unrecorded {
  readonly releaseId: string;
  readonly claimId: string;
}

export interface InstanceWorld {
  readonly now: () => number;
  readonly prng: Prng;
  /** Whether clocks drift, jump and start wrong in this story. */
  readonly wrongClocks: boolean;
}

export function createInstance(name: string, world: InstanceWorld): Instance {
  return { name, life: 0, frozenUntilMs: 0, downUntilMs: 0, ...newProcess(world) };
}

function newProcess({
  now,
  prng,
  wrongClocks,
}: InstanceWorld): Pick<Instance, 'machine' | 'clock' | 'ready'> {
  const machine = createMachineClock(now, prng, wrongClocks);
  return { machine, clock: createStoreClock(machine), ready: undefined };
}

/** The process dies with all it does, and another one takes its place a little later. */
export function crash(instance: Instance, world: InstanceWorld): void {
  instance.life += 1;
  instance.downUntilMs = world.now() + world.prng.int(1_000, 60_000);
  Object.assign(instance, newProcess(world));
}

export function newTask(name: string, instance: Instance): Task {
  return {
    name,
    instance,
    life: instance.life,
    committed: undefined,
    readAt: { rules: 0, site: 0, content: 0 },
    unrecorded: undefined,
    storeFailed: false,
  };
}

export function isDead({ instance, life }: Task): boolean {
  return instance.life !== life;
}

/** One story's world with everybody in it: time, instances over an unreliable cloud, the checkers. */
import { createController } from '../../src/controller/create-controller.ts';
import type { Ports } from '../../src/controller/ports.ts';
import type { Rule } from '../../src/release/azure-facts.ts';
import { OLD, type World, createWorld } from '../support/world.ts';
import { resting, throughFate } from './calls.ts';
import { createCheckers } from './checkers/all.ts';
import type { Checker, Eyes, Promised, Violation } from './checkers/checker.ts';
import { type Tables, createTables } from './cloud/tables.ts';
import { MAKE_TABLES, createFates } from './fates.ts';
import { type Host, createHost } from './host.ts';
import { type Instance, type Task, createInstance, isDead } from './instance.ts';
import { createPrng } from '../support/prng.ts';
import { usual } from './people.ts';
import { type Scheduler, createScheduler } from './scheduler.ts';
import { NO_FAULTS, type Story } from './story/story.ts';
import { type TaskWorld, storeSend, taskPorts } from './task-ports.ts';
import { type AzureHistory, createAzureHistory } from './truth/azure-history.ts';
import { type Ledger, createLedger } from './truth/ledger.ts';
import { type Span, coveredMs } from './truth/unattended.ts';

/** A deliberate defect, made once a story: given the ports of a worker, gives worse ones. */
export type Mutant = (stage: Stage) => (ports: Ports, task: Task) => Ports;

export interface StoryOptions {
  readonly story: Story;
  readonly mutant?: Mutant | undefined;
  /** How many broken promises are enough to stop. Default 5. */
  readonly giveUpAfter?: number;
}

export interface Stage {
  readonly story: Story;
  readonly world: World;
  readonly tables: Tables;
  readonly scheduler: Scheduler;
  readonly host: Host;
  readonly ledger: Ledger;
  readonly history: AzureHistory;
  readonly checkers: readonly Checker[];
  readonly violations: Violation[];
  readonly violate: (promise: Promised, what: string) => void;
  /** The checkers look at the world. */
  readonly look: () => void;
  readonly startMs: number;
  readonly log: (line: string) => void;
  readonly giveUpAfter: number;
  /** True from the moment when nothing fails any more. */
  calm: boolean;
  calmFromMs: number;
  releases: number;
  versions: number;
  /** Somebody changed what telemetry shows, so that nothing can be said of what it should show. */
  unjudged: boolean;
  /** Keys of the starts that were sent by the queue. */
  readonly sentByQueue: Set<string>;
  /** Rules as some tool read them a while ago. */
  writtenBack: readonly Rule[];
}

const VIOLATIONS_KEPT = 20;

export function setStage(options: StoryOptions, lines: string[]): Stage {
  const { story, mutant, giveUpAfter = 5 } = options;
  const world = createWorld();
  world.ratePerMinute = story.ratePerMinute;
  world.behaviours.set(OLD, usual(story));
  const startMs = world.now();
  const now = (): number => world.now();
  const prng = createPrng(story.seed ^ 0x5eed);
  const violations: Violation[] = [];
  const checkers: Checker[] = [];
  const rates = (): Story['rates'] => (stage.calm ? NO_FAULTS : story.rates);
  const log = (line: string): void => {
    lines.push(`${now() - startMs} ${line}`);
  };
  const violate = (promise: Promised, what: string): void => {
    if (violations.length < VIOLATIONS_KEPT)
      violations.push({ promise, atMs: now() - startMs, what });
  };
  let writer: Task | undefined;
  const tables = createTables((writes) => {
    ledger.take(writes, writer);
    tell((checker) => checker.applied?.(writes, writer));
  });
  const ledger = createLedger((commit) => tell((checker) => checker.committed?.(commit)));
  const history = createAzureHistory(world.azure, now);
  const look = (): void => {
    history.look();
    for (const checker of checkers) checker.look?.();
  };
  const tell = (hook: (checker: Checker) => void): void => {
    for (const checker of checkers) hook(checker);
  };
  const scheduler = createScheduler({
    now,
    elapseTo: (atMs) => world.elapseTo(atMs),
    afterEvent: look,
  });
  const instanceWorld = { now, prng, wrongClocks: story.wrongClocks };
  const instances = Array.from({ length: story.instances }, (_, index) =>
    createInstance(`abc`.charAt(index), instanceWorld),
  );
  const fateOf = createFates({
    prng,
    rates,
    outages: () => (stage.calm ? [] : story.outages),
    elapsed: () => now() - startMs,
  });
  const host = createHost({
    ...instanceWorld,
    scheduler,
    rates,
    instances,
    log,
    ended: (task) => tell((checker) => checker.taskEnded?.(task)),
    controllerOf: async (task) => {
      const crash = (instance: Instance): void => host.crash(instance);
      const through = throughFate({ task, scheduler, now, fateOf, log, crash });
      const taskWorld: TaskWorld = {
        base: world.ports,
        task,
        tables,
        queues: host.queues,
        through,
        now,
        tell,
        underWay: history.underWay,
        rulesNow: () => world.azure.state.rules,
        asWriter: (by, effect) => {
          writer = by;
          return effect();
        },
        wholeCatalog: story.wholeCatalog,
        prng,
        rates,
        rest: resting({ task, scheduler, now }),
        contentOf: (at) => {
          const { slot, production } = world.azure.state;
          return (at === slot.host ? slot : production).content;
        },
        pageRows: (wanted) => (prng.chance(0.02) ? prng.int(1, 3) : wanted),
      };
      await ready(taskWorld);
      return createController(worsen(taskPorts(taskWorld), task));
    },
  });
  const eyes: Eyes = {
    world,
    story,
    now,
    ledger,
    history,
    violate,
    outageMs: (fromMs, toMs) => outageMs(story, fromMs - startMs, toMs - startMs),
    unattendedMs: (fromMs, toMs) => {
      const away = story.outages.map((out) => later(out, startMs));
      const span = { fromMs, toMs };
      return coveredMs([...away, ...host.unattended], span) - coveredMs(away, span);
    },
    calmFromMs: () => stage.calmFromMs,
    harmShows: () => harmShows(story) && !stage.unjudged,
  };
  const stage: Stage = {
    story,
    world,
    tables,
    scheduler,
    host,
    ledger,
    history,
    checkers,
    violations,
    violate,
    look,
    startMs,
    log,
    giveUpAfter,
    calm: false,
    calmFromMs: Infinity,
    releases: 0,
    versions: 0,
    unjudged: false,
    sentByQueue: new Set(),
    writtenBack: [],
  };
  const arrived = (): Set<string> =>
    new Set([...stage.sentByQueue].filter((key) => !host.givenUp.has(key)));
  checkers.push(...createCheckers(eyes, arrived));
  const worsen = mutant?.(stage) ?? ((ports: Ports) => ports);
  return stage;
}

/** The app makes its tables once a process; the answer also sets its clock. */
async function ready(world: TaskWorld): Promise<void> {
  const { task } = world;
  const { instance } = task;
  let asked = instance.ready;
  if (asked === undefined) {
    asked = storeSend(world)(MAKE_TABLES, true, () => undefined);
    // It may have been the last thing that this process did.
    if (!isDead(task)) instance.ready = asked;
  }
  try {
    await asked;
  } catch (error) {
    if (!isDead(task)) instance.ready = undefined;
    throw error;
  }
}

function outageMs({ outages }: Story, fromMs: number, toMs: number): number {
  return outages.reduce(
    (sum, outage) =>
      sum + Math.max(0, Math.min(toMs, outage.toMs) - Math.max(fromMs, outage.fromMs)),
    0,
  );
}

function later({ fromMs, toMs }: Span, byMs: number): Span {
  return { fromMs: fromMs + byMs, toMs: toMs + byMs };
}

/** The new versions do clear harm, on enough traffic, and telemetry mostly answers. */
function harmShows({ harmful, ratePerMinute, rates, outages }: Story): boolean {
  const away = outages.some(({ of }) => of === 'telemetry');
  return harmful && ratePerMinute >= 3_000 && rates.telemetry < 0.1 && !away;
}

/** One story's world with everybody in it: time, workers over unreliable ports, the watchman. */
import type { Controller } from '../../../src/controller/controller.ts';
import { createController } from '../../../src/controller/create-controller.ts';
import type { Ports } from '../../../src/controller/ports.ts';
import { type World, createWorld } from '../world.ts';
import { harmShows } from './afterwards.ts';
import { createFates } from './fates.ts';
import { createPrng } from './prng.ts';
import { type Scheduler, createScheduler } from './scheduler.ts';
import { NO_FAULTS, type Story } from './story.ts';
import { newTask, unreliablePorts } from './unreliable-ports.ts';
import { type Watchman, createWatchman } from './watchman.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A deliberate defect, made once a story: given the ports of a worker, gives worse ones. */
export type Mutant = (world: World, scheduler: Scheduler) => (ports: Ports) => Ports;

export interface StoryOptions {
  readonly story: Story;
  readonly mutant?: Mutant | undefined;
  /** How many broken promises are enough to stop. Default 5. */
  readonly giveUpAfter?: number;
}

export interface Stage {
  readonly story: Story;
  readonly world: World;
  readonly scheduler: Scheduler;
  readonly watchman: Watchman;
  readonly startMs: number;
  readonly log: (line: string) => void;
  readonly run: (name: string, use: (controller: Controller) => Promise<unknown>) => void;
  readonly giveUpAfter: number;
  /** True from the moment when nothing fails any more. */
  calm: boolean;
  releases: number;
  versions: number;
  /** Somebody changed what telemetry shows, so that nothing can be said of what it should show. */
  unjudged: boolean;
}

export function setStage(options: StoryOptions, lines: string[]): Stage {
  const { story, mutant, giveUpAfter = 5 } = options;
  const world = createWorld();
  world.ratePerMinute = story.ratePerMinute;
  const startMs = world.now();
  const elapsed = (): number => world.now() - startMs;
  const log = (line: string): void => {
    lines.push(`${elapsed()} ${line}`);
  };
  const watchman = createWatchman({
    world,
    harmShows: () => harmShows(story) && !stage.unjudged,
    outageMs: (fromMs, toMs) =>
      story.outages.reduce((sum, outage) => {
        const from = Math.max(fromMs, startMs + outage.fromMs);
        return sum + Math.max(0, Math.min(toMs, startMs + outage.toMs) - from);
      }, 0),
  });
  const scheduler = createScheduler({
    now: () => world.now(),
    elapseTo: (atMs) => world.elapseTo(atMs),
    afterEvent: () => watchman.look(),
  });
  const prng = createPrng(story.seed ^ 0x5eed);
  const fateOf = createFates({
    prng,
    rates: () => (stage.calm ? NO_FAULTS : story.rates),
    outages: story.outages,
    elapsed,
  });
  const worsen = mutant?.(world, scheduler) ?? ((ports: Ports) => ports);
  let tasks = 0;
  const deliver = (releaseId: string, delayMs: number): void =>
    deliverTick(stage, { releaseId, delayMs, chance: (probability) => prng.chance(probability) });
  const stage: Stage = {
    story,
    world,
    scheduler,
    watchman,
    startMs,
    giveUpAfter,
    log,
    calm: false,
    releases: 0,
    versions: 0,
    unjudged: false,
    run: (name, use) => {
      const task = newTask(`${(tasks += 1)}:${name}`);
      const ports = unreliablePorts({
        base: world.ports,
        task,
        scheduler,
        now: () => world.now(),
        fateOf,
        observer: watchman,
        rulesNow: () => world.azure.state.rules,
        log,
        deliver,
      });
      use(createController(worsen(ports))).then(
        (value) => log(`${task.name} = ${typeof value === 'number' ? value : 'done'}`),
        (error: unknown) => log(`${task.name} ! ${String(error)}`),
      );
    },
  };
  return stage;
}

interface Delivery {
  readonly releaseId: string;
  readonly delayMs: number;
  readonly chance: (probability: number) => boolean;
}

/** The queue: messages come late, twice or never. */
function deliverTick(stage: Stage, { releaseId, delayMs, chance }: Delivery): void {
  const rates = stage.calm ? NO_FAULTS : stage.story.rates;
  if (chance(rates.tickLost)) return;
  const copies = chance(rates.tickTwice) ? 2 : 1;
  for (let copy = 1; copy <= copies; copy += 1) {
    const lateMs = chance(rates.tickLate) ? 4 * MINUTE : 2 * SECOND * copy - 1_500;
    stage.scheduler.at(stage.world.now() + delayMs + lateMs, () =>
      stage.run('tick', (controller) => controller.tick(releaseId)),
    );
  }
}

/** Tells one story from its seed: the real controller in several workers, an unreliable world, people. */
import { createController } from '../../../src/controller/create-controller.ts';
import type { Controller } from '../../../src/controller/controller.ts';
import type { Ports } from '../../../src/controller/ports.ts';
import { sha256 } from '../../../src/release/hash.ts';
import { isFinished, type Release } from '../../../src/release/release.ts';
import { NEW, type World, createWorld } from '../world.ts';
import { type FatesOptions, createFates } from './fates.ts';
import { createPrng } from './prng.ts';
import { type Scheduler, createScheduler } from './scheduler.ts';
import { type Act, NO_FAULTS, type Story, createStory } from './story.ts';
import { type Task, newTask, unreliablePorts } from './unreliable-ports.ts';
import { type Violation, type Watchman, createWatchman } from './watchman.ts';
import { checkHarm, checkRows, harmShows } from './afterwards.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A deliberate defect, made once a story: given the ports of a worker, gives worse ones. */
export type Mutant = (world: World, scheduler: Scheduler) => (ports: Ports) => Ports;

export interface StoryOptions {
  readonly story: Story;
  readonly mutant?: Mutant | undefined;
}

export interface StoryResult {
  readonly story: Story;
  readonly violations: readonly Violation[];
  /** One line an event; the hash of all of them is the story's fingerprint. */
  readonly log: readonly string[];
  readonly fingerprint: string;
  readonly audit: readonly string[];
  readonly ends: readonly string[];
  /** Simulated. */
  readonly lengthMs: number;
}

interface Stage {
  readonly story: Story;
  readonly world: World;
  readonly scheduler: Scheduler;
  readonly watchman: Watchman;
  readonly startMs: number;
  readonly log: (line: string) => void;
  readonly run: (name: string, use: (controller: Controller) => Promise<unknown>) => void;
  /** True from the moment when nothing fails any more. */
  calm: boolean;
  releases: number;
  versions: number;
  /** When telemetry, traffic or the versions' behaviour was last interfered with. */
  unjudged: boolean;
}

export async function runSeed(seed: number): Promise<StoryResult> {
  return runStory({ story: createStory(seed) });
}

export async function runStory({ story, mutant }: StoryOptions): Promise<StoryResult> {
  const log: string[] = [];
  const stage = setStage(story, mutant, log);
  const { scheduler, startMs, watchman } = stage;
  for (const { atMs, act } of story.acts) scheduler.at(startMs + atMs, () => play(stage, act));
  await chaos(stage);
  await calm(stage);
  checkRows(stage.world, watchman);
  if (harmShows(story) && !stage.unjudged) checkHarm(stage.world, watchman);
  const audit = auditLines(stage);
  return {
    story,
    violations: watchman.violations,
    log,
    fingerprint: sha256([...log, ...audit].join('\n')),
    audit,
    ends: [...watchman.releases.values()].map(({ stage: { phase }, reason }) => `${phase}: ${reason}`),
    lengthMs: stage.world.now() - startMs,
  };
}

function setStage(story: Story, mutant: Mutant | undefined, lines: string[]): Stage {
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
  const scheduler = createScheduler({ ...world, afterEvent: () => watchman.look() });
  const prng = createPrng(story.seed ^ 0x5eed);
  const fates: FatesOptions = {
    prng,
    rates: () => (stage.calm ? NO_FAULTS : story.rates),
    outages: story.outages,
    elapsed,
  };
  const fateOf = createFates(fates);
  const worsen = mutant?.(world, scheduler) ?? ((ports: Ports) => ports);
  let tasks = 0;
  const deliver = (releaseId: string, delayMs: number): void =>
    deliverTick(stage, { releaseId, delayMs, chance: prng.chance });
  const stage: Stage = {
    story,
    world,
    scheduler,
    watchman,
    startMs,
    log,
    calm: false,
    releases: 0,
    versions: 0,
    unjudged: false,
    run: (name, use) => {
      const task: Task = newTask(`${(tasks += 1)}:${name}`);
      const ports = unreliablePorts({
        base: world.ports,
        task,
        scheduler,
        now: world.now,
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

async function chaos(stage: Stage): Promise<void> {
  const endMs = stage.startMs + stage.story.chaosMs;
  for (let atMs = stage.world.now(); atMs < endMs; atMs += 30 * SECOND) await turn(stage, atMs);
}

/** A world that is broken beyond doubt is not followed to its end, which it may not have. */
function isHopeless({ violations }: Watchman): boolean {
  return violations.length >= 5;
}

async function turn(stage: Stage, atMs: number): Promise<void> {
  if (isHopeless(stage.watchman)) {
    stage.world.elapseTo(atMs + 30 * SECOND);
    return;
  }
  stage.run('clock', (controller) => controller.clock());
  await stage.scheduler.runUntil(atMs + 30 * SECOND);
}

/** Every limit of the plans together, with the waits of queue, preflight, promotion and rollback. */
const ENDS_WITHIN_MS = 9 * HOUR;

/** Nothing fails any more: every release must end, failed ones are acknowledged, the app is free. */
async function calm(stage: Stage): Promise<void> {
  const { world, watchman, scheduler } = stage;
  stage.calm = true;
  const fromMs = world.now();
  watchman.calmFrom(fromMs + 15 * MINUTE);
  while (world.now() < fromMs + ENDS_WITHIN_MS && unended(watchman).length > 0) {
    await turn(stage, world.now());
  }
  for (const { id, stage: at, reason, message } of unended(watchman)) {
    watchman.violate('liveness', `${id} is still ${at.phase}: ${reason}: ${message}`);
  }
  for (const { id, stage: at } of watchman.releases.values()) {
    if (at.phase === 'failed' && at.acknowledgedAt === undefined) command(stage, id, 'acknowledge');
  }
  await scheduler.runUntil(world.now() + MINUTE);
  await aftercare(stage);
}

function unended(watchman: Watchman): readonly Release[] {
  return [...watchman.releases.values()].filter(
    ({ stage }) => !isFinished(stage) && stage.phase !== 'failed',
  );
}

/** A rule of ours comes back after everything ended (a late call, somebody's tool): it must go. */
async function aftercare(stage: Stage): Promise<void> {
  const { world, watchman } = stage;
  const { azure } = world;
  const last = [...watchman.releases.values()].filter(({ subject }) => subject !== undefined).at(-1);
  const weight = last?.steps[0];
  const ended = last !== undefined && isFinished(last.stage) && last.stage.phase !== 'failed';
  const tended = ended && 'at' in last.stage && world.now() < last.stage.at + HOUR;
  if (tended && weight !== undefined && azure.state.rules.length === 0) {
    azure.editRules([{ name: azure.slot, host: azure.state.slot.host, weight, autoRamp: false }]);
    const untilMs = world.now() + 6 * MINUTE;
    while (world.now() < untilMs) await turn(stage, world.now());
    const left = azure.state.rules.length;
    if (left > 0) watchman.violate('exposure', `a rule that came back outlived its aftercare`);
  }
  const overMs = world.now() + 2 * HOUR + 30 * MINUTE;
  while (world.now() < overMs && world.store.dueEntries().length > 0) await turn(stage, world.now());
  for (const { releaseId } of world.store.dueEntries()) {
    watchman.violate('liveness', `${releaseId} is due for ever`);
  }
}

function auditLines({ world, watchman, startMs }: Stage): string[] {
  return [...watchman.releases.keys()].flatMap((id) =>
    world.store.auditOf(id).map(({ at, body, sequence }) => {
      const row = JSON.parse(body) as Readonly<Record<string, string>> & {
        weight: { confirmed: number; wanted: number };
      };
      const { confirmed, wanted } = row.weight;
      return `${id.slice(-8)}:${sequence} ${Math.round((at - startMs) / SECOND)}s ${row['action'] ?? ''} ${row['from'] ?? ''} -> ${row['to'] ?? ''} [${confirmed}/${wanted}] ${row['reason'] ?? ''}: ${row['message'] ?? ''}`;
    }),
  );
}

function command(
  stage: Stage,
  releaseId: string,
  kind: Extract<Act, { kind: 'command' }>['command'],
  choice?: 'adopt' | 'reapply',
): void {
  stage.run(`operator-${kind}`, (controller) =>
    controller.command({
      releaseId,
      command: { kind, reason: 'because of the story', choice },
      expectedSequence: undefined,
      actor: { kind: 'operator', name: 'operator', objectId: undefined },
    }),
  );
}

function play(stage: Stage, act: Act): void {
  const { world, watchman } = stage;
  const { azure } = world;
  stage.log(`act ${JSON.stringify(act)}`);
  switch (act.kind) {
    case 'start':
      start(stage, act);
      return;
    case 'command': {
      const newest = [...watchman.releases.values()].findLast(({ stage: at }) => !isFinished(at));
      if (newest !== undefined) command(stage, newest.id, act.command, act.choice);
      return;
    }
    case 'rules-by-hand': {
      if (azure.isSwapping()) return;
      const name = act.own ? azure.slot : 'insiders';
      const host = act.own ? azure.state.slot.host : 'shop-insiders.azurewebsites.net';
      azure.editRules(act.weight === 0 ? [] : [{ name, host, weight: act.weight, autoRamp: false }]);
      watchman.byHand('rules');
      stage.unjudged = true;
      return;
    }
    case 'deploy':
      azure.deploy(act.place, `hotfix-${(stage.versions += 1)}`);
      watchman.byHand('content');
      stage.unjudged = true;
      return;
    case 'swap-by-hand':
      if (azure.isSwapping()) return;
      for (let times = 0; times < act.times; times += 1) {
        azure.swapByHand();
        watchman.look();
      }
      watchman.byHand('volumes');
      stage.unjudged = true;
      return;
    case 'next-swap':
      azure.nextSwap(swapFate(act.outcome));
      return;
    case 'turns-bad':
      misbehave(world, { failureRate: 0.05 });
      stage.unjudged = true;
      return;
    case 'falls-silent':
      misbehave(world, { reports: false });
      stage.unjudged = true;
      return;
    case 'lag':
      world.lagMs = act.lagMs;
      stage.unjudged = true;
      return;
  }
}

function swapFate(
  outcome: Extract<Act, { kind: 'next-swap' }>['outcome'],
): Parameters<World['azure']['nextSwap']>[0] {
  switch (outcome) {
    case 'slow':
      return { kind: 'slow', forMs: 20 * MINUTE };
    case 'mixed':
      return { kind: 'mixed', forMs: 3 * MINUTE };
    case 'fail':
      return { kind: 'fail', code: 'SwapFailed', message: 'the slot did not warm up' };
    case 'half-fail':
    case 'hang':
      return { kind: outcome };
  }
}

/** Whatever stands in the slot, and whatever stood there, so that it stays bad after a swap. */
function misbehave(world: World, change: { failureRate?: number; reports?: boolean }): void {
  const version = world.azure.state.slot.content;
  const before = world.behaviours.get(version);
  world.behaviours.set(version, {
    failureRate: change.failureRate ?? before?.failureRate ?? 0.001,
    reports: change.reports ?? before?.reports ?? true,
    label: before?.label,
  });
}

/** CI: deploys a new version into the slot when the app is free, and starts its release. */
function start(stage: Stage, act: Extract<Act, { kind: 'start' }>): void {
  const { world, story, watchman } = stage;
  const number = (stage.releases += 1);
  const busy = [...watchman.releases.values()].some(({ stage: at }) => !isFinished(at));
  const version = number === 1 ? NEW : `${number + 1}.0.0`;
  if (number > 1 && !busy) world.azure.deploy('slot', version);
  if (story.harmful) {
    world.behaviours.set(version, { failureRate: 0.05, reports: true, label: undefined });
  }
  const body = {
    key: `run-${number}`,
    target: world.azure.target,
    slot: world.azure.slot,
    version,
    plan: act.plan,
    requestedBy: { name: 'ci' },
  };
  const actor = { kind: 'claimed', name: 'ci', objectId: undefined } as const;
  for (let copy = 0; copy < (act.twice ? 2 : 1); copy += 1) {
    stage.run('start', (controller) =>
      controller.start({ body, fallbackKey: `message-${number}`, actor }),
    );
  }
}

/** Tells one story from its seed: the real controller in several workers, an unreliable world, people. */
import type { AuditBody } from '../../../src/release/audit.ts';
import { sha256 } from '../../../src/release/hash.ts';
import { type Release, isFinished } from '../../../src/release/release.ts';
import { checkHarm, checkRows, harmShows } from './afterwards.ts';
import { command, play } from './people.ts';
import { type Stage, type StoryOptions, setStage } from './stage.ts';
import { type Story, createStory } from './story.ts';
import type { Violation, Watchman } from './watchman.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

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

export async function runSeed(seed: number): Promise<StoryResult> {
  return runStory({ story: createStory(seed) });
}

export async function runStory(options: StoryOptions): Promise<StoryResult> {
  const log: string[] = [];
  const { story } = options;
  const stage = setStage(options, log);
  const { scheduler, startMs, watchman } = stage;
  for (const { atMs, act } of story.acts) scheduler.at(startMs + atMs, () => play(stage, act));
  await chaos(stage);
  if (!isHopeless(stage)) await calm(stage);
  checkRows(stage.world, watchman);
  if (harmShows(story) && !stage.unjudged) checkHarm(stage.world, watchman);
  const audit = auditLines(stage);
  return {
    story,
    violations: watchman.violations,
    log,
    fingerprint: sha256([...log, ...audit].join('\n')),
    audit,
    ends: [...watchman.releases.values()].map(
      ({ stage: { phase }, reason }) => `${phase}: ${reason}`,
    ),
    lengthMs: stage.world.now() - startMs,
  };
}

async function chaos(stage: Stage): Promise<void> {
  const endMs = stage.startMs + stage.story.chaosMs;
  for (let atMs = stage.world.now(); atMs < endMs && !isHopeless(stage); atMs += 30 * SECOND) {
    await turn(stage, atMs);
  }
}

/** A world that is broken beyond doubt is not followed to its end, which it may not have. */
function isHopeless({ watchman, giveUpAfter }: Stage): boolean {
  return watchman.violations.length >= giveUpAfter;
}

async function turn(stage: Stage, atMs: number): Promise<void> {
  stage.run('clock', (controller) => controller.clock());
  await stage.scheduler.runUntil(atMs + 30 * SECOND);
}

/** Workers that stand still since before then wake up, and what they sent has arrived. */
const STALLS_END_WITHIN_MS = 16 * MINUTE;
/** Every limit of the plans together, with the waits of queue, preflight, promotion and rollback. */
const ENDS_WITHIN_MS = 9 * HOUR;

/** Nothing fails any more: every release must end, failed ones are acknowledged, the app is free. */
async function calm(stage: Stage): Promise<void> {
  const { world, watchman, scheduler } = stage;
  stage.calm = true;
  const fromMs = world.now();
  watchman.calmFrom(fromMs + STALLS_END_WITHIN_MS);
  while (world.now() < fromMs + STALLS_END_WITHIN_MS) await turn(stage, world.now());
  while (world.now() < fromMs + ENDS_WITHIN_MS && unended(watchman).length > 0) {
    if (isHopeless(stage)) return;
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

function isBare(rules: readonly unknown[]): boolean {
  return rules.length === 0;
}

/** A rule of ours comes back after everything ended (a late call, somebody's tool): it must go. */
async function aftercare(stage: Stage): Promise<void> {
  const { world, watchman } = stage;
  const { azure } = world;
  const last = [...watchman.releases.values()]
    .filter(({ subject }) => subject !== undefined)
    .at(-1);
  const weight = last?.steps[0];
  const ended = last !== undefined && isFinished(last.stage) && last.stage.phase !== 'failed';
  const tended = ended && 'at' in last.stage && world.now() < last.stage.at + HOUR;
  if (tended && weight !== undefined && isBare(azure.state.rules)) {
    azure.editRules([{ name: azure.slot, host: azure.state.slot.host, weight, autoRamp: false }]);
    const untilMs = world.now() + 6 * MINUTE;
    while (world.now() < untilMs) await turn(stage, world.now());
    if (!isBare(azure.state.rules))
      watchman.violate('exposure', 'a rule that came back outlived aftercare');
  }
  const overMs = world.now() + 2 * HOUR + 30 * MINUTE;
  while (world.now() < overMs && world.store.dueEntries().length > 0)
    await turn(stage, world.now());
  for (const { releaseId } of world.store.dueEntries()) {
    watchman.violate('liveness', `${releaseId} is due for ever`);
  }
}

function auditLines({ world, watchman, startMs }: Stage): string[] {
  return [...watchman.releases.keys()].flatMap((id) =>
    world.store.auditOf(id).map(({ at, body, sequence }) => {
      const row = JSON.parse(body) as AuditBody;
      const { confirmed, wanted } = row.weight;
      const place = `${id.slice(-8)}:${sequence} ${Math.round((at - startMs) / SECOND)}s`;
      const moved = `${row.action} ${row.from} -> ${row.to} [${confirmed}/${wanted}]`;
      return `${place} ${moved} ${row.reason}: ${row.message}`;
    }),
  );
}

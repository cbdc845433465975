/** Tells one story from its seed: the real controller and store in several instances, an unreliable cloud, people. */
import { sha256 } from '../../src/release/hash.ts';
import { type Release, isFinished } from '../../src/release/release.ts';
import { type Violation, activeOf } from './checkers/checker.ts';
import { command, play } from './people.ts';
import { type Stage, type StoryOptions, setStage } from './stage.ts';
import { createStory } from './story/create-story.ts';
import type { Story } from './story/story.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TURN_MS = 30 * SECOND;

export interface StoryResult {
  readonly story: Story;
  readonly violations: readonly Violation[];
  /** One line an event; the hash of all of them, and of the audit, is the story's fingerprint. */
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
  const { scheduler, startMs } = stage;
  for (const { atMs, act } of story.acts) scheduler.at(startMs + atMs, () => play(stage, act));
  await chaos(stage);
  if (!isHopeless(stage)) await calm(stage);
  for (const checker of stage.checkers) checker.over?.();
  const audit = auditLines(stage);
  return {
    story,
    violations: stage.violations,
    log,
    fingerprint: sha256([...log, ...audit].join('\n')),
    audit,
    ends: [...stage.ledger.releases.values()].map(
      ({ stage: { phase }, reason }) => `${phase}: ${reason}`,
    ),
    lengthMs: stage.world.now() - startMs,
  };
}

async function chaos(stage: Stage): Promise<void> {
  const { acts, chaosMs } = stage.story;
  const endMs = stage.startMs + chaosMs;
  const lastActMs = stage.startMs + Math.max(0, ...acts.map(({ atMs }) => atMs));
  // When everything is over and nobody will do anything any more, the rest is aftercare.
  const isOver = (): boolean =>
    stage.world.now() > lastActMs + MINUTE && activeOf(stage.ledger) === undefined;
  while (stage.world.now() < endMs && !isHopeless(stage) && !(isOver() && !stage.story.toTheEnd)) {
    if (stage.world.now() % (5 * MINUTE) === 0) stage.writtenBack = stage.world.azure.state.rules;
    await turn(stage);
  }
}

/** A world that is broken beyond doubt is not followed to its end, which it may not have. */
function isHopeless({ violations, giveUpAfter }: Stage): boolean {
  return violations.length >= giveUpAfter;
}

async function turn(stage: Stage): Promise<void> {
  const untilMs = stage.world.now() + TURN_MS;
  stage.host.turn(nextDue(stage) <= stage.world.now() + 5 * SECOND);
  await stage.scheduler.runUntil(untilMs);
}

/** A timer that finds nothing changes nothing: it is left out, mostly. */
function nextDue({ tables }: Stage): number {
  const due = tables.rows('due', 'due').map(({ at }) => (at instanceof Date ? at.getTime() : 0));
  return Math.min(Infinity, ...due);
}

/** Workers that stand still since before then wake up, and what they sent has arrived. */
const STALLS_END_WITHIN_MS = 16 * MINUTE;
/** Every limit of the plans together, with the waits of queue, preflight, promotion and rollback. */
const ENDS_WITHIN_MS = 9 * HOUR;

/** Nothing fails any more: every release must end, failed ones are acknowledged, the app is free. */
async function calm(stage: Stage): Promise<void> {
  const { world, ledger } = stage;
  stage.calm = true;
  const fromMs = world.now();
  stage.calmFromMs = fromMs + STALLS_END_WITHIN_MS;
  while (world.now() < stage.calmFromMs) {
    const still = stage.host.allUp() && stage.scheduler.next() === Infinity;
    if (still && unended(stage).length === 0) {
      stage.calmFromMs = world.now();
    } else await turn(stage);
  }
  while (world.now() < fromMs + ENDS_WITHIN_MS && unended(stage).length > 0) {
    if (isHopeless(stage)) return;
    await turn(stage);
  }
  for (const { id, stage: at, reason, message } of unended(stage)) {
    stage.violate('liveness', `${id} is still ${at.phase}: ${reason}: ${message}`);
  }
  for (const { id, stage: at } of ledger.releases.values()) {
    if (at.phase === 'failed' && at.acknowledgedAt === undefined) command(stage, id, 'acknowledge');
  }
  await stage.scheduler.runUntil(world.now() + MINUTE);
  await aftercare(stage);
  await allTold(stage);
}

function unended({ ledger }: Stage): readonly Release[] {
  return [...ledger.releases.values()].filter(
    ({ stage }) => !isFinished(stage) && stage.phase !== 'failed',
  );
}

/** A rule of ours comes back after everything ended (a late call, somebody's tool): it must go. */
async function aftercare(stage: Stage): Promise<void> {
  const { world, ledger } = stage;
  const { azure } = world;
  const last = [...ledger.releases.values()].filter(({ subject }) => subject !== undefined).at(-1);
  const weight = last?.steps[0];
  const ended = last !== undefined && isFinished(last.stage) && last.stage.phase !== 'failed';
  const tended = ended && 'at' in last.stage && world.now() < last.stage.at + HOUR;
  // A swap that hangs for ever refuses every other write.
  if (!tended || azure.isSwapping()) return;
  if (weight === undefined || azure.state.rules.length > 0) return;
  azure.editRules([{ name: azure.slot, host: azure.state.slot.host, weight, autoRamp: false }]);
  const untilMs = world.now() + 6 * MINUTE;
  while (world.now() < untilMs && stage.history.ownWeight() > 0) await turn(stage);
  if (stage.history.ownWeight() > 0) {
    stage.violate('aftercare', 'a rule that came back outlived aftercare');
  }
}

/** Every row is told, and some stories go on until nothing is looked after any more. */
async function allTold(stage: Stage): Promise<void> {
  const { world, story, ledger } = stage;
  const untold = (): boolean =>
    [...ledger.releases.values()].some(({ notifiedSeq, sequence }) => notifiedSeq < sequence);
  const overMs = world.now() + 2 * HOUR + 30 * MINUTE;
  const goesOn = (): boolean => (story.toTheEnd ? nextDue(stage) < Infinity : untold());
  while (world.now() < overMs && goesOn()) await turn(stage);
  if (!goesOn()) return;
  for (const { rowKey } of stage.tables.rows('due', 'due')) {
    stage.violate('liveness', `${String(rowKey)} is due for ever`);
  }
  if (untold()) stage.violate('liveness', 'some rows are never told');
}

function auditLines({ ledger, startMs }: Stage): string[] {
  return [...ledger.releases.keys()].flatMap((id) =>
    ledger.auditOf(id).map(({ at, body, sequence }) => {
      const { confirmed, wanted } = body.weight;
      const place = `${id.slice(-8)}:${sequence} ${Math.round((at - startMs) / SECOND)}s`;
      const moved = `${body.action} ${body.from} -> ${body.to} [${confirmed}/${wanted}]`;
      return `${place} ${moved} ${body.reason}: ${body.message}`;
    }),
  );
}

/** One release of the crash test from its deployment to its end, with what people do meanwhile. */
import { setTimeout as delay } from 'node:timers/promises';

import { appKeyOf } from '../../src/release/release-id.ts';
import { sha256 } from '../../src/release/hash.ts';
import { isFinished, type Phase, type Release } from '../../src/release/release.ts';
import type { Reason } from '../../src/release/reason.ts';
import type { Prng } from '../support/prng.ts';
import { RESOURCE_GROUP, SUBSCRIPTION } from '../support/local/shop.ts';
import type { CrashWorld } from './crash-world.ts';
import { BLUE_GREEN, CANARY, LONG_WATCH } from './plans.ts';
import { contentOf } from './worker-content.ts';

/** What becomes of the version, and what people do about it. */
export const KINDS = [
  'good',
  'bad',
  'late',
  'blue-green',
  'blue-green-bad',
  'aborted',
  'paused',
  'promoted-by-hand',
  'rolled-back-by-hand',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Story {
  readonly site: string;
  readonly kind: Kind;
  readonly key: string;
  readonly version: string;
  /** Content of production and slot right before the start. */
  readonly before: { readonly production: string | null; readonly slot: string | null };
  /** How often the start was sent. */
  readonly sent: number;
  /** What a broken service may do to it besides what its kind says. */
  readonly may: May;
  /** Commands with the answers' status, in order. */
  readonly commands: string[];
  /** When the version was made to fail, for `late`. */
  brokenAtMs?: number;
  /** While somebody else's hand changed the site, as break glass does: nothing of it is in the audit. */
  readonly byHand: HandSpan[];
  /** Every phase that was seen. */
  readonly phases: Phase[];
  end?: Release;
  /** What was served and routed right after the end. */
  after?: {
    readonly production: string | null;
    readonly rules: readonly string[];
    readonly served: readonly string[];
  };
  problem?: string;
}

export interface HandSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface May {
  readonly end?: readonly Phase[];
  /** Reasons for which it may pause, or go back, by itself. */
  readonly stopFor?: readonly Reason[];
}

export interface StoryOptions {
  readonly may?: May;
  readonly world: CrashWorld;
  readonly site: string;
  readonly kind: Kind;
  /** Of this site, from 2 on: version 1 is in production at the start. */
  readonly number: number;
  readonly prng: Prng;
  readonly plan?: object;
  /** Called after each look at the release. */
  readonly onLook?: (release: Release, story: Story) => void | Promise<void>;
  readonly limitMs?: number;
}

const LOOK_EVERY_MS = 250;
const LIMIT_MS = 600_000;
const START_LIMIT_MS = 240_000;
const DOUBLED_SHARE = 0.3;

/** Never rejects: what goes wrong is the story's `problem`. */
export async function playStory(options: StoryOptions): Promise<Story> {
  const { world, site, kind, number, prng } = options;
  const shop = world.site(site);
  const version = `v${number}`;
  const key = `${site}-${number}`;
  try {
    await shop.deploy(contentOf(version, kind.endsWith('bad')));
  } catch (error) {
    return { ...bareStory(options, { key, version }), problem: `not deployed: ${String(error)}` };
  }
  const sent = prng.chance(DOUBLED_SHARE) ? prng.int(2, 4) : 1;
  const story: Story = { ...bareStory(options, { key, version }), sent };
  try {
    const message = shop.message({ version, key, plan: options.plan ?? planOf(kind) });
    await Promise.all(Array.from({ length: sent }, () => world.send(message)));
    const id = await idOf(world, story);
    await follow(options, story, id);
    story.after = await lookAround(world, site);
  } catch (error) {
    story.problem = error instanceof Error ? error.message : String(error);
  }
  return story;
}

function bareStory(
  { world, site, kind, may = {} }: StoryOptions,
  named: { readonly key: string; readonly version: string },
): Story {
  const before = world.site(site).contents();
  return { site, kind, may, ...named, before, sent: 0, commands: [], byHand: [], phases: [] };
}

function planOf(kind: Kind): object {
  const plan = kind.startsWith('blue-green') ? BLUE_GREEN : CANARY;
  const isLong = ['late', 'blue-green-bad', 'rolled-back-by-hand'].includes(kind);
  return isLong ? { ...plan, watch: LONG_WATCH } : plan;
}

export function appKeyOfSite(site: string): string {
  return appKeyOf({ subscriptionId: SUBSCRIPTION, resourceGroup: RESOURCE_GROUP, site });
}

async function idOf({ store }: CrashWorld, { site, key }: Story): Promise<string> {
  const endMs = Date.now() + START_LIMIT_MS;
  while (Date.now() < endMs) {
    const start = await store.releaseStore.findStart(appKeyOfSite(site), sha256(key));
    if (start !== undefined) return start.releaseId;
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`start ${key} led to no release within ${START_LIMIT_MS} ms`);
}

async function follow(options: StoryOptions, story: Story, id: string): Promise<void> {
  const { world, onLook, limitMs = LIMIT_MS } = options;
  const people = createPeople(options, story);
  const endMs = Date.now() + limitMs;
  for (;;) {
    const loaded = await world.store.releaseStore.load(id);
    if (loaded === undefined)
      throw new Error(`release ${id} is named by its start, and is not there`);
    const { release } = loaded;
    const { phase } = release.stage;
    if (story.phases.at(-1) !== phase) story.phases.push(phase);
    story.end = release;
    if (isFinished(release.stage)) return;
    if (phase === 'failed') throw new Error(`failed: ${release.reason}: ${release.message}`);
    if (Date.now() > endMs)
      throw new Error(`not ended after ${limitMs} ms: ${phase}, ${release.message}`);
    await people(release);
    await onLook?.(release, story);
    await delay(LOOK_EVERY_MS);
  }
}

/** What people do in this story, at the moments that its dice choose. */
function createPeople(
  { world, site, kind, prng }: StoryOptions,
  story: Story,
): (release: Release) => Promise<void> {
  const actAfterMs = prng.int(0, 12_000);
  const resumeAfterMs = prng.int(500, 5_000);
  const startedMs = Date.now();
  let isDone = false;
  let pausedAtMs: number | undefined;
  const command = async (release: Release, word: string, choice?: 'reapply'): Promise<boolean> => {
    const status = await ask(world, release.id, { word, choice });
    if (status !== undefined) story.commands.push(`${word} ${status}`);
    return status !== undefined;
  };
  return async (release) => {
    const { stage } = release;
    if (stage.phase === 'watching' && kind === 'late') await breakNow(world, site, story);
    if (stage.phase === 'paused') {
      pausedAtMs ??= Date.now();
      if (Date.now() < pausedAtMs + resumeAfterMs) return;
      const choice = stage.found === undefined ? undefined : 'reapply';
      if (await command(release, 'resume', choice)) pausedAtMs = undefined;
      return;
    }
    if (isDone || Date.now() < startedMs + actAfterMs) return;
    const word = wordFor(kind, stage.phase);
    if (word !== undefined) isDone = await command(release, word);
  };
}

function wordFor(kind: Kind, phase: Phase): string | undefined {
  switch (kind) {
    case 'aborted':
      return 'abort';
    case 'paused':
      return phase === 'promoting' ? undefined : 'pause';
    case 'promoted-by-hand':
      return phase === 'ramping' ? 'promote' : undefined;
    case 'rolled-back-by-hand':
      return phase === 'queued' || phase === 'preflight' ? undefined : 'rollback';
    case 'good':
    case 'bad':
    case 'late':
    case 'blue-green':
    case 'blue-green-bad':
      return undefined;
  }
}

/** Undefined: nobody answered as the contract says, so it is asked again. */
async function ask(
  world: CrashWorld,
  id: string,
  { word, choice }: { readonly word: string; readonly choice: 'reapply' | undefined },
): Promise<number | undefined> {
  try {
    const order = choice === undefined ? {} : { choice };
    const { status } = await world.slipway.command(id, word, order);
    return status < 500 ? status : undefined;
  } catch {
    return undefined;
  }
}

/** The new version fails from now on; it is production in the watch. */
async function breakNow(world: CrashWorld, site: string, story: Story): Promise<void> {
  if (story.brokenAtMs !== undefined) return;
  const answer = await visit(world, site, { path: '/__break', method: 'POST' });
  if (answer === story.version) story.brokenAtMs = Date.now();
}

const VISIT_TRIES = 10;

/** One request to production; the version that answered. A connection that breaks is tried again. */
export async function visit(...asked: Parameters<typeof visitOnce>): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await visitOnce(...asked);
    } catch (error) {
      if (tries >= VISIT_TRIES) throw error;
      await delay(LOOK_EVERY_MS);
    }
  }
}

async function visitOnce(
  { appService }: CrashWorld,
  site: string,
  { path, method = 'GET' }: { readonly path: string; readonly method?: string },
): Promise<string> {
  const production = appService.site(site).slots.find(({ name }) => name === 'production');
  const answer = await fetch(`${appService.frontEndUrl}${path}`, {
    method,
    headers: { 'x-forwarded-host': production?.hostName ?? site },
  });
  await answer.arrayBuffer();
  return answer.headers.get('x-shop-version') ?? `nobody (${answer.status})`;
}

const VISITS_AFTER = 6;

async function lookAround(world: CrashWorld, site: string): Promise<NonNullable<Story['after']>> {
  const shop = world.site(site);
  const visits = Array.from({ length: VISITS_AFTER }, () => visit(world, site, { path: '/' }));
  return {
    production: shop.contents().production,
    rules: shop.rules(),
    served: await Promise.all(visits),
  };
}

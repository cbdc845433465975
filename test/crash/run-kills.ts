/** The crash run: many releases at once on two hosts that are killed again and again. */
import { setTimeout as delay } from 'node:timers/promises';

import { createPrng, type Prng } from '../support/prng.ts';
import { checkWorld, type Checked } from './check/check-world.ts';
import { startCrashWorld, type CrashWorld } from './crash-world.ts';
import { createKiller, type KillerOptions, type Moment } from './killer.ts';
import { KINDS, playStory, type Kind, type Story } from './story.ts';

export interface RunOptions {
  readonly kills: number;
  readonly minutes: number;
  readonly seed: number;
  /** At most so many releases are started. */
  readonly releases: number;
  readonly sites: number;
  /** What is released, in order; default: every kind, then any by the seed. */
  readonly kinds?: readonly Kind[];
  /** Between kills at any moment, on average; default: so that the kills fill the minutes. */
  readonly everyMs?: number;
  /** Of each kind of call, the share at which its host is killed. */
  readonly share?: KillerOptions['share'];
  readonly mainFile?: string | undefined;
  readonly log: (line: string) => void;
  /** One line about each release that ended. */
  readonly tell: (line: string) => void;
}

export interface RunResult {
  readonly stories: readonly Story[];
  readonly checked: Checked;
  readonly kills: ReadonlyMap<Moment, number>;
  readonly killed: number;
  readonly hostStarts: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const SHARE = { swap: 0.4, rules: 0.25, commit: 0.01 } as const;
/** About a third of all kills are aimed. */
const AIMED_SHARE = 0.35;
const QUIET_LIMIT_MS = 60_000;

export async function runKills(options: RunOptions): Promise<RunResult> {
  const startedMs = Date.now();
  const { kills, minutes, seed, tell } = options;
  const prng = createPrng(seed);
  const { everyMs = Math.round((minutes * 60_000) / Math.max(1, kills) / (1 - AIMED_SHARE)) } =
    options;
  const { share = SHARE } = options;
  const killer = createKiller({ prng: createPrng(seed + 1), kills, everyMs, share });
  const sites = Array.from({ length: options.sites }, (_, index) => `site-${index + 1}`);
  const { mainFile, log } = options;
  const world = await startCrashWorld({ sites, mainFile, hooks: killer.hooks, log });
  try {
    const over = AbortSignal.timeout(minutes * 60_000);
    const kinds = [...(options.kinds ?? kindsFor(options.releases, prng))];
    const done = new AbortController();
    const killing = killer.run(world.hosts, AbortSignal.any([over, done.signal]));
    const stop = new AbortController();
    killing.finally(() => stop.abort()).catch(() => undefined);
    const perSite = sites.map((site, index) =>
      playSite(world, {
        site,
        kinds,
        prng: createPrng(seed * 100 + index),
        stop: stop.signal,
        tell,
      }),
    );
    const stories = (await Promise.all(perSite)).flat();
    done.abort();
    await killing;
    await Promise.all(world.hosts.map((host) => host.up()));
    await untilQuiet(world);
    return {
      ...{ stories, kills: killer.counts, killed: killer.total },
      checked: await checkWorld(world, stories),
      hostStarts: world.hosts.reduce((sum, { starts }) => sum + starts, 0),
      changes: countChanges(world),
      seconds: Math.round((Date.now() - startedMs) / 1_000),
    };
  } finally {
    await world.stop();
  }
}

/** What is still to be started, shared by all sites. */
function kindsFor(releases: number, prng: Prng): Kind[] {
  const first = [...KINDS];
  const more = Array.from({ length: Math.max(0, releases - first.length) }, () => prng.pick(KINDS));
  return [...first, ...more].slice(0, releases);
}

interface SiteOptions {
  readonly site: string;
  readonly kinds: Kind[];
  readonly prng: Prng;
  readonly stop: AbortSignal;
  readonly tell: (line: string) => void;
}

/** One release after the other, as soon as the app is free, until the kills are done. */
async function playSite(world: CrashWorld, options: SiteOptions): Promise<readonly Story[]> {
  const { site, kinds, prng, stop, tell } = options;
  const stories: Story[] = [];
  for (let number = 2; !stop.aborted; number += 1) {
    const kind = kinds.shift();
    if (kind === undefined) break;
    const startedMs = Date.now();
    const story = await playStory({ world, site, kind, number, prng });
    stories.push(story);
    const seconds = Math.round((Date.now() - startedMs) / 1_000);
    const end = story.problem ?? `${story.end?.stage.phase} (${story.end?.reason})`;
    tell(`${story.key} ${kind}: ${story.phases.join(' ')} in ${seconds} s: ${end}`);
    // A release that did not end holds its app.
    if (story.problem !== undefined) break;
  }
  return stories;
}

/** Starts that were sent twice, and messages of killed hosts, are still on their way. */
async function untilQuiet(world: CrashWorld): Promise<void> {
  const endMs = Date.now() + QUIET_LIMIT_MS;
  while (Date.now() < endMs) {
    if ((await world.waiting('releases')) === 0 && (await world.waiting('releasesPoison')) === 0)
      return;
    await delay(500);
  }
}

function countChanges({ appService }: CrashWorld): Readonly<Record<string, number>> {
  const names = appService.changes.map((change) =>
    change.kind === 'written' ? `${change.method} ${change.rest}` : change.kind,
  );
  const groups = Map.groupBy(names, (name) => name);
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.length]));
}

/** The show: two releases, one after the other, then open house. */
import { setTimeout as delay } from 'node:timers/promises';

import type { DataFolder } from '../local-azure/data-folder.ts';
import { portsFor } from '../local-azure/ports.ts';
import type { ShowArguments } from './arguments.ts';
import { waitForBaseline } from './baseline.ts';
import type { ShowLog } from './log-file.ts';
import { playRelease, SITE_ID, watchRelease } from './play-release.ts';
import type { PlayOptions } from './play-release.ts';
import { appsFileIn, registerShop } from './register-shop.ts';
import { tellRejections } from './rejections.ts';
import type { Screen } from './screen.ts';
import { startStage, TIME_SCALE } from './stage.ts';
import type { Stage } from './stage.ts';
import { nextVersions } from './start-message.ts';
import type { PlayedRelease } from './summary.ts';
import { farewell, introduce, tellAddresses, tellHints, teller } from './tell.ts';
import { tellTrouble } from './trouble.ts';

export interface ShowOptions {
  readonly args: ShowArguments;
  readonly folder: DataFolder;
  readonly screen: Screen;
  readonly log: ShowLog;
  /** Ends the show: the person wants it to stop. */
  readonly signal: AbortSignal;
}

/** Two releases take about a minute; a machine that needs over twice that is in trouble. */
const WATCHDOG_MS = 150_000;
const LEFTOVER_LIMIT_MS = 60_000;
const IDLE_LOOK_MS = 1_000;

/**
 * Runs until the two releases are done (`--once`) or the signal comes.
 * @returns the two releases; fewer when something went wrong, which the screen was told
 */
export async function runShow(options: ShowOptions): Promise<readonly PlayedRelease[]> {
  const { args, folder, screen, log } = options;
  const tell = teller(screen);
  const notices: string[] = [];
  const ports = await portsFor(args.port, (line) => notices.push(line));
  introduce(screen);
  for (const line of notices) tell(line);
  screen.moving('  Azure and the function app are starting …');
  const stage = await startStage({ folder, ports, log: (line) => log.line(line) });
  const over = new AbortController();
  const followed = new Set<string>();
  const rejections = tellRejections({ api: stage.api, screen, followed, signal: over.signal });
  try {
    screen.moving('');
    tellAddresses(stage, options);
    const unregistered = await registerShop(stage, folder);
    if (unregistered !== undefined) tell(`${appsFileIn(folder)} is not applied: ${unregistered}`);
    const played: PlayedRelease[] = [];
    const limit = AbortSignal.timeout(WATCHDOG_MS);
    await orTrouble(stage, options, () => playBoth(played, stage, { ...options, followed, limit }));
    if (!args.once && !stage.ended.aborted) {
      await orTrouble(stage, options, () => openHouse(stage, { ...options, followed }));
    }
    return played;
  } finally {
    screen.moving('  Stopping …');
    over.abort();
    await rejections;
    await stage.stop();
    screen.moving('');
    if (options.signal.aborted) tell(farewell(folder));
  }
}

/** What goes wrong is told; whether anything comes after it is the caller's decision. */
async function orTrouble(
  stage: Stage,
  { screen, log, signal }: ShowOptions,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (signal.aborted) throw error;
    const why: unknown = stage.ended.aborted ? stage.ended.reason : error;
    await tellTrouble(sentenceOf(why), { stage, screen, log });
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

interface Following extends ShowOptions {
  /** Ids of the releases that were shown. */
  readonly followed: Set<string>;
}

interface Limited extends Following {
  /** Aborts when the machine has had its time for the two releases. */
  readonly limit: AbortSignal;
}

async function playBoth(played: PlayedRelease[], stage: Stage, options: Limited): Promise<void> {
  const { args, screen, signal, followed, limit } = options;
  const play: PlayOptions = {
    stage,
    screen,
    followed,
    signal: AbortSignal.any([signal, stage.ended, limit]),
    // Nobody is there to answer a pause when the show is to end by itself.
    ...(args.once ? { isEnd: ({ phase }) => phase === 'paused' || phase === 'failed' } : {}),
  };
  try {
    await finishLeftover(play);
    await playActs(played, play);
  } catch (cause) {
    if (!limit.aborted) throw cause;
    const message = `the two releases were not done after ${WATCHDOG_MS / 1000} seconds`;
    throw new Error(message, { cause });
  }
}

/** A release of a run that was stopped in the middle: it goes on by itself, which is worth a look. */
async function finishLeftover(play: PlayOptions): Promise<void> {
  const { stage, screen, followed, signal } = play;
  const tell = teller(screen);
  const left = await stage.api.activeRelease(SITE_ID);
  if (left === undefined) return;
  screen.line('');
  tell(`The release of ${left.version} was not finished when the last run stopped. It goes on:`);
  const limit = AbortSignal.timeout(LEFTOVER_LIMIT_MS);
  const needsPerson = ({ phase }: { phase: string }): boolean =>
    phase === 'paused' || phase === 'failed';
  const isEnd: PlayOptions['isEnd'] = (release) => needsPerson(release) || limit.aborted;
  const { phase } = await watchRelease(left.id, { ...play, isEnd });
  const active = await stage.api.activeRelease(SITE_ID);
  if (active === undefined) return;
  tell(`It is ${phase}, and the show needs the app: it is taken back now.`);
  const command = phase === 'failed' ? 'acknowledge' : 'abort';
  await stage.api.command(active.id, command, 'the show begins again');
  await watchRelease(active.id, { stage, screen, followed, signal });
}

async function playActs(played: PlayedRelease[], play: PlayOptions): Promise<void> {
  const { stage, screen, signal } = play;
  const { visitors, azure } = stage;
  const { production = '1.0.0', slot } = azure.versions();
  const { good, failing } = nextVersions([production, slot]);
  if (good !== '2.0.0') {
    screen.line('');
    teller(screen)(
      `The shop of the last run is still there, with ${production} in production: the show goes on with ${good} and ${failing} (--fresh starts over).`,
    );
  }
  const ready = async (version: string): Promise<void> => {
    screen.moving(`  Shoppers visit ${version} …`);
    await waitForBaseline({ visitors, version, timeScale: TIME_SCALE, signal });
  };
  await ready(production);
  played.push(
    await playRelease({ version: good, kind: 'good', baselineVersion: production }, play),
  );
  const baseline = azure.versions().production ?? production;
  await ready(baseline);
  played.push(
    await playRelease({ version: failing, kind: 'failing', baselineVersion: baseline }, play),
  );
}

/** Stays up: whatever release a person starts is shown too, with as many shoppers as it needs. */
async function openHouse(stage: Stage, options: Following): Promise<void> {
  const { screen, followed } = options;
  const signal = AbortSignal.any([options.signal, stage.ended]);
  await tellHints(stage, options);
  const shown = new Set<string>();
  for (;;) {
    const active = await stage.api.activeRelease(SITE_ID).catch(() => undefined);
    stage.visitors.many(active !== undefined);
    if (active !== undefined && !shown.has(active.id)) {
      shown.add(active.id);
      screen.line(`\n${screen.look().colors.bold(`▶ ${active.version}`)}`);
      await watchRelease(active.id, { stage, screen, followed, signal });
    }
    await delay(IDLE_LOOK_MS, undefined, { signal });
  }
}

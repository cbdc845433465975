/** The show: two releases, one after the other, then open house. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { DataFolder } from '../local-azure/data-folder.ts';
import { ANY_PORTS, freePorts, isFree, USUAL_PORTS } from '../local-azure/ports.ts';
import type { LocalPorts } from '../local-azure/ports.ts';
import { SLOT_HOST } from '../local-azure/sample-shop.ts';
import type { ShowArguments } from './arguments.ts';
import { waitForBaseline } from './baseline.ts';
import { hintLines } from './hints.ts';
import type { ShowLog } from './log-file.ts';
import { playRelease, SITE_ID, watchRelease } from './play-release.ts';
import type { PlayOptions } from './play-release.ts';
import type { Screen } from './screen.ts';
import { startStage, TIME_SCALE } from './stage.ts';
import type { Stage } from './stage.ts';
import { nextVersions, startMessage } from './start-message.ts';
import type { PlayedRelease } from './summary.ts';
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
  introduce(screen);
  const ports = await portsOf(args, (line) => screen.line(line));
  screen.moving('  Azure and the function app are starting …');
  const stage = await startStage({ folder, ports, log: (line) => log.line(line) });
  try {
    screen.moving('');
    tellAddresses(stage, options);
    const played: PlayedRelease[] = [];
    const limit = AbortSignal.timeout(WATCHDOG_MS);
    await orTrouble(stage, options, () => playBoth(played, stage, { ...options, limit }));
    if (!args.once && !stage.ended.aborted) {
      await orTrouble(stage, options, () => openHouse(stage, options));
    }
    return played;
  } finally {
    screen.moving('  Stopping …');
    await stage.stop();
    screen.moving('');
  }
}

function introduce(screen: Screen): void {
  const { colors } = screen.look();
  const lines = [
    '',
    `${colors.bold('Slipway on this machine.')} You are about to see two releases of a sample shop, while shoppers visit it.`,
    'The first version is good: it climbs from 10 % to 50 % of them, is swapped into production, watched,',
    'and succeeds. The second fails for some of them at the checkout: it is caught and taken back.',
    'The plan is compressed to seconds and its budget widened, so that a minute of local traffic is enough',
    'to certify a version. The code is the one that runs in Azure.',
    '',
  ];
  for (const line of lines) screen.line(line);
}

async function portsOf(
  { port }: ShowArguments,
  notice: (line: string) => void,
): Promise<LocalPorts> {
  if (port === 0) return ANY_PORTS;
  if (port !== undefined && !(await isFree(port))) {
    throw new Error(`port ${port} is taken by another program: choose another with --port`);
  }
  return freePorts({ ...USUAL_PORTS, functions: port ?? USUAL_PORTS.functions }, notice);
}

function tellAddresses(stage: Stage, { folder, screen }: ShowOptions): void {
  const { colors } = screen.look();
  const { urls } = stage.azure;
  const shown = path.relative('', folder.path) || '.';
  const rows = [
    ['function app', `${stage.url}/api  (header x-functions-key: ${stage.functionKey})`],
    ['shop', `${urls.shop}  (its slot: curl -H 'Host: ${SLOT_HOST}' ${urls.shop})`],
    ['App Service', `${urls.arm}/local/state`],
    ['Log Analytics', urls.logs],
    ['data, log', `${shown}, ${path.join(shown, path.basename(folder.logFile))}`],
  ];
  for (const [name = '', value = ''] of rows) {
    screen.line(`  ${colors.dim(name.padEnd(14))} ${value}`);
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

interface Limited extends ShowOptions {
  /** Aborts when the machine has had its time for the two releases. */
  readonly limit: AbortSignal;
}

async function playBoth(played: PlayedRelease[], stage: Stage, options: Limited): Promise<void> {
  const { args, screen, signal, limit } = options;
  const play: PlayOptions = {
    stage,
    screen,
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
  const { stage, screen, signal } = play;
  const left = await stage.api.activeRelease(SITE_ID);
  if (left === undefined) return;
  screen.line(
    `\nThe release of ${left.version} was not finished when the last run stopped. It goes on:`,
  );
  const limit = AbortSignal.timeout(LEFTOVER_LIMIT_MS);
  const needsPerson = ({ phase }: { phase: string }): boolean =>
    phase === 'paused' || phase === 'failed';
  const isEnd: PlayOptions['isEnd'] = (release) => needsPerson(release) || limit.aborted;
  const { phase } = await watchRelease(left.id, { ...play, isEnd });
  const active = await stage.api.activeRelease(SITE_ID);
  if (active === undefined) return;
  screen.line(`It is ${phase}, and the show needs the app: it is taken back now.`);
  const command = phase === 'failed' ? 'acknowledge' : 'abort';
  await stage.api.command(active.id, command, 'the show begins again');
  await watchRelease(active.id, { stage, screen, signal });
}

async function playActs(played: PlayedRelease[], play: PlayOptions): Promise<void> {
  const { stage, screen, signal } = play;
  const { visitors, azure } = stage;
  const { production = '1.0.0', slot } = azure.versions();
  const { good, failing } = nextVersions([production, slot]);
  if (good !== '2.0.0') {
    screen.line(
      `\nThe shop of the last run is still there, with ${production} in production: the show goes on with ${good} and ${failing} (--fresh starts over).`,
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

/** Stays up: whatever release a person starts is shown too. */
async function openHouse(stage: Stage, options: ShowOptions): Promise<void> {
  const { screen, folder } = options;
  const signal = AbortSignal.any([options.signal, stage.ended]);
  const { colors } = screen.look();
  const present = stage.azure.versions();
  const { good: version } = nextVersions([present.production, present.slot]);
  const messageFile = path.join(folder.path, 'start.json');
  await writeFile(messageFile, `${JSON.stringify(startMessage({ version }), undefined, 2)}\n`);
  const { url, functionKey, azure } = stage;
  const lines = hintLines({ url, functionKey, armUrl: azure.urls.arm, version, messageFile });
  screen.line(`\n${colors.bold('It stays up until Ctrl-C.')} Try it, in another terminal:\n`);
  for (const line of lines) screen.line(line.startsWith('#') ? colors.dim(line) : line);
  const shown = new Set<string>();
  for (;;) {
    const active = await stage.api.activeRelease(SITE_ID).catch(() => undefined);
    if (active !== undefined && !shown.has(active.id)) {
      shown.add(active.id);
      screen.line(`\n${colors.bold(`▶ ${active.version}`)}`);
      await watchRelease(active.id, { stage, screen, signal });
    }
    await delay(IDLE_LOOK_MS, undefined, { signal });
  }
}

/** The show: two releases, one after the other, then open house. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { DataFolder } from '../local-azure/data-folder.ts';
import { ANY_PORTS, freePorts, USUAL_PORTS } from '../local-azure/ports.ts';
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

/** Two releases take about a minute; a machine that needs three times that is in trouble. */
const WATCHDOG_MS = 180_000;
const LEFTOVER_LIMIT_MS = 60_000;
const IDLE_LOOK_MS = 1_000;

/**
 * Runs until the two releases are done (`--once`) or the signal comes.
 * @returns the two releases; fewer when something went wrong, which the screen was told
 */
export async function runShow(options: ShowOptions): Promise<readonly PlayedRelease[]> {
  const { args, folder, screen, log, signal } = options;
  introduce(screen);
  const ports = await portsOf(args, (line) => screen.line(line));
  screen.moving('  Azure and the function app are starting …');
  const stage = await startStage({ folder, ports, log: (line) => log.line(line) });
  try {
    screen.moving('');
    tellAddresses(stage, options);
    const ended = new AbortController();
    void stage.hostEnded.then(() => ended.abort(new Error('the functions host has ended')));
    const running = AbortSignal.any([signal, ended.signal]);
    const played = await playBoth(stage, { ...options, signal: running });
    if (!args.once) await openHouse(stage, { ...options, signal: running });
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
  const ports = await freePorts(
    { ...USUAL_PORTS, functions: port ?? USUAL_PORTS.functions },
    notice,
  );
  if (port !== undefined && ports.functions !== port) {
    throw new Error(`port ${port} is taken by another program: choose another with --port`);
  }
  return ports;
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

/** Within the watchdog's time; what goes wrong is told, and does not end an open house. */
async function playBoth(stage: Stage, options: ShowOptions): Promise<readonly PlayedRelease[]> {
  const { screen, log, args } = options;
  const late = AbortSignal.timeout(WATCHDOG_MS);
  const played: PlayedRelease[] = [];
  const play: PlayOptions = {
    stage,
    screen,
    signal: AbortSignal.any([options.signal, late]),
    // Nobody is there to answer a pause when the show is to end by itself.
    ...(args.once ? { isEnd: ({ phase }) => phase === 'paused' || phase === 'failed' } : {}),
  };
  try {
    await finishLeftover(play);
    await playActs(played, play);
  } catch (error) {
    if (options.signal.aborted) throw error;
    const what = late.aborted
      ? `the two releases were not done after ${WATCHDOG_MS / 1000} seconds`
      : String(error);
    await tellTrouble(what, { stage, screen, log });
  }
  return played;
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
  const { screen, folder, signal } = options;
  const { colors } = screen.look();
  const present = stage.azure.versions();
  const { good: version } = nextVersions([present.production, present.slot]);
  const messageFile = path.join(path.relative('', folder.path), 'start.json');
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

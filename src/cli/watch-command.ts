/** `slipway watch`: follows a release to its end, with an exit code for scripts. */
import { type Command, Option } from 'commander';

import type { ReleaseView } from '../api/contract.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import type { ApiAccess } from './api-client.ts';
import { durationArgument } from './duration-argument.ts';
import { EXIT } from './exit-codes.ts';
import { addRelease, type AppOption, releaseOf } from './find-release.ts';
import { labelled, type Look, lookOf, oneLine } from './look.ts';
import { rest } from './patience.ts';
import { appName, differenceWords, phaseColor, whereItStands } from './release-words.ts';
import { nextLines, pageLines } from './release-status.ts';
import { allAudit, getRelease } from './slipway-api.ts';
import { type Ended, type Seen, watch, type WatchEnd, type WatchPorts } from './watch.ts';
import { watchScreen } from './watch-screen.ts';
import { WITHOUT_SLIPWAY } from './what-next.ts';

export interface WatchOptions {
  readonly timeout: number;
  readonly patience: number;
  readonly every: number;
  readonly until: 'promoted' | 'succeeded';
  readonly stopAtPause?: true;
  readonly json?: true;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DIFFERENCES_TOLD = 3;

const EXAMPLES = `
Examples:
  slipway watch --app shop
  slipway watch 0123456789abcdef0123-0123456789abcdef012 --until promoted
  slipway watch --app shop --stop-at-pause --timeout 2h --json

Exit codes: 0 promoted; 1 rolled back, aborted, rejected or failed; 2 wrong
usage; 3 could not tell (time is over, Slipway stayed away, Ctrl-C). The release
goes on whatever becomes of the watch.
With --json one object a line: {"kind": "transition" | "trouble" | "end", …}.
`;

/** Adds the command to the program. */
export function addWatch(program: Command): void {
  const command = addRelease(program.command('watch'));
  addAccess(addWatchOptions(command))
    .description('Follows a release live until its end.')
    .addHelpText('after', EXAMPLES)
    .action(
      async (given: string | undefined, options: AccessOptions & AppOption & WatchOptions) => {
        const access = accessOf(options);
        await watchRelease(access, await releaseOf(access, given, options), options);
      },
    );
}

export function addWatchOptions(command: Command): Command {
  const duration = (flags: string, what: string): Option =>
    new Option(flags, what).argParser(durationArgument);
  return command
    .addOption(
      duration('--timeout <duration>', 'watch no longer than this').default(6 * HOUR_MS, '6h'),
    )
    .addOption(
      duration('--patience <duration>', 'bear so long with a Slipway that is away').default(
        10 * MINUTE_MS,
        '10m',
      ),
    )
    .addOption(
      new Option('--until <end>', 'promoted: the swap; succeeded: and the watch after it')
        .choices(['promoted', 'succeeded'])
        .default('succeeded'),
    )
    .option('--stop-at-pause', 'end when a person has to decide (exit code 3)')
    .addOption(duration('--every <duration>', 'how often it looks').default(5_000, '5s'));
}

/** Sets the exit code. */
export async function watchRelease(
  access: ApiAccess,
  id: string,
  options: WatchOptions,
): Promise<void> {
  const screen = watchScreen(options.json === true);
  const stop = stopSignal();
  const timeout = AbortSignal.timeout(options.timeout);
  const asking = { ...access, signal: AbortSignal.any([stop.signal, timeout]) };
  const ports: WatchPorts = {
    look: (from) => look(asking, id, from),
    rest,
    patience: () => AbortSignal.timeout(options.patience),
    ...{ stop: stop.signal, timeout, screen },
  };
  const { every: everyMs, until, stopAtPause = false } = options;
  try {
    const ended = await watch({ everyMs, until, stopAtPause }, ports);
    screen.clear();
    tell(ended, id, options);
    process.exitCode = EXIT_OF[ended.end];
  } finally {
    screen.clear();
    stop.off();
  }
}

const EXIT_OF: Readonly<Record<WatchEnd, number>> = {
  promoted: EXIT.good,
  'not-promoted': EXIT.bad,
  stopped: EXIT.unknown,
  timeout: EXIT.unknown,
  paused: EXIT.unknown,
  unreachable: EXIT.unknown,
};

async function look(access: ApiAccess, id: string, from: number): Promise<Seen> {
  const { at, release, plan } = await getRelease(access, id);
  if (release.sequence < from) return { at, release, plan, rows: [] };
  return { at, release, plan, rows: await allAudit(access, id, from) };
}

/**
 * Ctrl-C, and what CI sends when a job is cancelled. Not `once`: such a listener is gone when it is called, and
 * signal-exit, which gives the terminal its cursor back, would then end the process before a word is said.
 */
function stopSignal(): { readonly signal: AbortSignal; readonly off: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, abort);
  return {
    signal: controller.signal,
    off: () => signals.forEach((name) => process.off(name, abort)),
  };
}

function tell({ end, release }: Ended, id: string, { json }: WatchOptions): void {
  if (json) {
    console.log(JSON.stringify({ kind: 'end', end, exit: EXIT_OF[end], release: release ?? null }));
    return;
  }
  const look = lookOf(process.stdout);
  if (end === 'promoted' || end === 'not-promoted') {
    if (release !== undefined) console.log(endText(release, look));
    return;
  }
  const last = end === 'unreachable' ? 'last seen ' : '';
  const stands = release === undefined ? '' : ` (${last}${whereItStands(release)})`;
  // With Slipway away the release may stand still, too.
  const goes =
    end === 'unreachable' ? `how release ${id} goes on is not known` : `release ${id} goes on`;
  if (end === 'paused' && release !== undefined) {
    console.error(`slipway: ${WHY_OVER[end]}`);
    for (const line of nextLines(release, lookOf(process.stderr))) console.error(line);
    return;
  }
  console.error(`slipway: ${WHY_OVER[end]}; ${goes}${stands}: slipway watch ${id}`);
  if (end === 'unreachable') console.error(`slipway: ${WITHOUT_SLIPWAY}`);
}

const WHY_OVER: Readonly<Record<Exclude<WatchEnd, 'promoted' | 'not-promoted'>, string>> = {
  stopped: 'no longer watching',
  timeout: 'no end within --timeout',
  paused: 'it is paused, and a person has to decide',
  unreachable: 'Slipway did not answer within --patience',
};

/** How it ended, and after harm why. */
function endText(release: ReleaseView, look: Look): string {
  const { colors } = look;
  const { phase, version, verdict, differences, message } = release;
  const mark = phase === 'succeeded' || phase === 'watching' ? '✔' : phase === 'failed' ? '✖' : '↩';
  const words = phase === 'watching' ? 'promoted, and being watched' : phase;
  const title = phaseColor(
    phase,
    colors,
  )(`${mark} ${appName(release)} ${oneLine(version)} ${words}`);
  const hurts = (differences ?? []).slice(0, DIFFERENCES_TOLD);
  const isTold = verdict === null || message.includes(verdict.sentence);
  return [
    title,
    labelled('Why', message, look),
    ...(isTold ? [] : [labelled('Verdict', verdict.sentence, look)]),
    ...hurts.map((one, index) =>
      labelled(index === 0 ? 'It hurts' : '', differenceWords(one), look),
    ),
    ...pageLines(release, look),
  ].join('\n');
}

/** `slipway start`: begins a release, as CI does. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';

import type { StartAnswer } from '../api/contract.ts';
import { InvalidInputError } from '../release/errors.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import type { ApiAccess } from './api-client.ts';
import { ciRun } from './ci-run.ts';
import { refusable } from './failure.ts';
import { appArgument } from './find-release.ts';
import { labelled, type Look, lookOf, oneLine } from './look.ts';
import { backoffMs, passes, rest } from './patience.ts';
import { planProblemsIn } from './plan-check.ts';
import { PRESETS, writtenAt } from './read-plan.ts';
import { pageLines } from './release-status.ts';
import { appName } from './release-words.ts';
import { siteArgument, slotArgument } from './site-argument.ts';
import { startRelease } from './slipway-api.ts';
import { committedAtArgument, traceparentArgument, traceparentOf } from './start-arguments.ts';
import { startBody, type StartFacts } from './start-body.ts';
import { addWatchOptions, watchRelease, type WatchOptions } from './watch-command.ts';

interface StartOptions extends AccessOptions, StartFacts, WatchOptions {
  readonly plan?: string;
  readonly watch?: true;
}

const TRIES = 6;

const EXAMPLES = `
Examples:
  slipway start --app shop --version 2.4.0
  slipway start --app shop --version 2.4.0 --plan careful --watch
  slipway start --app shop --version 2.4.0 --plan plan.yaml --irreversible
  slipway start --site SUBSCRIPTION/rg-shop/shop --slot staging --version 2.4.0
  slipway start --app shop --version 2.4.0 --commit "$(git rev-parse HEAD)" \\
    --committed-at "$(git log -1 --format=%cI)"

In GitHub Actions and Azure Pipelines name, run and commit come from the run, and
the key is made of run, attempt and app: the same attempt starts the same release
once, however often it asks. Lead times (slipway report) count from
--committed-at; the release's trace leads to --traceparent.
Exit codes: 0 started, 1 refused, 2 wrong usage, 3 could not tell; with --watch
those of slipway watch.
`;

/** Adds the command to the program. */
export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('Starts a release of the version that lies in the slot.')
    .option('--app <name>', 'the app, by its name in the registry', appArgument)
    .option('--site <id>', 'or the site: its resource id, or subscription/group/site', siteArgument)
    .option('--slot <name>', 'with --site: the slot with the new version', slotArgument)
    .requiredOption('--version <version>', 'what the app reports as AppVersion')
    .option('--plan <preset or file>', `${PRESETS}, or a file in JSON or YAML`)
    .option('--start-key <key>', 'the same key and content is the same release')
    .option('--baseline <version>', 'the version that must be in production now')
    .option('--irreversible', 'once promoted, Slipway never swaps it back by itself')
    .option('--name <name>', 'who asks (else the CI run, --as, or your user name)')
    .option('--run <url>', 'address of the CI run')
    .option('--commit <commit>', 'the commit that was built')
    .option(
      '--committed-at <time>',
      'when it was made, for lead times: git log -1 --format=%cI',
      committedAtArgument,
    )
    .option(
      '--traceparent <traceparent>',
      'the trace of the run, else $TRACEPARENT',
      traceparentArgument,
    )
    .option('--watch', 'and watch it until its end');
  addAccess(addWatchOptions(command))
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions) => {
      const started = await refusable(start)(options);
      // Refused is the start alone: what the watch does not learn says nothing of the release.
      if (started !== undefined && options.watch) {
        await watchRelease(started.access, started.id, options);
      }
    });
}

/** @returns what is watched */
async function start(
  options: StartOptions,
): Promise<{ readonly access: ApiAccess; readonly id: string }> {
  const access = accessOf(options);
  const body = startBody(options, planOf(options.plan), {
    ci: ciRun(process.env),
    user: access.actor ?? userName(),
    traceparent: traceparentOf(process.env),
  });
  const { release, created, outlook, outlookProblem } = await startPatiently(access, body);
  const answer: StartAnswer = { release, created, outlook, outlookProblem };
  if (!options.json) tell(answer, options);
  else if (options.watch) console.log(JSON.stringify({ kind: 'started', ...answer }));
  else console.log(JSON.stringify(answer, undefined, 2));
  return { access, id: release.id };
}

function tell(answer: StartAnswer, { watch }: StartOptions): void {
  const { release, created } = answer;
  const look = lookOf(process.stdout);
  const what = created ? 'started' : `had been started before, and is ${release.phase}`;
  console.log(`${appName(release)} ${release.version} ${what}: release ${release.id}`);
  const lines = [
    ...(watch ? [] : [labelled('Why', release.message, look)]),
    ...outlookLines(answer, look),
    // The watch says it itself.
    ...(watch ? [] : pageLines(release, look)),
    ...(watch ? [] : [labelled('Watch it', `slipway watch ${release.id}`, look)]),
  ];
  for (const line of lines) console.log(line);
}

/** What the app's own traffic means for the plan: worth a look while nothing has been touched yet. */
function outlookLines({ outlook, outlookProblem, created }: StartAnswer, look: Look): string[] {
  if (outlook) return [labelled('Outlook', outlook.message, look)];
  // The same start again is not looked at again: nothing is missing.
  if (!created || !outlookProblem) return [];
  return [labelled('Outlook', `not known: ${outlookProblem}`, look)];
}

/** Checked here already: every problem of the plan, without asking anybody. */
function planOf(name: string | undefined): unknown {
  if (name === undefined) return undefined;
  const written = writtenAt(name);
  const problems = planProblemsIn(written);
  if (problems.length > 0) throw new InvalidInputError(`the plan ${name}`, problems);
  return written;
}

/** With a key it may be sent again: nothing is started twice. */
async function startPatiently(
  access: ApiAccess,
  body: ReturnType<typeof startBody>,
): ReturnType<typeof startRelease> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startRelease(access, body);
    } catch (error) {
      if (body.key === undefined || tries === TRIES || !passes(error, false)) throw error;
      const waitMs = backoffMs(tries);
      const why = error instanceof Error ? error.message : String(error);
      console.error(`slipway: ${oneLine(why)}; asking again in ${waitMs / 1000} s`);
      await rest(waitMs);
    }
  }
}

/** Of this machine's user; where nobody has a name, as in some containers, the command's. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'slipway';
  }
}

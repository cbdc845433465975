/** `slipway start`: begins a release, as CI does. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';

import { InvalidInputError } from '../release/errors.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import type { ApiAccess } from './api-client.ts';
import { ciRun } from './ci-run.ts';
import { refusable } from './failure.ts';
import { appArgument } from './find-release.ts';
import { lookOf, oneLine, wrap } from './look.ts';
import { backoffMs, passes, rest } from './patience.ts';
import { planProblemsIn } from './plan-check.ts';
import { PRESETS, writtenAt } from './read-plan.ts';
import { appName } from './release-words.ts';
import { siteArgument, slotArgument } from './site-argument.ts';
import { startRelease } from './slipway-api.ts';
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

In GitHub Actions and Azure Pipelines name, run and commit come from the run, and
the key is made of run, attempt and app: the same attempt starts the same release
once, however often it asks.
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
    .option('--watch', 'and watch it until its end');
  addAccess(addWatchOptions(command)).addHelpText('after', EXAMPLES).action(refusable(start));
}

async function start(options: StartOptions): Promise<void> {
  const access = accessOf(options);
  const body = startBody(options, planOf(options.plan), {
    ci: ciRun(process.env),
    user: access.actor ?? userName(),
  });
  const { release, created } = await startPatiently(access, body);
  if (options.json) {
    const line = { kind: 'started', release, created };
    console.log(
      options.watch ? JSON.stringify(line) : JSON.stringify({ release, created }, undefined, 2),
    );
  } else {
    const what = created ? 'started' : `had been started before, and is ${release.phase}`;
    console.log(`${appName(release)} ${release.version} ${what}: release ${release.id}`);
    const { columns } = lookOf(process.stdout);
    if (!options.watch) console.log(wrap(oneLine(release.message), columns).join('\n'));
    if (!options.watch) console.log(`watch it: slipway watch ${release.id}`);
  }
  if (options.watch) await watchRelease(access, release.id, options);
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

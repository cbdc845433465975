/** `slipway doctor`: would a release be refused now, and why. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';

import type { DoctorAnswer } from '../api/contract.ts';
import { AzureCallError, openDoctor, type StandIns } from '../app.ts';
import type { Checkup } from '../release/doctor.ts';
import { InvalidInputError, SlipwayError } from '../release/errors.ts';
import type { Target } from '../release/start-message.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { callApi } from './api-client.ts';
import { reportText } from './doctor-report.ts';
import { checkPatiently, inTurn } from './doctor-wait.ts';
import { durationArgument } from './duration-argument.ts';
import { EXIT } from './exit-codes.ts';
import { NO_TO_QUESTION, refusable } from './failure.ts';
import { lookOf } from './look.ts';
import { planProblemsIn } from './plan-check.ts';
import { PRESETS, writtenAt } from './read-plan.ts';
import { siteArgument, slotArgument } from './site-argument.ts';
import { usage } from './usage.ts';

interface DoctorOptions extends AccessOptions {
  readonly app?: string;
  readonly site?: Target;
  readonly slot?: string;
  readonly workspace?: string;
  readonly component?: string;
  readonly role?: string;
  readonly version?: string;
  readonly baseline?: string;
  readonly plan?: string;
  /** Milliseconds; false: --no-wait. */
  readonly wait: number | false;
  readonly armEndpoint?: string;
  readonly logsEndpoint?: string;
  readonly sitesEndpoint?: string;
}

const WAIT_MS = 180_000;

const EXAMPLES = `
Examples:
  # by Slipway's identity: the one that will release
  slipway doctor --app shop
  slipway doctor --app shop --version 2.4.0 --plan careful
  slipway doctor --app shop --json | jq '.checks[] | select(.status == "problem")'
  # by your own az login, before Slipway is deployed
  slipway doctor --site SUBSCRIPTION/rg-shop/shop --slot staging --workspace WORKSPACE

Sends harmless requests (GET, HEAD) to the slot, as preflight does; changes nothing.
Exit codes: 0 a release would be taken, 1 it would be refused, 2 wrong usage,
3 could not tell, or no right to ask.
`;

/** Adds the command to the program. */
export function addDoctor(program: Command): void {
  const standIn = (flags: string): Option =>
    new Option(flags, 'a stand-in for Azure on this machine').hideHelp();
  const command = program
    .command('doctor')
    .description("Says whether a release would be refused now: preflight's checks, and more.")
    .option('--app <name>', 'the app, by its name in the registry')
    .option('--site <id>', 'or the site: its resource id, or subscription/group/site', siteArgument)
    .option('--slot <name>', 'with --site: the slot with the new version', slotArgument)
    .option('--workspace <id>', 'with --site: workspace id (GUID) of the telemetry')
    .option('--component <id>', 'with --site: resource id of the Application Insights component')
    .option('--role <name>', "with --site: AppRoleName, where it is not the site's name")
    .option('--version <version>', 'the version to be released; else the one that the slot reports')
    .option('--baseline <version>', 'the version that must be in production now')
    .option('--plan <preset or file>', `${PRESETS}, or a file in JSON or YAML`)
    .addOption(
      new Option('--wait <duration>', 'at most so long for telemetry to show the slot')
        .argParser(durationArgument)
        .default(WAIT_MS, '3m'),
    )
    .option('--no-wait', 'ask once')
    .addOption(standIn('--arm-endpoint <url>'))
    .addOption(standIn('--logs-endpoint <url>'))
    .addOption(standIn('--sites-endpoint <url>'));
  addAccess(command).addHelpText('after', EXAMPLES).action(refusable(doctor, NO_TO_QUESTION));
}

async function doctor(options: DoctorOptions): Promise<void> {
  const checkup = await checkPatiently(lookerOf(options), {
    waitMs: options.wait === false ? 0 : options.wait,
    sleep: (ms) => delay(ms),
    tell: (line) => void process.stderr.write(`${line}\n`),
  });
  console.log(
    options.json
      ? JSON.stringify(checkup, undefined, 2)
      : reportText(checkup, lookOf(process.stdout)),
  );
  process.exitCode = EXITS[checkup.verdict];
}

const EXITS = { ready: EXIT.good, refused: EXIT.bad, unknown: EXIT.unknown } as const;

type Looker = (since: string | undefined) => Promise<Checkup>;

function lookerOf(options: DoctorOptions): Looker {
  const { app, site } = options;
  if ((app === undefined) === (site === undefined)) {
    throw usage(
      'say which app: --app NAME asks the function app, --site ID with --slot NAME Azure',
    );
  }
  return app === undefined ? ownLooker(options) : slipwayLooker(app, options);
}

/** What a start with these options would say. */
function questionOf({ version, baseline, plan }: DoctorOptions): Readonly<Record<string, unknown>> {
  return {
    ...(version === undefined ? {} : { version }),
    ...(baseline === undefined ? {} : { baselineVersion: baseline }),
    ...(plan === undefined ? {} : { plan: planOf(plan) }),
  };
}

function planOf(name: string): unknown {
  const written = writtenAt(name);
  const problems = planProblemsIn(written);
  if (problems.length > 0) throw new InvalidInputError(`the plan ${name}`, problems);
  return written;
}

const ANSWER = z.object({
  checkup: z.looseObject({
    since: z.string(),
    verdict: z.enum(['ready', 'refused', 'unknown']),
    checks: z.array(z.looseObject({ id: z.string(), status: z.string(), message: z.string() })),
  }),
});

function slipwayLooker(app: string, options: DoctorOptions): Looker {
  const { slot, workspace, component, role } = options;
  if ([slot, workspace, component, role].some((one) => one !== undefined)) {
    throw usage(
      '--slot, --workspace, --component and --role belong to --site: the registry has them of --app',
    );
  }
  const access = accessOf(options);
  const question = questionOf(options);
  const path = `apps/${encodeURIComponent(app)}/doctor`;
  return async (since) => {
    const body = JSON.stringify({ ...question, ...(since === undefined ? {} : { since }) });
    const answer = await inTurn(() => callApi(access, { method: 'POST', path, body }), delay);
    if (!ANSWER.safeParse(answer).success) {
      throw new SlipwayError(
        'no-slipway',
        'the answer is no checkup: is this address a Slipway of this version?',
      );
    }
    return (answer as DoctorAnswer).checkup;
  };
}

function ownLooker(options: DoctorOptions): Looker {
  const { site: target, slot, workspace, component, role, version, baseline } = options;
  if (slot === undefined) throw usage('--site needs --slot NAME');
  const telemetry = {
    ...(workspace === undefined ? {} : { workspaceId: workspace }),
    ...(component === undefined ? {} : { component }),
    ...(role === undefined ? {} : { role }),
  };
  const place = { target, slot, telemetry };
  const look = connected(standInsOf(options));
  const plan = options.plan === undefined ? {} : { plan: planOf(options.plan) };
  return (since) =>
    look(place, {
      ...{ version, baselineVersion: baseline, ...plan },
      since: since === undefined ? undefined : Date.parse(since),
    });
}

function standInsOf(options: DoctorOptions): StandIns | undefined {
  const { armEndpoint: arm, logsEndpoint: logs, sitesEndpoint: sites } = options;
  if (arm !== undefined && logs !== undefined && sites !== undefined) return { arm, logs, sites };
  if (arm === undefined && logs === undefined && sites === undefined) return undefined;
  throw usage('--arm-endpoint, --logs-endpoint and --sites-endpoint go together');
}

function connected(standIns: StandIns | undefined): ReturnType<typeof openDoctor> {
  try {
    return openDoctor(standIns);
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    throw usage(error.message);
  }
}

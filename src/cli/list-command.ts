/** `slipway list`: releases, newest first. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import { PHASES } from '../api/contract/phases.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { activeReleases } from './active-releases.ts';
import { appAddress, appArgument } from './find-release.ts';
import { lookOf } from './look.ts';
import { releasesTable } from './release-table.ts';
import { listReleases } from './slipway-api.ts';
import { usage } from './usage.ts';

interface ListOptions extends AccessOptions {
  readonly app?: string;
  readonly phase?: string;
  readonly active?: true;
  readonly max: number;
}

/** The most that one answer of the API has. */
const RELEASES_MAX = 50;

const EXAMPLES = `
Examples:
  slipway list
  slipway list --active
  slipway list --app shop --max 5
  slipway list --phase failed --json
`;

/** Adds the command to the program. */
export function addList(program: Command): void {
  const command = program
    .command('list')
    .description('Lists releases, newest first.')
    .option('--app <name>', 'of one app: its name in the registry, or its resource id', appArgument)
    .addOption(new Option('--phase <phase>', 'only those in this phase').choices(PHASES))
    .option('--active', 'only those that are not finished')
    .option('--max <number>', `how many, 1 to ${RELEASES_MAX}`, max, 20);
  addAccess(command).addHelpText('after', EXAMPLES).action(list);
}

async function list(options: ListOptions): Promise<void> {
  const { phase, active, max: most } = options;
  if (phase !== undefined && active) throw usage('give --phase or --active, not both');
  const access = accessOf(options);
  const app = options.app === undefined ? undefined : await appAddress(access, options.app);
  const page = active
    ? await activeReleases(access, { app, max: most })
    : await listReleases(access, { app, phase, max: most });
  const { releases, continuation } = page;
  if (options.json) {
    console.log(JSON.stringify({ releases, continuation }, undefined, 2));
    return;
  }
  console.log(releasesTable(releases, lookOf(process.stdout, page.at)));
}

function max(text: string): number {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= RELEASES_MAX) return value;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${RELEASES_MAX}.`);
}

/** The command `slipway`. Exit codes: 0 good, 1 bad, 2 wrong usage, 3 could not tell. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { openStore } from '../app.ts';
import type { ChainCheck } from '../release/chain.ts';
import { SlipwayError } from '../release/errors.ts';
import { isReleaseId } from '../release/release-id.ts';
import { verifyAudit } from './audit-verify.ts';
import { settingsWith } from './settings-file.ts';

const EXIT = { good: 0, bad: 1, usage: 2, unknown: 3 } as const;
const SETTINGS_FILE = 'local.settings.json';

const program = new Command('slipway')
  .description('Gradual releases on Azure App Service.')
  .exitOverride();
program
  .command('audit')
  .description('The audit of a release.')
  .command('verify')
  .description(
    `Re-computes the hash chain of a release's audit and names the first bad row. Reads the store itself, by the settings AzureWebJobsStorage… of the environment or of ${SETTINGS_FILE} in this folder.`,
  )
  .argument('<releaseId>', 'the release', releaseIdArgument)
  .option('--json', 'one JSON object instead of a sentence')
  .action(async (releaseId: string, options: { readonly json?: true }) => {
    const check = await verifyAudit(openStore(settingsWith(process.env, SETTINGS_FILE)), releaseId);
    console.log(options.json ? JSON.stringify({ release: releaseId, ...check }) : sentence(check));
    process.exitCode = check.ok ? EXIT.good : EXIT.bad;
  });

function releaseIdArgument(text: string): string {
  if (isReleaseId(text)) return text;
  throw new InvalidArgumentError('A release id is 20 hex digits, a hyphen and 19 hex digits.');
}

function sentence(check: ChainCheck): string {
  if (check.ok) return `chain of ${check.rows} rows verifies, head ${check.head}`;
  return `chain broken at row ${check.sequence}: ${check.problem}`;
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; help that was asked for is no failure.
    process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.usage;
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof SlipwayError ? error.code : 'internal';
  if (process.argv.includes('--json')) console.log(JSON.stringify({ error: { code, message } }));
  console.error(`slipway: ${message}`);
  process.exitCode = EXIT.unknown;
}

program.parseAsync().catch(fail);

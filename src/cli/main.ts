#!/usr/bin/env node
/** The command `slipway`. Exit codes: 0 good, 1 bad, 2 wrong usage, 3 could not tell. */
import { Command, CommanderError } from 'commander';

import { InvalidInputError, SlipwayError } from '../release/errors.ts';
import { addApps } from './apps-command.ts';
import { addAudit } from './audit-command.ts';
import { EXIT } from './exit-codes.ts';
import { FileError } from './file-error.ts';
import { addForecast } from './forecast-command.ts';
import { addJudge } from './judge-command.ts';
import { addRescue } from './rescue-command.ts';
import { VERSION } from './version.ts';

const program = new Command('slipway')
  .description('Gradual releases on Azure App Service.')
  .version(VERSION)
  .showHelpAfterError('(slipway --help says what there is)')
  .exitOverride();

/** Lines enough to see what is wrong; a file of another kind has a problem on each of its lines. */
const PROBLEMS_TOLD = 100;

// Who reads the beginning only (`slipway … | head`) has seen enough. What was begun goes on to its end, and
// the exit code is the command's own.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; help that was asked for is no failure.
    process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.usage;
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof SlipwayError ? error.code : 'internal';
  if (process.argv.includes('--json')) console.log(JSON.stringify({ error: { code, message } }));
  console.error(`slipway: ${error instanceof InvalidInputError ? listed(error) : message}`);
  const isUsage = error instanceof InvalidInputError || error instanceof FileError;
  process.exitCode = isUsage ? EXIT.usage : EXIT.unknown;
}

/** Several problems: one a line. */
function listed({ what, message, details }: InvalidInputError): string {
  if (details.length < 2) return message;
  const lines = details
    .slice(0, PROBLEMS_TOLD)
    .map((one) => (one.path === '' ? one.message : `${one.path}: ${one.message}`));
  const left = details.length - lines.length;
  const more = left === 0 ? [] : [`and ${left} more`];
  return [`${what} is not valid:`, ...lines, ...more].join('\n  ');
}

addApps(program);
addAudit(program);
addForecast(program);
addJudge(program);
addRescue(program);
program.parseAsync().catch(fail);

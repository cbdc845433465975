/** The command `slipway` with everything that it can do. */
import { Command } from 'commander';

import { addApps } from './apps-command.ts';
import { addAudit } from './audit-command.ts';
import { addCompletion } from './completion-command.ts';
import { addDoctor } from './doctor-command.ts';
import { addForecast } from './forecast-command.ts';
import { addJudge } from './judge-command.ts';
import { addList } from './list-command.ts';
import { addNotify } from './notify-command.ts';
import { addOverrides } from './override-commands.ts';
import { addPlan } from './plan-command.ts';
import { addReport } from './report-command.ts';
import { addRescue } from './rescue-command.ts';
import { addStart } from './start-command.ts';
import { addStatus } from './status-command.ts';
import { addSummary } from './summary-command.ts';
import { plainly } from './usage.ts';
import { VERSION } from './version.ts';
import { addWatch } from './watch-command.ts';

const ENVIRONMENT = `
SLIPWAY_URL says where Slipway is; SLIPWAY_KEY (a function key) or SLIPWAY_SCOPE
(Entra) who asks. \`slipway COMMAND --help\` has examples. More:
docs/command-line.md.
Exit codes: 0 good, 1 bad or refused, 2 wrong usage, 3 could not tell.
`;

/** Nothing is read before it is parsed; each call gives a program of its own. */
export function createProgram(): Command {
  const program = new Command('slipway')
    .description('Gradual releases on Azure App Service.')
    .version(VERSION)
    // `slipway start --version 2.4.0` asks for no version of Slipway.
    .enablePositionalOptions()
    .exitOverride();
  program.commandsGroup('Releases:');
  addStart(program);
  addList(program);
  addStatus(program);
  addWatch(program);
  addSummary(program);
  addDoctor(program);
  program.commandsGroup('Take over:');
  addOverrides(program);
  addRescue(program);
  program.commandsGroup('Plans and evidence:');
  addPlan(program);
  addForecast(program);
  addJudge(program);
  program.commandsGroup('Records and settings:');
  addAudit(program);
  addReport(program);
  addApps(program);
  addNotify(program);
  addCompletion(program);
  program.addHelpText('after', ENVIRONMENT);
  nameHelp(program, program.name());
  return program;
}

/** Whoever gave a command wrongly is led to the help of that command. */
function nameHelp(command: Command, name: string): void {
  command.showHelpAfterError(`(${name} --help says what there is)`);
  command.configureOutput({ outputError: (text, write) => write(plainly(text)) });
  for (const one of command.commands) nameHelp(one, `${name} ${one.name()}`);
}

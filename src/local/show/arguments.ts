/** Arguments of `npm start` and `npm run azure`. */
import { Command, InvalidArgumentError } from 'commander';

const PORT_MOST = 65_535;

export interface ShowArguments {
  readonly once: boolean;
  readonly json: boolean;
  readonly fresh: boolean;
  readonly data: string;
  /** Of the function app; 0: every door gets any free port; undefined: the usual ports. */
  readonly port: number | undefined;
}

export interface AzureArguments {
  readonly fresh: boolean;
  readonly data: string;
  readonly visitors: boolean;
}

/** Ends the process for --help and for wrong arguments, as commander does. */
export function showArguments(argv: readonly string[]): ShowArguments {
  const command = withData(new Command('npm start --'))
    .description('Plays two releases on this machine, then stays up.')
    .option(
      '--once',
      'end after the two releases; exit code 0 when both went as they should',
      false,
    )
    .option('--json', 'last line of standard output: the result as JSON', false)
    .option('--port <number>', 'port of the function app; 0: any free port for everything', port);
  const options = command.parse(argv, { from: 'user' }).opts<Partial<ShowArguments>>();
  return {
    ...dataOf(options),
    once: options.once === true,
    json: options.json === true,
    port: options.port,
  };
}

export function azureArguments(argv: readonly string[]): AzureArguments {
  const command = withData(new Command('npm run azure --'))
    .description(
      'Starts Azure on this machine and writes local.settings.json for a functions host.',
    )
    .option('--no-visitors', 'nobody visits the shop');
  const options = command.parse(argv, { from: 'user' }).opts<Partial<AzureArguments>>();
  return { ...dataOf(options), visitors: options.visitors !== false };
}

function withData(command: Command): Command {
  return command
    .option('--fresh', 'forget what earlier runs left', false)
    .option('--data <folder>', 'where data is kept', '.slipway');
}

function dataOf(options: { fresh?: boolean; data?: string }): { fresh: boolean; data: string } {
  return { fresh: options.fresh === true, data: options.data ?? '.slipway' };
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= PORT_MOST) return value;
  throw new InvalidArgumentError(`a port is a number from 0 to ${PORT_MOST}.`);
}

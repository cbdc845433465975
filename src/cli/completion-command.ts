/** `slipway completion`: what shells source, and `slipway complete`, which they ask. */
import { Argument, type Command } from 'commander';

import { SCRIPTS, type Shell, SHELLS } from './completion-scripts.ts';
import { completions } from './completion-words.ts';
import { oneLine } from './look.ts';

const EXAMPLES = `
Examples:
  eval "$(slipway completion bash)"      # in ~/.bashrc
  eval "$(slipway completion zsh)"       # in ~/.zshrc, after compinit
  slipway completion fish > ~/.config/fish/completions/slipway.fish
  slipway completion powershell | Out-String | Invoke-Expression   # in $PROFILE

The shell must know the command as slipway; with the one file:
  alias slipway='node /path/to/slipway.cjs'
`;

/** Adds the commands to the program; the others must be there before they are asked for. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Prints what your shell sources, so that TAB completes commands and options.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .option('--json', 'the script as a JSON object')
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell, { json }: { readonly json?: true }) => {
      const script = SCRIPTS[shell];
      process.stdout.write(json ? `${JSON.stringify({ shell, script })}\n` : script);
    });
  program
    .command('complete', { hidden: true })
    .argument('<shell>')
    .argument('[words...]')
    // Options among the words belong to the line that is being written.
    .passThroughOptions()
    .helpOption(false)
    .allowUnknownOption()
    .action((shell: string, words: readonly string[]) => {
      const all = shell.endsWith('-empty') ? [...words, ''] : words;
      const { candidates, files } = completions(program, all);
      const lines = candidates.map(({ value, description }) =>
        description === '' ? value : `${value}\t${oneLine(description)}`,
      );
      console.log([...lines, files ? ':files' : ':none'].join('\n'));
    });
}

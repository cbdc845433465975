// Commands as they are written in scripts and pages, held against the real parser.
import type { Command } from 'commander';

import { createProgram } from '../../src/cli/program.ts';

/** The program with every command taken in and none carried out. */
function harmless(): Command {
  const program = createProgram();
  const quiet = (command: Command): void => {
    command.action(() => undefined).configureOutput({ writeErr: () => undefined });
    command.commands.forEach(quiet);
  };
  program.commands.forEach(quiet);
  return program.configureOutput({ writeErr: () => undefined });
}

/** What is wrong with a command line; undefined: the parser takes it. */
export async function refusal(words: readonly string[]): Promise<string | undefined> {
  try {
    await harmless().parseAsync([...words], { from: 'user' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Words of a line of a shell: quotes are taken off, `known` variables are put in, the rest is cut. */
export function wordsOf(line: string, known: Readonly<Record<string, string>>): readonly string[] {
  const words: string[] = [];
  const command = line.replace(/\s+#.*$/, '').split(/\s*(?:>>?|\||&&|;)\s/)[0] ?? '';
  for (const [, quoted, single, plain] of command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)) {
    const word = quoted ?? single ?? plain ?? '';
    if (word.includes('[@]')) continue;
    words.push(
      word.replaceAll(/\$\{?(\w+)\}?/g, (_all, name: string) => known[name] ?? `<${name}>`),
    );
  }
  return words;
}

/** Lines that call `slipway`, with those that a backslash continues. */
export function slipwayLines(script: string): readonly string[] {
  const joined = script.replaceAll(/\\\n\s*/g, '');
  return [...joined.matchAll(/^\s*(?:\$ )?(?:npx |node )?slipway(?:\.cjs)? (.*)$/gm)].map(
    ([, rest = '']) => rest,
  );
}

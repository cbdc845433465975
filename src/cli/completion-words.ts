/** What could come next on the command line, read from the commands themselves. */
import type { Argument, Command, Option } from 'commander';

import { PRESETS } from './read-plan.ts';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Completions {
  readonly candidates: readonly Candidate[];
  /** A file may stand here: the shell knows which there are. */
  readonly files: boolean;
}

const NOTHING: Completions = { candidates: [], files: false };

/**
 * @param words after the program's name, up to the cursor; the last one is being written and may be empty
 */
export function completions(program: Command, words: readonly string[]): Completions {
  const current = words.at(-1) ?? '';
  const { command, operands, open } = place(program, words.slice(0, -1));
  if (open !== undefined) return starting(ofOption(open), current);
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined && value !== undefined) {
    const option = optionOf(command, name);
    return option === undefined ? NOTHING : prefixed(ofOption(option), `${name}=`, value);
  }
  if (current.startsWith('-')) return starting(ofOptions(command), current);
  return starting(ofOperand(command, operands), current);
}

interface Place {
  readonly command: Command;
  /** Arguments of the command that are written already. */
  readonly operands: number;
  /** An option whose value comes next. */
  readonly open: Option | undefined;
}

function place(program: Command, words: readonly string[]): Place {
  let at: Place = { command: program, operands: 0, open: undefined };
  for (const word of words) at = after(at, word);
  return at;
}

function after({ command, operands, open }: Place, word: string): Place {
  if (open !== undefined) return { command, operands, open: undefined };
  if (word.startsWith('-')) {
    const option = word.includes('=') ? undefined : optionOf(command, word);
    return {
      command,
      operands,
      open: option !== undefined && takesValue(option) ? option : undefined,
    };
  }
  const sub = operands === 0 ? command.commands.find((one) => one.name() === word) : undefined;
  return sub === undefined
    ? { command, operands: operands + 1, open: undefined }
    : { command: sub, operands: 0, open: undefined };
}

function optionOf(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short }) => word === long || word === short);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function ofOptions(command: Command): Completions {
  const visible = command.createHelp().visibleOptions(command);
  const candidates = visible.flatMap(({ long, description }) =>
    long === undefined ? [] : [{ value: long, description }],
  );
  return { candidates, files: false };
}

function ofOption({ flags, argChoices }: Option): Completions {
  return ofValue(flags, argChoices);
}

function ofOperand(command: Command, operands: number): Completions {
  const commands = operands === 0 ? command.createHelp().visibleCommands(command) : [];
  const subs = commands.map((one) => ({ value: one.name(), description: summary(one) }));
  const argument: Argument | undefined = command.registeredArguments[operands];
  if (argument === undefined) return { candidates: subs, files: false };
  const own = ofValue(`<${argument.name()}>`, argument.argChoices);
  return { candidates: [...subs, ...own.candidates], files: own.files };
}

/** @param written as in the help: `<preset or file>` */
function ofValue(written: string, choices: readonly string[] | undefined): Completions {
  const isPlan = /<(plan|preset or file)>/.test(written);
  const values = choices ?? (isPlan ? PRESETS.split(', ') : []);
  return {
    candidates: values.map((value) => ({ value, description: '' })),
    files: isPlan || written.includes('<file>'),
  };
}

function starting({ candidates, files }: Completions, text: string): Completions {
  return { candidates: candidates.filter(({ value }) => value.startsWith(text)), files };
}

function prefixed(of: Completions, prefix: string, text: string): Completions {
  const { candidates, files } = starting(of, text);
  return {
    candidates: candidates.map((one) => ({ ...one, value: `${prefix}${one.value}` })),
    files,
  };
}

/** The first sentence. */
function summary(command: Command): string {
  return command.description().split(/(?<=\.)\s/)[0] ?? '';
}

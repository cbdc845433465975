/** How output looks where it goes: colours or none, how wide, and what time it is over there. */
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Look {
  readonly colors: Colors;
  /** Of the terminal; Infinity: nothing is broken. */
  readonly columns: number;
  /** Milliseconds since the epoch; undefined: not known, so no ages are told. */
  readonly now: number | undefined;
}

/**
 * A person reads it: it can be drawn over, coloured and broken into lines. A pipe has no `isTTY` at all, and
 * `undefined` would be "as you think best" to picocolors.
 */
export function isTerminal(stream: NodeJS.WriteStream): boolean {
  return 'isTTY' in stream && stream.isTTY && process.env.TERM !== 'dumb';
}

/**
 * Colours only on a terminal, and not where NO_COLOR (https://no-color.org) or TERM forbid them: picocolors
 * alone would take a CI's log for one.
 */
export function lookOf(stream: NodeJS.WriteStream, now?: number): Look {
  const onTerminal = isTerminal(stream);
  return {
    colors: pc.createColors(onTerminal && pc.isColorSupported),
    columns: onTerminal ? stream.columns : Infinity,
    now,
  };
}

/** `text` in lines of at most `columns`, broken at blanks; a longer word stays whole, to be copied. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  // A number stays with its %.
  for (const word of text.split(/\s+(?!%)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** One line: what others wrote must neither break a table nor steer the terminal or a CI. */
export function oneLine(text: string): string {
  return powerless(text)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/**
 * A CI obeys commands in the output of a step: `##vso[…]` anywhere in a line of Azure Pipelines, `::…::` at
 * the beginning of one in GitHub Actions. Reasons and messages may be anybody's words.
 */
export function powerless(text: string): string {
  return text
    .replaceAll(/##(?=\w*\[)/g, '# #')
    .replaceAll(/^(\s*):(?=:)/gm, '$1: ')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, ' ');
}

/** A label and a text beside it, broken under itself. */
export function labelled(label: string, text: string, { columns, colors }: Look): string {
  const lines = wrap(oneLine(text), Math.max(MESSAGE_LEAST, columns - LABEL_WIDTH - 1));
  return lines
    .map((line, index) => `${colors.dim((index === 0 ? label : '').padEnd(LABEL_WIDTH))}${line}`)
    .join('\n');
}

/** A command beside its label, or where it would not fit whole, below: broken it could not be copied. */
export function copyable(label: string, command: string, { columns, colors }: Look): string {
  return LABEL_WIDTH + command.length <= columns
    ? `${colors.dim(label.padEnd(LABEL_WIDTH))}${command}`
    : `${colors.dim(label)}\n${command}`;
}

/** Narrower than this no terminal is catered for. */
const MESSAGE_LEAST = 20;
const LABEL_WIDTH = 11;

/** Under a label: the same column. */
export function below(text: string): string {
  return `${' '.repeat(LABEL_WIDTH)}${text}`;
}

/** `45 s`, `12 min`, `3 h`, `2 days`: what has passed, rounded down. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

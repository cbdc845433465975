/** Questions to whoever sits at the terminal. Standard output is for answers, so they go to standard error. */
import { createInterface } from 'node:readline/promises';

import { isTerminal } from './look.ts';

/** Somebody is there to answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY && isTerminal(process.stderr);
}

/** The answer, without blanks around it; Ctrl-D and Ctrl-C are none. */
export async function askText(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  try {
    return (await lines.question(question, { signal: closed.signal })).trim();
  } catch (error) {
    if (closed.signal.aborted) return '';
    throw error;
  } finally {
    lines.close();
  }
}

export async function askYes(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await askText(`${question} [y/N] `));
}

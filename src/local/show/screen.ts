/** Where the show is seen: lines that stay, and one that is drawn over itself. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';

import type { Look } from './lines.ts';

export interface Screen {
  look(): Look;
  /** A line, or several, that stay. */
  line(text: string): void;
  /** Replaces the moving line; nothing where lines cannot be replaced. Empty text removes it. */
  moving(text: string): void;
  /** The last line for programs. */
  result(value: unknown): void;
}

/**
 * @param json lines for people go to standard error then, so that standard output is the result alone
 */
export function createScreen({ json }: { readonly json: boolean }): Screen {
  const stream = json ? process.stderr : process.stdout;
  const result = (value: unknown): void => {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  };
  if (!stream.isTTY) {
    const look = { colors: pc.createColors(false), columns: Infinity };
    return {
      look: () => look,
      line: (text) => stream.write(`${text}\n`),
      moving: () => undefined,
      result,
    };
  }
  const update = createLogUpdate(stream);
  // NO_COLOR and a terminal that has none: picocolors knows (https://no-color.org).
  const colors = pc.createColors(pc.isColorSupported);
  let moving = '';
  const draw = (): void => (moving === '' ? update.clear() : update(moving));
  return {
    look: () => ({ colors, columns: stream.columns }),
    line: (text) => {
      update.clear();
      // Not `update.persist`: it breaks long lines, and then they could not be copied.
      stream.write(`${text}\n`);
      draw();
    },
    moving: (text) => {
      moving = text;
      draw();
    },
    result: (value) => {
      update.clear();
      result(value);
    },
  };
}

/** What happens behind the show: into a file, and its last lines at hand for when something is wrong. */
import { createWriteStream } from 'node:fs';

export interface ShowLog {
  line(text: string): void;
  /** The newest lines, oldest first. */
  tail(count: number): readonly string[];
  close(): Promise<void>;
}

const TAIL_LINES = 500;
/** A show may stay up for days; what matters is at the beginning or in the tail. */
const FILE_BYTES_MOST = 50_000_000;

/** Overwrites the log of the run before. */
export function openLog(file: string): ShowLog {
  const stream = createWriteStream(file, 'utf8');
  // A full disk must not end the show for the sake of its log.
  stream.on('error', () => undefined);
  const newest: string[] = [];
  let bytes = 0;
  return {
    line: (text) => {
      const line = `${new Date().toISOString()} ${text}`;
      newest.push(line);
      if (newest.length > TAIL_LINES) newest.shift();
      if (bytes > FILE_BYTES_MOST) return;
      bytes += line.length;
      const last = bytes > FILE_BYTES_MOST ? '\nThe log ends here: it has reached its limit.' : '';
      stream.write(`${line}${last}\n`);
    },
    tail: (count) => newest.slice(-count),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}

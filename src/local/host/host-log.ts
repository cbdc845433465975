/** The host's log: one line each, of the host, of the library and of the app's `context.log`. */
import { LOG_LEVELS } from './core-types.ts';
import type { LogLevel } from './core-types.ts';

/** Takes a line about a function, or about a part of the host (`source`). */
export type HostLog = (level: LogLevel, source: string, message: string) => void;

/** Writes lines of at least `minLevel` as `[level] source: message`; further lines are indented. */
export function createHostLog(minLevel: LogLevel, write: (line: string) => void): HostLog {
  const least = LOG_LEVELS.indexOf(minLevel);
  return (level, source, message) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const [first = '', ...rest] = message.split('\n');
    write(`[${level}] ${source}: ${first}`);
    for (const line of rest) write(`    ${line}`);
  };
}

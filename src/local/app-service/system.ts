import { createServer } from 'node:net';

/** The one file of the App Service stand-in that touches clock, dice and environment. */

/** Milliseconds since the epoch. */
export const nowMs = (): number => Date.now();

/** A fraction in [0, 1). */
export const randomFraction = (): number => Math.random();

/** Little is inherited: a slot sees its app settings, not the variables of whoever started us. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG', 'TZ'];

/** What a slot's process inherits from ours. */
export function inheritedEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** A TCP port of 127.0.0.1 that was free a moment ago (a start that loses the race is repeated). */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port of 127.0.0.1 is free'));
      });
    });
  });
}

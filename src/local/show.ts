/** `npm start`: Azure on this machine, the function app, and two releases to look at. */
import path from 'node:path';

import { takeDataFolder } from './local-azure/data-folder.ts';
import { showArguments } from './show/arguments.ts';
import { openLog } from './show/log-file.ts';
import { runShow } from './show/run-show.ts';
import { createScreen } from './show/screen.ts';
import { STOPPED_EXIT_CODE, stopSignal } from './show/stop-signals.ts';
import { summarise, wentAsItShould } from './show/summary.ts';

async function main(): Promise<number> {
  const args = showArguments(process.argv.slice(2));
  const screen = createScreen(args);
  const signal = stopSignal();
  const startedMs = performance.now();
  const folder = await takeDataFolder(path.resolve(args.data), args);
  const log = openLog(folder.logFile);
  try {
    const played = await runShow({ args, folder, screen, log, signal });
    if (args.json) screen.result(summarise(played, performance.now() - startedMs));
    return wentAsItShould(played) ? 0 : 1;
  } catch (error) {
    // Ctrl-C ends an open house, which is how it ends; it breaks off `--once`.
    if (signal.aborted) return args.once ? STOPPED_EXIT_CODE : 0;
    throw error;
  } finally {
    await log.close();
    await folder.free();
  }
}

main().then(
  // Not `exitCode` alone: an open connection must not keep a stopped show alive.
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);

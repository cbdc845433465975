/** Starts a functions host as a child process, which can be stopped, killed and started again. */
import { fileURLToPath } from 'node:url';

import { spawnNode, whenReady } from '../child-process.ts';
import type { ChildExit } from '../child-process.ts';
import { createFunctionKeys } from './function-keys.ts';
import { DEFAULT_LIMITS } from './functions-host.ts';
import type { FunctionsHost, FunctionsHostOptions } from './functions-host.ts';
import { OPTIONS_VARIABLE, parseReadyLine } from './host-process.ts';
import type { HostProcessOptions, HostReady } from './host-process.ts';

const NAME = 'The functions host';
const READY_LIMIT_MS = 60_000;
/** On top of the host's own stop limit, for its hooks and its exit. */
const EXIT_GRACE_MS = 5_000;

/** A host in a process of its own. */
export interface SpawnedFunctionsHost extends FunctionsHost {
  readonly pid: number;
  /** Settles when the process ended, whoever ended it. */
  readonly exited: Promise<ChildExit>;
  /** kill -9: messages being worked on stay invisible until their lease ends. */
  kill(): Promise<void>;
}

/**
 * Starts a host and waits until it answers.
 *
 * @throws ChildProcessError with the host's last lines, which say what is wrong
 */
export async function spawnFunctionsHost(
  options: FunctionsHostOptions,
): Promise<SpawnedFunctionsHost> {
  const keys = options.functionKeys ?? createFunctionKeys();
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { mainFile, hostJsonFile, storageConnectionString, port } = options;
  const processOptions: HostProcessOptions = {
    ...{ mainFile, hostJsonFile, storageConnectionString, port, limits },
    functionKeys: keys,
    ...(options.home === undefined ? {} : { home: options.home }),
  };
  const ready = Promise.withResolvers<HostReady>();
  const child = spawnNode({
    name: NAME,
    file: fileURLToPath(new URL('./main.ts', import.meta.url)),
    env: { ...options.env, [OPTIONS_VARIABLE]: JSON.stringify(processOptions) },
    onLine: (line) => {
      const parsed = parseReadyLine(line);
      if (parsed === undefined) options.log(line);
      else ready.resolve(parsed);
    },
  });
  const { url, functions } = await whenReady(child, {
    ...{ name: NAME, ready: ready.promise, limitMs: READY_LIMIT_MS },
  });
  return {
    ...{ url, functions, keys, pid: child.pid, exited: child.exited },
    stop: async () => {
      await child.stop(limits.stopLimitMs + EXIT_GRACE_MS);
    },
    kill: async () => {
      await child.kill();
    },
  };
}

/** The function app itself: its bundle in a functions host, as a child process. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { spawnFunctionsHost } from '../host/spawn.ts';
import type { SpawnedFunctionsHost } from '../host/spawn.ts';
import type { LocalAzure } from '../local-azure/local-azure.ts';

export interface FunctionAppOptions {
  readonly settings: LocalAzure['settings'];
  /** 0 = any free one. */
  readonly port: number;
  readonly log: (line: string) => void;
}

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../../${file}`, import.meta.url));

/**
 * Queues are looked at twice a second. host.json's two seconds are right for Azure, where each look
 * costs money; the real host takes this override from its settings too.
 */
const QUICK_QUEUES = {
  AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.500',
};

/** @throws ChildProcessError with the host's last lines; Error when the app was not built */
export async function startFunctionApp(options: FunctionAppOptions): Promise<SpawnedFunctionsHost> {
  const mainFile = inProject('dist/main.cjs');
  if (!existsSync(mainFile)) {
    throw new Error(`${mainFile} is missing: build the function app with "npm run build"`);
  }
  return spawnFunctionsHost({
    mainFile,
    hostJsonFile: inProject('host.json'),
    storageConnectionString: options.settings.AzureWebJobsStorage,
    port: options.port,
    home: '/api/dashboard',
    env: { ...QUICK_QUEUES, ...options.settings },
    log: options.log,
  });
}

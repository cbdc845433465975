/** The folder that keeps the local Azure over a restart. One run at a time may have it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What lies in the folder. */
export interface DataFolder {
  readonly path: string;
  readonly azurite: string;
  readonly appServiceFile: string;
  readonly telemetryFile: string;
  readonly logFile: string;
  /** Lets another run have it. */
  free(): Promise<void>;
}

/** Thrown when the folder belongs to a run that is still alive. */
export class FolderInUseError extends Error {
  readonly code = 'folder-in-use';

  constructor(folder: string, pid: number) {
    super(
      `${folder} is in use by process ${pid}: stop that run first, or give this one another folder with --data`,
    );
    this.name = 'FolderInUseError';
  }
}

const RUNNING_FILE = 'running.pid';

/**
 * Takes the folder, making it when it is missing. `fresh` removes what earlier runs made in it, and
 * nothing else.
 *
 * @throws FolderInUseError
 */
export async function takeDataFolder(
  folder: string,
  { fresh }: { readonly fresh: boolean },
): Promise<DataFolder> {
  await mkdir(folder, { recursive: true });
  const at = (name: string): string => path.join(folder, name);
  const running = at(RUNNING_FILE);
  await claim(folder, running);
  const made = {
    azurite: at('azurite'),
    appServiceFile: at('app-service.json'),
    telemetryFile: at('telemetry.jsonl'),
    logFile: at('log.txt'),
  };
  if (fresh) {
    const removals = Object.values(made).map((name) => rm(name, { recursive: true, force: true }));
    await Promise.all(removals);
  }
  return {
    ...made,
    path: folder,
    free: () => rm(running, { force: true }),
  };
}

/** A run that was killed leaves its file behind: only a living process counts. */
async function claim(folder: string, file: string): Promise<void> {
  const written = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(written, 10);
  if (pid > 0 && pid !== process.pid && isAlive(pid)) throw new FolderInUseError(folder, pid);
  await writeFile(file, `${process.pid}\n`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

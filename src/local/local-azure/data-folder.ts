/** The folder that keeps the local Azure over a restart. One run at a time may have it. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
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

/** Thrown for a folder that cannot be made or written: `--data` names something else, or it is not ours. */
export class FolderUnusableError extends Error {
  readonly code = 'folder-unusable';

  constructor(folder: string, why: string, options?: ErrorOptions) {
    super(
      `${folder} cannot hold the data of this run (${why}): give it a folder that can be written with --data`,
      options,
    );
    this.name = 'FolderUnusableError';
  }
}

const RUNNING_FILE = 'running.pid';

/**
 * Takes the folder, making it when it is missing. `fresh` removes what earlier runs made in it, and
 * nothing else.
 *
 * @throws FolderInUseError, FolderUnusableError
 */
export async function takeDataFolder(
  folder: string,
  { fresh }: { readonly fresh: boolean },
): Promise<DataFolder> {
  await makeFolder(folder);
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

/**
 * One folder after the other: `mkdir` with `recursive` never returns where a folder that exists says
 * ENOENT to a new one in it, as /proc does.
 */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new FolderUnusableError(folder, 'it is a file');
  const parent = path.dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder);
  } catch (cause) {
    // Somebody else made it in the meantime.
    if (codeOf(cause) !== 'EEXIST') throw unusable(folder, cause);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function unusable(folder: string, cause: unknown): FolderUnusableError {
  return new FolderUnusableError(folder, String(codeOf(cause) ?? cause), { cause });
}

/** A run that was killed leaves its file behind: only a living process counts. */
async function claim(folder: string, file: string): Promise<void> {
  const written = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(written, 10);
  if (pid > 0 && pid !== process.pid && isAlive(pid)) throw new FolderInUseError(folder, pid);
  try {
    await writeFile(file, `${process.pid}\n`);
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return codeOf(error) === 'EPERM';
  }
}

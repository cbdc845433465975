/** Child processes of the local Azure: Node programs that stop when they are told to, or when their parent is gone. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const STOP_LIMIT_MS = 15_000;
const LAST_LINES = 20;

// Only what a Node program needs to run. Credentials, proxies and NODE_OPTIONS of the person's shell
// stay out, so that a local run does the same on every machine.
const INHERITED = ['PATH', 'HOME', 'USERPROFILE', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP', 'LANG'];

// Loaded into the child before its own code: the channel to the parent breaks when the parent ends in
// any way, kill -9 included, and then the child ends too. Without `unref` it would keep the child alive.
const LIFELINE = `data:text/javascript,${encodeURIComponent(`
process.channel?.unref();
process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${STOP_LIMIT_MS}).unref();
});`)}`;

/** What to run and how to hear of it. */
export interface ChildOptions {
  /** What messages call it, for example "Azurite". */
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  /** Added to the few variables that every child inherits. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Each line of its standard output and standard error. */
  readonly onLine: (line: string) => void;
}

/** How a child ended: with an exit code, or by a signal. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running child. */
export interface Child {
  readonly pid: number;
  /** Settles when it has ended and all its output was read. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Its newest lines, for messages about its end. */
  lastLines(): string;
  /** SIGTERM, and SIGKILL when it has not ended after `limitMs` (default 15 s). */
  stop(limitMs?: number): Promise<ChildExit>;
  /** SIGKILL: as a crash would end it. */
  kill(): Promise<ChildExit>;
}

/** Thrown for a child that could not start, ended too early or was not ready in time. */
export class ChildProcessError extends Error {
  readonly code: 'child-not-started' | 'child-ended' | 'child-not-ready';

  constructor(code: ChildProcessError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ChildProcessError';
    this.code = code;
  }
}

/**
 * Runs a file with this same Node. The child leads its own process group: Ctrl-C in a terminal
 * reaches the parent alone, and the parent decides in which order its children stop.
 *
 * @throws ChildProcessError `child-not-started`
 */
export function spawnNode(options: ChildOptions): Child {
  const child = spawn(
    process.execPath,
    ['--import', LIFELINE, options.file, ...(options.args ?? [])],
    {
      detached: true,
      env: { ...inheritedEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      cwd: options.cwd,
    },
  );
  // A signal that cannot be sent is reported here too; the end of the child is what counts.
  child.on('error', (error) => options.onLine(`${options.name}: ${error.message}`));
  const { pid } = child;
  if (pid === undefined) {
    const message = `${options.name} could not be started: is ${options.file} there, and may ${process.execPath} be run?`;
    throw new ChildProcessError('child-not-started', message);
  }

  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    options.onLine(line);
  };
  readLines(child.stdout, onLine);
  readLines(child.stderr, onLine);

  const exited = new Promise<ChildExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid,
    exited,
    lastLines: () => lines.join('\n'),
    stop: async (limitMs = STOP_LIMIT_MS) => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

/**
 * Waits for what makes a child ready. A child that ends before, or is too late, is killed.
 *
 * @throws ChildProcessError `child-ended` or `child-not-ready`, with the child's last lines
 */
export async function whenReady<T>(
  child: Child,
  options: { name: string; ready: Promise<T>; limitMs: number },
): Promise<T> {
  const { name, limitMs } = options;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `${name} was not ready within ${limitMs} ms. Its last lines:\n${child.lastLines()}`;
      reject(new ChildProcessError('child-not-ready', message));
    }, limitMs);
  });
  const ended = child.exited.then((exit): never => {
    const how = exit.signal ?? `exit code ${exit.code ?? 'unknown'}`;
    const message = `${name} ended before it was ready (${how}). Its last lines:\n${child.lastLines()}`;
    throw new ChildProcessError('child-ended', message);
  });
  // It ends one day, long after this wait: by then nobody listens.
  ended.catch(() => undefined);
  try {
    return await Promise.race([options.ready, ended, late]);
  } catch (error) {
    await child.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function inheritedEnvironment(): Record<string, string> {
  const entries = INHERITED.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { AppServiceError } from './errors.ts';
import { freePort, inheritedEnv, nowMs } from './system.ts';
import type { Log, ProcessSpec } from './types.ts';

/** A process that is kept running: started again when it dies, on another port. */
export interface Worker {
  /** What it runs, as text to compare. */
  readonly identity: string;
  /** Its port while it accepts connections, else `undefined`. */
  port(): number | undefined;
  /** @throws AppServiceError `content-silent` when it does not accept connections in time. */
  ready(timeoutMs: number): Promise<void>;
  /** SIGTERM, and SIGKILL after two seconds. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** At once and for good, for the last moment of our own process. */
  kill(): void;
}

const RESTART_FIRST_MS = 100;
const RESTART_MOST_MS = 5000;
/** A process that lived this long starts its next life without the waiting of earlier failures. */
const HEALTHY_LIFE_MS = 10_000;
const STOP_GRACE_MS = 2000;
const CONNECT_EVERY_MS = 25;

/** What the worker runs, as text; two equal texts need no restart between them. */
export function identityOf(spec: ProcessSpec): string {
  return JSON.stringify([spec.command, spec.args, Object.entries(spec.env).sort()]);
}

/** Starts the process and keeps it running until `stop`. `name` is for log lines only. */
export function startWorker(spec: ProcessSpec, name: string, log: Log): Worker {
  const life = new Supervisor(spec, name, log);
  const done = life.run();
  return {
    identity: identityOf(spec),
    port: () => life.openPort,
    ready: (timeoutMs) => life.ready(timeoutMs),
    stop: async () => {
      life.stop();
      await done;
    },
    kill: () => life.kill(),
  };
}

class Supervisor {
  openPort: number | undefined;
  readonly #spec: ProcessSpec;
  readonly #name: string;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;

  constructor(spec: ProcessSpec, name: string, log: Log) {
    this.#spec = spec;
    this.#name = name;
    this.#log = log;
  }

  async run(): Promise<void> {
    let waitMs = RESTART_FIRST_MS;
    while (!this.#isStopping()) {
      const startedMs = nowMs();
      const why = await this.#oneLife();
      if (this.#isStopping()) return;
      waitMs = nowMs() - startedMs > HEALTHY_LIFE_MS ? RESTART_FIRST_MS : waitMs;
      this.#log(`${this.#name}: ${why}; starting it again in ${waitMs} ms`);
      await delay(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, RESTART_MOST_MS);
    }
  }

  async ready(timeoutMs: number): Promise<void> {
    const untilMs = nowMs() + timeoutMs;
    while (this.openPort === undefined) {
      if (nowMs() >= untilMs || this.#stopping.signal.aborted) {
        throw new AppServiceError(
          'content-silent',
          `${this.#name} did not accept connections on its PORT within ${timeoutMs} ms: see its output`,
        );
      }
      await delay(CONNECT_EVERY_MS);
    }
  }

  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#endChild();
  }

  kill(): void {
    this.#stopping.abort();
    this.#child?.kill('SIGKILL');
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #endChild(): void {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    child.once('close', () => clearTimeout(timer));
  }

  /** From spawn to the end of the process; resolves to what to say about the end. */
  async #oneLife(): Promise<string> {
    const port = await freePort();
    // Stopped while the port was looked for: a child started now would never be ended.
    if (this.#stopping.signal.aborted) return 'stopped';
    const child = spawn(this.#spec.command, this.#spec.args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group of its own: Ctrl-C in a terminal would end it, and it would be started again
      // while everything stops. When we are gone its stdin ends, and it with that.
      detached: true,
      env: { ...inheritedEnv(), ...this.#spec.env, PORT: String(port) },
    });
    this.#child = child;
    // A child that has gone closes its end of stdin; that is no error of ours.
    child.stdin.on('error', () => undefined);
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => this.#log(`${this.#name}: ${line}`));
    }
    const alive = new AbortController();
    void this.#watchPort(port, alive.signal);
    const why = await ended(child);
    alive.abort();
    this.openPort = undefined;
    this.#child = undefined;
    return why;
  }

  /** Connects only: a request would show up in the telemetry of the app. */
  async #watchPort(port: number, alive: AbortSignal): Promise<void> {
    let accepts = false;
    while (!accepts && !alive.aborted) {
      accepts = await canConnect(port);
      if (!accepts) await delay(CONNECT_EVERY_MS);
    }
    if (!alive.aborted) this.openPort = port;
  }
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not run (${error.message})`));
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? code ?? 'no code'}`));
  });
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (accepts: boolean) => (): void => {
      socket.destroy();
      resolve(accepts);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}

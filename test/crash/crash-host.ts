/**
 * One functions host of the crash test: a process that is killed and started again, with its own way
 * to every service, so that one host can be cut off while the other works.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { spawnFunctionsHost, type SpawnedFunctionsHost } from '../../src/local/host/spawn.ts';
import {
  startFaultingProxy,
  type FaultingProxy,
  type ProxyHooks,
} from '../support/faulting-proxy.ts';
import { settingsOf } from '../support/local/local-world.ts';

/** What a host talks to. */
export const SERVICES = ['tables', 'queues', 'arm', 'logs'] as const;
export type Service = (typeof SERVICES)[number];

export interface CrashHost {
  readonly name: string;
  readonly proxies: Readonly<Record<Service, FaultingProxy>>;
  /** Undefined while it is down. */
  readonly url: string | undefined;
  readonly starts: number;
  /**
   * kill -9; then it is started again after the pause. False when it is down already. Resolves when
   * the process is gone.
   */
  kill(pauseMs: number): Promise<boolean>;
  /** Waits until it is up. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

export interface CrashHostOptions {
  readonly name: string;
  readonly targets: Readonly<Record<Service, string>>;
  /** Of Azurite itself; tables and queues are replaced by the proxies. */
  readonly connectionString: string;
  readonly frontEndUrl: string;
  readonly mainFile: string;
  readonly hostJsonFile: string;
  readonly key: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly hooks: (host: string, service: Service) => ProxyHooks;
  readonly log: (line: string) => void;
}

/** The real host's ten minutes, at the time scale of the crash test. */
const LEASE_SECONDS = 10;
const START_TRIES = 60;
const START_AGAIN_MS = 1_000;

/** Starts the proxies and the process. */
export async function startCrashHost(options: CrashHostOptions): Promise<CrashHost> {
  const { name, targets, hooks } = options;
  const started = await Promise.all(
    SERVICES.map(async (service) => {
      const target = targets[service];
      const proxy = await startFaultingProxy({ target, hooks: hooks(name, service) });
      return [service, proxy] as const;
    }),
  );
  const proxies = Object.fromEntries(started) as Record<Service, FaultingProxy>;
  const host = new Keeper(options, proxies);
  await host.up();
  return host;
}

class Keeper implements CrashHost {
  readonly name: string;
  readonly proxies: Readonly<Record<Service, FaultingProxy>>;
  starts = 0;
  readonly #options: CrashHostOptions;
  #current: SpawnedFunctionsHost | undefined;
  #starting: Promise<void>;
  #isStopping = false;

  constructor(options: CrashHostOptions, proxies: Readonly<Record<Service, FaultingProxy>>) {
    this.name = options.name;
    this.proxies = proxies;
    this.#options = options;
    this.#starting = this.#start(0);
    this.#starting.catch(() => undefined);
  }

  get url(): string | undefined {
    return this.#current?.url;
  }

  async kill(pauseMs: number): Promise<boolean> {
    const current = this.#current;
    if (current === undefined || this.#isStopping) return false;
    this.#current = undefined;
    const gone = current.kill();
    this.#starting = gone.then(() => this.#start(pauseMs));
    this.#starting.catch((error: unknown) =>
      this.#options.log(`host ${this.name}: ${String(error)}`),
    );
    await gone;
    return true;
  }

  up(): Promise<void> {
    return this.#starting;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#starting.catch(() => undefined);
    await this.#current?.stop();
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.stop()));
  }

  /** A host without storage does not start: tried again, as a platform does. */
  async #start(pauseMs: number): Promise<void> {
    await delay(pauseMs);
    for (let tries = 1; !this.#isStopping; tries += 1) {
      try {
        this.#current = await this.#spawn();
        this.starts += 1;
        return;
      } catch (error) {
        if (tries >= START_TRIES) throw error;
        this.#options.log(`host ${this.name} does not start: ${String(error)}`);
        await delay(START_AGAIN_MS);
      }
    }
  }

  #spawn(): Promise<SpawnedFunctionsHost> {
    const { mainFile, hostJsonFile, frontEndUrl, settings, key, log, connectionString } =
      this.#options;
    const { tables, queues, arm, logs } = this.proxies;
    return spawnFunctionsHost({
      ...{ mainFile, hostJsonFile, port: 0 },
      storageConnectionString: throughProxies(connectionString, {
        Queue: queues.url,
        Table: tables.url,
      }),
      functionKeys: { host: key, master: `${key}-master` },
      limits: { queueLeaseSeconds: LEASE_SECONDS },
      env: {
        FUNCTIONS_WORKER_RUNTIME: 'node',
        ...settingsOf({ armUrl: arm.url, frontEndUrl }, { url: logs.url }),
        ...settings,
      },
      log: (line) => log(`${this.name}| ${line}`),
    });
  }
}

/** The account's name stays in the path: it is signed. */
function throughProxies(connectionString: string, urls: Readonly<Record<string, string>>): string {
  return connectionString
    .split(';')
    .map((part) => {
      const [, service = '', url = ''] = /^(\w+)Endpoint=(.*)$/.exec(part) ?? [];
      const proxy = urls[service];
      if (proxy === undefined) return part;
      return `${service}Endpoint=${proxy}${new URL(url).pathname}`;
    })
    .join(';');
}

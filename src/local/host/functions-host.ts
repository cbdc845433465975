/**
 * A functions host for one machine: runs package.json's `main` as the real host would, without Core
 * Tools (azure.md 8). It takes over its process, so `spawn.ts` gives it one of its own.
 */
import type { Server } from 'node:http';

import { loadApp } from './app-loader.ts';
import { describeFunction } from './function-description.ts';
import type { FunctionInfo, LocalFunction } from './function-description.ts';
import { createFunctionKeys } from './function-keys.ts';
import type { FunctionKeys } from './function-keys.ts';
import { readHostJson } from './host-json.ts';
import { createHostLog } from './host-log.ts';
import type { HostLog } from './host-log.ts';
import { createHttpDoor, listen } from './http-door.ts';
import type { HttpFunction } from './http-door.ts';
import { createInvoker } from './invoker.ts';
import type { Invoker } from './invoker.ts';
import { createQueueClients } from './queue-clients.ts';
import { prepareTimers, runByHand, startQueueListeners } from './trigger-listeners.ts';
import type { ListenerOptions, QueueListeners } from './trigger-listeners.ts';
import { pause } from './waiting.ts';

/** Limits of the real host; tests shorten them. */
export interface HostLimits {
  /** Largest body of a request. */
  readonly bodyLimitBytes: number;
  /** A request that has not come whole by then is cut off with 408: headers, and a body byte by byte. */
  readonly requestLimitMs: number;
  /** After this an unanswered request gets 504, while its function goes on. */
  readonly answerLimitMs: number;
  /** How long a queue message stays invisible without renewal, for example after kill -9. */
  readonly queueLeaseSeconds: number;
  /** How long a stop waits for running functions. */
  readonly stopLimitMs: number;
}

/** azure.md 4.3; the stop limit and the request limit are this host's own. */
export const DEFAULT_LIMITS: HostLimits = {
  bodyLimitBytes: 104_857_600,
  requestLimitMs: 30_000,
  answerLimitMs: 230_000,
  queueLeaseSeconds: 600,
  stopLimitMs: 10_000,
};

/** What to run, and where. */
export interface FunctionsHostOptions {
  /** package.json's `main`, an absolute path: a CommonJS bundle with `@azure/functions-core` left out. */
  readonly mainFile: string;
  readonly hostJsonFile: string;
  /** Becomes the setting AzureWebJobsStorage. */
  readonly storageConnectionString: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly hostname?: '127.0.0.1';
  /** The app's settings, as `Values` in local.settings.json. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  /** Default: new random ones. */
  readonly functionKeys?: FunctionKeys;
  /** Where `/` leads, as `/api/page`. Default: nowhere (the real host shows a page of its own there). */
  readonly home?: string | undefined;
  readonly limits?: Partial<HostLimits>;
}

/** A running host. */
export interface FunctionsHost {
  readonly url: string;
  readonly keys: FunctionKeys;
  readonly functions: readonly FunctionInfo[];
  /** Takes no new work, waits for what runs (up to the limit), runs the appTerminate hooks. */
  stop(): Promise<void>;
}

/**
 * Starts the host in this process; a process can do so once.
 *
 * @throws FunctionsHostError for what is wrong with the app, its settings, host.json or the port
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { hostname = '127.0.0.1', storageConnectionString } = options;
  const keys = options.functionKeys ?? createFunctionKeys();
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const settings = process.env;
  Object.assign(settings, options.env, { AzureWebJobsStorage: storageConnectionString });
  const hostJson = await readHostJson(options.hostJsonFile, settings);
  const log = createHostLog(hostJson.minLogLevel, options.log);
  const app = await loadApp(options.mainFile, log);
  const functions = app.functions.map((registered) => describeFunction(registered, settings));
  warnOfRetries(functions, log);

  let queues: QueueListeners = [];
  const onSent = (queueName: string): void => {
    for (const one of queues) if (one.queueName === queueName) one.listener.wake();
  };
  const clients = createQueueClients(settings);
  const { queues: rules, routePrefix } = hostJson;
  const invoker = createInvoker({ app, clients, encoding: rules.messageEncoding, onSent, log });
  const listening: ListenerOptions = {
    ...{ invoker, clients, rules, onSent, log, storageConnectionString },
    leaseSeconds: limits.queueLeaseSeconds,
  };
  const startTimers = prepareTimers(functions, listening);
  const server = createHttpDoor({
    ...{ functions: functions.filter(isHttp), routePrefix, keys, home: options.home, ...limits },
    admin: { functions, runByHand: (fn, input) => runByHand(invoker, fn, input) },
    invoke: async (fn, input) => (await invoker.invoke(fn, input)).returnValue?.http,
    logError: (message) => log('error', 'http', message),
  });
  const port = await listen(server, options.port, hostname);
  queues = await startQueueListeners(functions, listening);
  const timers = startTimers();
  return {
    url: `http://${hostname}:${port}`,
    keys,
    functions: functions.map(({ info }) => info),
    stop: async () => {
      const listeners = [...queues.map(({ listener }) => listener), ...timers];
      await quiesce({ server, listeners, invoker, limitMs: limits.stopLimitMs });
      await app.terminate();
    },
  };
}

/** Ends all sources of work at once, then waits for the work, but not for ever. */
async function quiesce(parts: {
  server: Server;
  listeners: readonly { stop(): Promise<void> }[];
  invoker: Invoker;
  limitMs: number;
}): Promise<void> {
  const { server, listeners, invoker, limitMs } = parts;
  const closed = new Promise((resolve) => server.close(resolve));
  const quiet = Promise.all([
    ...listeners.map((listener) => listener.stop()),
    invoker.idle(),
    closed,
  ]);
  const late = new AbortController();
  await Promise.race([quiet, pause(limitMs, late.signal)]);
  late.abort();
  server.closeAllConnections();
}

function isHttp(fn: LocalFunction): fn is HttpFunction {
  return fn.info.type === 'http';
}

function warnOfRetries(functions: readonly LocalFunction[], log: HostLog): void {
  for (const { info, registered } of functions) {
    if (registered.metadata.retryOptions === undefined) continue;
    log('warning', info.name, 'Retry policies do nothing on the local host.');
  }
}

/** Composition: settings, credential, adapters, use cases. Made when it is first needed, once. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';

import { connectAppService } from './adapters/app-service/connect.ts';
import { createHttpProber } from './adapters/http-probe/http-prober.ts';
import { connectLogAnalytics } from './adapters/log-analytics/connect.ts';
import { createWebhookNotifier } from './adapters/notify/webhook.ts';
import { connectStore, type ConnectedStore, type Store } from './adapters/store/connect.ts';
import {
  type Config,
  type Environment,
  loadConfig,
  readStorage,
  type StorageConfig,
} from './config.ts';
import type { Controller } from './controller/controller.ts';
import { createController } from './controller/create-controller.ts';
import { limitsAt } from './limits.ts';
import { InvalidInputError, SlipwayError } from './release/errors.ts';

export { loadAuthMode as authMode } from './config.ts';
export type { Controller } from './controller/controller.ts';
export { isLoopback } from './loopback.ts';

/** Where lines of the log go: the invocation that they belong to (`InvocationContext` has this form). */
export interface InvocationLog {
  info(...line: readonly unknown[]): void;
  warn(...line: readonly unknown[]): void;
  error(...line: readonly unknown[]): void;
}

/** host.json's `extensions.queues.messageEncoding`; a test holds the two together. */
export const QUEUE_ENCODING = 'none';

interface Composed {
  readonly controller: Controller;
  readonly store: ConnectedStore;
}

const invocation = new AsyncLocalStorage<InvocationLog>();
let composed: Composed | undefined;
let ready: Promise<void> | undefined;

/**
 * The use cases, with tables and queues in place.
 *
 * Nothing is read or connected before the first call, so that the functions register even when a
 * setting is broken: an error while they load gives an app without functions, and says nothing
 * (azure.md 8). What failed is tried again at the next call.
 *
 * @throws SlipwayError `settings` with every problem; StoreUnavailableError
 */
export async function openSlipway(): Promise<Controller> {
  composed ??= compose(configOrThrow(loadConfig));
  const { controller, store } = composed;
  ready ??= store.ensureTables();
  try {
    await ready;
  } catch (error) {
    ready = undefined;
    throw error;
  }
  return controller;
}

/** Every problem of the settings, for the log at start-up; none when all is well. */
export function settingsProblems(): readonly string[] {
  try {
    loadConfig();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.details.map(({ path, message }) => `${path}: ${message}`);
  }
}

/** Runs `work` so that every line which the use cases log in it goes to `log`. */
export function withInvocationLog<T>(log: InvocationLog, work: () => Promise<T>): Promise<T> {
  return invocation.run(log, work);
}

/**
 * The store alone, for the command line. Creates nothing.
 * @throws SlipwayError `settings`
 */
export function openStore(env: Environment): Store {
  const { identity, ...storage } = configOrThrow(() => readStorage(env));
  return storeAt(storage, azureCredential(identity));
}

/** Problems of the settings are the operator's to mend: never a caller's bad request. */
function configOrThrow<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new SlipwayError('settings', error.message, { details: error.details, cause: error });
  }
}

function compose(config: Config): Composed {
  const { local } = config;
  const limits = limitsAt(config.timeScale);
  const credential = local === undefined ? azureCredential(config.clientId) : LOCAL_CREDENTIAL;
  const store = storeAt(config.storage, azureCredential(config.clientId));
  const appService = connectAppService({
    credential,
    localEndpoint: local?.arm,
    timeoutMs: limits.armTimeoutMs,
  });
  const controller = createController({
    store: store.releaseStore,
    audit: store.auditReader,
    catalog: store.catalog,
    due: store.dueTable,
    poison: store.poisonBox,
    ticks: store.tickQueue,
    clock: store.clock,
    site: appService.reader,
    router: appService.router,
    swapper: appService.swapper,
    telemetry: connectLogAnalytics({
      credential,
      localEndpoint: local?.logs,
      defaultWorkspaceId: config.workspaceId,
    }),
    prober: createHttpProber({ sitesEndpoint: local?.sites, now: () => store.clock.now() }),
    notifier:
      config.webhook === undefined
        ? undefined
        : createWebhookNotifier({
            ...config.webhook,
            now: () => store.clock.now(),
            local: local !== undefined,
          }),
    limits,
    random: () => randomBytes(4).toString('hex'),
    log: logToInvocation,
  });
  return { controller, store };
}

function storeAt(storage: StorageConfig, credential: TokenCredential): ConnectedStore {
  const options = { encoding: QUEUE_ENCODING } as const;
  if (storage.kind === 'connection-string') {
    return connectStore({ connectionString: storage.connectionString }, options);
  }
  const { tableUrl, queueUrl, clientId } = storage;
  const own = clientId === undefined ? credential : azureCredential(clientId);
  return connectStore({ tableUrl, queueUrl, credential: own }, options);
}

/** Asks for no token before it is used. */
function azureCredential(clientId: string | undefined): TokenCredential {
  return new DefaultAzureCredential(
    clientId === undefined ? {} : { managedIdentityClientId: clientId },
  );
}

/** The stand-ins ask for a token but not for a true one. It ends in the year 9999. */
const LOCAL_CREDENTIAL: TokenCredential = {
  getToken: async () => ({ token: 'local', expiresOnTimestamp: 253_402_300_799_000 }),
};

type Log = Parameters<typeof createController>[0]['log'];

const logToInvocation: Log = (level, message, facts) => {
  const log = invocation.getStore();
  if (log === undefined) return;
  const line = facts === undefined ? message : `${message} ${JSON.stringify(facts)}`;
  if (level === 'info') log.info(line);
  else if (level === 'warning') log.warn(line);
  else log.error(line);
};

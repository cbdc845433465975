/** Composition: settings, credential, adapters, use cases. Made when it is first needed, once. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import {
  AzureCliCredential,
  ChainedTokenCredential,
  ClientAssertionCredential,
  DefaultAzureCredential,
  type TokenCredential,
} from '@azure/identity';

import { type AppServicePorts, connectAppService } from './adapters/app-service/connect.ts';
import { connectSiteInspector } from './adapters/app-service/site-inspector.ts';
import { nameInToken } from './adapters/app-service/token-name.ts';
import { createHttpProber } from './adapters/http-probe/http-prober.ts';
import { createPairedProber } from './adapters/http-probe/paired-prober.ts';
import { connectLogAnalytics } from './adapters/log-analytics/connect.ts';
import { connectTelemetryGauge } from './adapters/log-analytics/gauge.ts';
import { createNotifier } from './adapters/notify/receivers.ts';
import { openLazily, type OpenTelemetry } from './adapters/open-telemetry/lazily.ts';
import { connectStore, type ConnectedStore } from './adapters/store/connect.ts';
import { createStoreClock } from './adapters/store/store-clock.ts';
import {
  type Config,
  type Environment,
  loadAuthMode,
  loadConfig,
  readStorage,
  type StorageConfig,
} from './config.ts';
import type { Controller } from './controller/controller.ts';
import { createController } from './controller/create-controller.ts';
import { type DoctorQuestion, examineSite } from './controller/doctor.ts';
import { logLine } from './controller/log-line.ts';
import { type Limits, limitsAt } from './limits.ts';
import type { Checkup } from './release/doctor.ts';
import { InvalidInputError, SlipwayError } from './release/errors.ts';
import { loggableError, redact } from './release/redact.ts';

export { loadAuthMode as authMode, loadPublicUrl as publicUrl } from './config.ts';
export { AzureCallError } from './controller/ports/azure-errors.ts';
export type { Controller } from './controller/controller.ts';
export { isLoopback } from './loopback.ts';
export { NotFoundError, SlipwayError } from './release/errors.ts';
export { errorText, redact } from './release/redact.ts';

/** Where lines of the log go: the invocation that they belong to (`InvocationContext` has this form). */
export interface InvocationLog {
  info(...line: readonly unknown[]): void;
  warn(...line: readonly unknown[]): void;
  error(...line: readonly unknown[]): void;
  /** What the host says of its own trace: ours belong to it. */
  readonly traceContext?: { readonly traceParent?: string | undefined } | undefined;
  readonly options?: { readonly trigger?: { readonly type: string } };
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
let exporting: Promise<OpenTelemetry | undefined> | undefined;
let exported: OpenTelemetry | undefined;

/** At the end of an invocation; nobody who waits for an answer waits for this. */
const FLUSH_MS = { httpTrigger: 0, others: 500, atTheEnd: 5_000 } as const;

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
  if (composed === undefined) {
    const config = configOrThrow(loadConfig);
    exported = await (exporting ??= openTelemetry(config));
    // Whoever came meanwhile may have made it.
    composed ??= compose(config);
  }
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
    const { auth, receiversUnread } = loadConfig();
    const unread = receiversUnread === undefined ? [] : [receiversUnread];
    if (auth === loadAuthMode()) return unread;
    return [
      ...unread,
      'SLIPWAY_AUTH: is easy-auth, but App Service does not say that its authentication is on (WEBSITE_AUTH_ENABLED); every route asks for a key meanwhile',
    ];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.details.map(({ path, message }) => `${path}: ${message}`);
  }
}

/**
 * Runs `work` so that every line which the use cases log in it goes to `log`. What it throws goes to the
 * host, which prints all that an error holds: so it goes without what SDKs put into theirs.
 */
export async function withInvocationLog<T>(log: InvocationLog, work: () => Promise<T>): Promise<T> {
  try {
    return await invocation.run(log, () => {
      const parent = log.traceContext?.traceParent;
      return exported === undefined ? work() : exported.tracer.within(parent, work);
    });
  } catch (error) {
    throw loggableError(error);
  } finally {
    const isHttp = log.options?.trigger?.type === 'httpTrigger';
    const news = await exported?.flush(isHttp ? FLUSH_MS.httpTrigger : FLUSH_MS.others);
    if (news !== undefined) log.warn(news);
  }
}

/** The process ends: what was collected is exported. Never throws. */
export async function closeSlipway(): Promise<void> {
  await exported?.shutdown(FLUSH_MS.atTheEnd);
}

/** Loaded only where somebody wants it: a function app without exporters pays nothing. */
async function openTelemetry({ telemetryOut }: Config): Promise<OpenTelemetry | undefined> {
  if (telemetryOut === undefined) return undefined;
  const options = { out: telemetryOut, credentialOf: azureCredential, version: manifest.version };
  return openLazily(options, (line) => logToInvocation('warning', line));
}

/**
 * The store alone, for the command line. Creates nothing.
 * @throws SlipwayError `settings`
 */
export function openStore(env: Environment): Omit<ConnectedStore, 'ensureTables'> {
  const { identity, ...storage } = configOrThrow(() => readStorage(env));
  return storeAt(storage, azureCredential(identity));
}

/** App Service by a person's own rights, for `slipway rescue`: no setting and no storage is needed. */
export interface OwnAppService {
  readonly appService: AppServicePorts;
  readonly limits: Limits;
  /** Whom the access token names; undefined when it cannot be told. */
  readonly who: () => Promise<string | undefined>;
}

/** Without it every single read would fail and tell of every way in that was tried. */
async function demandSignIn(credential: TokenCredential): Promise<void> {
  try {
    await credential.getToken(ARM_SCOPE);
  } catch (cause) {
    const message = 'you are not signed in to Azure: sign in with `az login`, then run this again';
    throw new SlipwayError('sign-in', message, { cause });
  }
}

/** Stand-ins on this machine in place of Azure: all three. */
export interface StandIns {
  readonly arm: string;
  readonly logs: string;
  readonly sites: string;
}

/** Looks at an app; `place` holds `target`, `slot` and `telemetry` as a start has them. */
export type OwnDoctor = (
  place: Readonly<Record<string, unknown>>,
  question: DoctorQuestion,
) => Promise<Checkup>;

/**
 * For `slipway doctor` before there is a function app: by a person's own rights, as `openAppService`.
 * Asking throws SlipwayError `sign-in` where nobody is signed in, InvalidInputError for a bad `place`.
 * @throws AzureCallError `not-loopback`
 */
export function openDoctor(local: StandIns | undefined): OwnDoctor {
  const limits = limitsAt(1);
  const credential =
    local === undefined
      ? new ChainedTokenCredential(new AzureCliCredential(), new DefaultAzureCredential())
      : LOCAL_CREDENTIAL;
  // Nothing sets it, so it is this machine's clock; the checkup compares it with Azure's.
  const clock = createStoreClock();
  const now = (): number => clock.now();
  const arm = { credential, localEndpoint: local?.arm, timeoutMs: limits.armTimeoutMs };
  const logs = { credential, localEndpoint: local?.logs };
  const { reader, router } = connectAppService(arm);
  const ports = {
    ...{ limits, now, router, site: reader },
    inspector: connectSiteInspector(arm),
    telemetry: connectLogAnalytics(logs),
    gauge: connectTelemetryGauge(logs),
    prober: createHttpProber({ sitesEndpoint: local?.sites, now }),
  };
  return async (place, question) => {
    await demandSignIn(credential);
    return examineSite(ports, place, question);
  };
}

/**
 * By `az login`, else by whatever else the machine is signed in with. Sends nothing yet.
 * @param armEndpoint a stand-in for ARM on this machine, instead of Azure
 * @throws AzureCallError `not-loopback`
 */
export function openAppService(armEndpoint: string | undefined): OwnAppService {
  const limits = limitsAt(1);
  const credential =
    armEndpoint === undefined
      ? new ChainedTokenCredential(new AzureCliCredential(), new DefaultAzureCredential())
      : LOCAL_CREDENTIAL;
  const timeoutMs = limits.armTimeoutMs;
  return {
    appService: connectAppService({ credential, localEndpoint: armEndpoint, timeoutMs }),
    limits,
    who: async () => {
      const token = await credential.getToken(ARM_SCOPE).catch(() => null);
      return token === null ? undefined : nameInToken(token.token);
    },
  };
}

/** Of a GitHub job: where it gets a token of its own, and whom that stands for in Entra. */
export interface GithubIdentity {
  readonly url: string;
  readonly bearer: string;
  readonly clientId: string;
  readonly tenantId: string;
}

/**
 * Gives access tokens for Slipway's own API, by the job's identity where there is one, by `az login` or by
 * whatever else the machine is signed in with.
 * @param scope as `api://<client id>/.default`
 */
export function ownToken(scope: string, github?: GithubIdentity): () => Promise<string> {
  const credential =
    github === undefined
      ? new ChainedTokenCredential(new AzureCliCredential(), new DefaultAzureCredential())
      : new ClientAssertionCredential(github.tenantId, github.clientId, () => githubToken(github));
  return async () => (await credential.getToken(scope)).token;
}

/** As `core.getIDToken` of GitHub's toolkit asks for it; Entra takes this audience. */
async function githubToken({ url, bearer }: GithubIdentity): Promise<string> {
  const answer = await fetch(`${url}&audience=api://AzureADTokenExchange`, {
    headers: { authorization: `Bearer ${bearer}` },
    signal: AbortSignal.timeout(GITHUB_TOKEN_TIMEOUT_MS),
  });
  const { value } = (await answer.json()) as { readonly value?: unknown };
  if (typeof value === 'string') return value;
  throw new SlipwayError('github-token', `GitHub gave the job no token (${answer.status})`);
}

const GITHUB_TOKEN_TIMEOUT_MS = 30_000;

const ARM_SCOPE = 'https://management.azure.com/.default';

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
  const arm = { credential, localEndpoint: local?.arm, timeoutMs: limits.armTimeoutMs };
  const logs = {
    ...{ credential, localEndpoint: local?.logs },
    defaultWorkspaceId: config.workspaceId,
  };
  const appService = connectAppService(arm);
  const probing = { sitesEndpoint: local?.sites, now: () => store.clock.now() };
  const controller = createController({
    store: store.releaseStore,
    audit: store.auditReader,
    apps: store.appRegistry,
    appsMode: config.apps,
    catalog: store.catalog,
    due: store.dueTable,
    poison: store.poisonBox,
    ticks: store.tickQueue,
    clock: store.clock,
    site: appService.reader,
    router: appService.router,
    swapper: appService.swapper,
    telemetry: connectLogAnalytics(logs),
    inspection: { inspector: connectSiteInspector(arm), gauge: connectTelemetryGauge(logs) },
    prober: createHttpProber(probing),
    paired: {
      work: store.probeWork,
      outcomes: store.probeOutcomes,
      prober: createPairedProber(probing),
      pause: (ms) => pause(ms),
    },
    notifier: createNotifier(
      config.receivers,
      {
        now: () => store.clock.now(),
        local: local !== undefined,
        publicUrl: config.publicUrl,
        token: (scope) => tokenOf(credential, scope),
      },
      config.receiversUnread,
    ),
    tracer: exported?.tracer,
    meter: exported?.meter,
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

async function tokenOf(credential: TokenCredential, scope: string): Promise<string> {
  const token = await credential.getToken(scope);
  if (token === null) throw new SlipwayError('no-token', `there is no token for ${scope}`);
  return token.token;
}

/** The stand-ins ask for a token but not for a true one. It ends in the year 9999. */
const LOCAL_CREDENTIAL: TokenCredential = {
  getToken: async () => ({ token: 'local', expiresOnTimestamp: 253_402_300_799_000 }),
};

type Log = Parameters<typeof createController>[0]['log'];

const logToInvocation: Log = (level, message, facts) => {
  const log = invocation.getStore();
  if (log === undefined) return;
  // A sender's line feed would begin a line that looks like Slipway's own.
  const line = redact(logLine(message, facts)).replaceAll(/\p{Cc}+/gu, ' ');
  if (level === 'info') log.info(line);
  else if (level === 'warning') log.warn(line);
  else log.error(line);
};

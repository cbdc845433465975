/** The settings of the function app. The only file that reads the environment. */
import { addressProblem } from './adapters/notify/address.ts';
import { readReceivers, secretProblem } from './adapters/notify/read-receivers.ts';
import type { ReceiverConfig } from './adapters/notify/receiver-config.ts';
import { type TelemetryOut, telemetryOutOf } from './adapters/open-telemetry/telemetry-out.ts';
import { connectionStringProblem, isOnLoopback } from './connection-string.ts';
import { isLoopback } from './loopback.ts';
import { InvalidInputError, type Problem } from './release/errors.ts';

/** The environment, as far as settings go. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting: who reads it, and where it belongs. docs/settings.md and the sample name the same ones. */
export interface Setting {
  readonly name: string;
  /** `host`: the functions host alone; it is listed so that the sample and `infra/` can be checked. */
  readonly readBy: 'slipway' | 'host';
}

/** Every setting there is. A test holds the sample, the docs and `infra/` against this list. */
export const SETTINGS = [
  { name: 'FUNCTIONS_WORKER_RUNTIME', readBy: 'host' },
  { name: 'AzureWebJobsStorage', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__accountName', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__blobServiceUri', readBy: 'host' },
  { name: 'AzureWebJobsStorage__queueServiceUri', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__tableServiceUri', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__credential', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__clientId', readBy: 'slipway' },
  { name: 'AZURE_CLIENT_ID', readBy: 'slipway' },
  { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', readBy: 'slipway' },
  { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', readBy: 'slipway' },
  { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', readBy: 'slipway' },
  { name: 'OTEL_METRIC_EXPORT_INTERVAL', readBy: 'slipway' },
  { name: 'SLIPWAY_WORKSPACE_ID', readBy: 'slipway' },
  { name: 'SLIPWAY_CLOCK_SCHEDULE', readBy: 'slipway' },
  { name: 'SLIPWAY_AUTH', readBy: 'slipway' },
  { name: 'SLIPWAY_APPS', readBy: 'slipway' },
  { name: 'SLIPWAY_NOTIFY', readBy: 'slipway' },
  { name: 'SLIPWAY_PUBLIC_URL', readBy: 'slipway' },
  { name: 'SLIPWAY_WEBHOOK_URL', readBy: 'slipway' },
  { name: 'SLIPWAY_WEBHOOK_SECRET', readBy: 'slipway' },
  { name: 'SLIPWAY_ARM_ENDPOINT', readBy: 'slipway' },
  { name: 'SLIPWAY_LOGS_ENDPOINT', readBy: 'slipway' },
  { name: 'SLIPWAY_SITES_ENDPOINT', readBy: 'slipway' },
  { name: 'SLIPWAY_TIME_SCALE', readBy: 'slipway' },
] as const satisfies readonly Setting[];

type SettingName = (typeof SETTINGS)[number]['name'];

const AUTH_MODES = ['function-keys', 'easy-auth', 'anonymous'] as const;

/**
 * Who is believed over HTTP. `function-keys`: whoever holds a key of the function app; `easy-auth`: whom
 * App Service's authentication signed in with Entra; `anonymous`: everybody, on this machine alone.
 */
export type AuthMode = (typeof AUTH_MODES)[number];

export interface Config {
  readonly storage: StorageConfig;
  /** Client id of the user-assigned identity; undefined: whatever identity the machine has. */
  readonly clientId: string | undefined;
  /** Workspace (customer id) for releases that name none. */
  readonly workspaceId: string | undefined;
  /** NCRONTAB; the timer's binding reads the setting itself. */
  readonly clockSchedule: string;
  readonly auth: AuthMode;
  /** `registered`: releases of registered apps only; `open`: of any, for trials. */
  readonly apps: 'registered' | 'open';
  /** Who is told of transitions; empty: nobody. */
  readonly receivers: readonly ReceiverConfig[];
  /** Where people reach this function app, as an origin; undefined: not known. */
  readonly publicUrl: string | undefined;
  /** Where Slipway's own traces and metrics go; undefined: nowhere. */
  readonly telemetryOut: TelemetryOut | undefined;
  /** Stand-ins of Azure on this machine; undefined: Azure. */
  readonly local: LocalEndpoints | undefined;
  /** All waits are divided by it; 1 in Azure. */
  readonly timeScale: number;
}

export type StorageConfig =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly tableUrl: string;
      readonly queueUrl: string;
      readonly clientId: string | undefined;
    };

/** Always all three: a real swap judged by made-up telemetry, or the other way round, must not be. */
export interface LocalEndpoints {
  readonly arm: string;
  readonly logs: string;
  readonly sites: string;
}

const WHAT = 'the configuration';
const TIME_SCALE_MAX = 10_000;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ACCOUNT_NAME = /^[a-z0-9]{3,24}$/;
/** Six fields, seconds first. What a field may hold is checked by the host. */
const NCRONTAB = /^([\dA-Za-z*,/-]+)( +[\dA-Za-z*,/-]+){5}$/;

/** @throws InvalidInputError with every problem of this process's environment */
export function loadConfig(): Config {
  return readConfig(process.env);
}

/** `authModeOf` this process's environment. */
export function loadAuthMode(): AuthMode {
  return authModeOf(process.env);
}

/**
 * How routes are registered. Never throws, because an error while the functions load gives an app
 * without functions, and says nothing (azure.md 8). What is wrong with the setting is told by
 * `readConfig`; here it means keys, so that no route is ever open by mistake.
 *
 * Keys also where App Service does not say that its authentication is on, as while it is being switched:
 * its headers could then be written by anybody. WEBSITE_AUTH_ENABLED is App Service's own variable, by
 * which the functions host itself turns Easy Auth on (Azure/azure-functions-host#10687).
 */
export function authModeOf(env: Environment): AuthMode {
  const reader = new Reader(env);
  const isLocal = isOnThisMachine(localEndpointsOf(reader), storageOf(reader));
  const wanted = authOf(reader, isLocal);
  const isOn = isLocal || /^true$/i.test(env.WEBSITE_AUTH_ENABLED ?? '');
  return wanted === 'easy-auth' && !isOn ? 'function-keys' : wanted;
}

/**
 * Reads and checks all settings. No message repeats a value that may be secret.
 * @throws InvalidInputError with every problem, each naming its setting
 */
export function readConfig(env: Environment): Config {
  const reader = new Reader(env);
  const storage = storageOf(reader);
  const clockSchedule = clockScheduleOf(reader);
  const local = localEndpointsOf(reader);
  const isLocal = isOnThisMachine(local, storage);
  const publicUrl = publicUrlOf(reader, env.WEBSITE_HOSTNAME);
  const config = {
    clientId: reader.guid('AZURE_CLIENT_ID'),
    workspaceId: reader.guid('SLIPWAY_WORKSPACE_ID'),
    receivers: receiversOf(reader, { local: local !== undefined, publicUrl }),
    publicUrl,
    telemetryOut: telemetryOutOf({
      connectionString: reader.text('APPLICATIONINSIGHTS_CONNECTION_STRING'),
      authentication: reader.text('APPLICATIONINSIGHTS_AUTHENTICATION_STRING'),
      otlpEndpoint: reader.text('OTEL_EXPORTER_OTLP_ENDPOINT'),
      metricInterval: reader.text('OTEL_METRIC_EXPORT_INTERVAL'),
    }),
    local,
    auth: authOf(reader, isLocal),
    apps: reader.oneOf('SLIPWAY_APPS', ['registered', 'open']),
    timeScale: timeScaleOf(reader, isLocal),
  };
  if (storage === undefined || clockSchedule === undefined || reader.problems.length > 0) {
    throw new InvalidInputError(WHAT, reader.problems);
  }
  return { storage, clockSchedule, ...config };
}

/**
 * Only where the store is: all that the command line needs.
 * @throws InvalidInputError
 */
export function readStorage(
  env: Environment,
): StorageConfig & { readonly identity: string | undefined } {
  const reader = new Reader(env);
  const storage = storageOf(reader);
  const identity = reader.guid('AZURE_CLIENT_ID');
  if (storage === undefined || reader.problems.length > 0) {
    throw new InvalidInputError(WHAT, reader.problems);
  }
  return { ...storage, identity };
}

/** Collects problems instead of stopping at the first. An empty setting is one that is not set. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: SettingName): string | undefined {
    const value = this.#env[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** One of these words; the first when none is set, or another. */
  oneOf<T extends string>(name: SettingName, words: readonly [T, ...T[]]): T {
    const value = this.text(name) ?? words[0];
    const word = words.find((known) => known === value);
    if (word === undefined) {
      this.problem(name, `is none of ${words.join(', ')}; ${words[0]} counts until it is mended`);
    }
    return word ?? words[0];
  }

  guid(name: SettingName): string | undefined {
    const value = this.text(name);
    if (value !== undefined && !GUID.test(value)) {
      this.problem(name, 'is not a GUID such as 11111111-2222-3333-4444-555555555555');
    }
    return value;
  }

  /** @param path the setting; of one that is JSON also where in it, as `SLIPWAY_NOTIFY[0].url` */
  problem(
    path: SettingName | `SLIPWAY_NOTIFY${string}`,
    message: string,
    code = 'invalid-setting',
  ): void {
    this.problems.push({ path, code, message });
  }
}

function storageOf(reader: Reader): StorageConfig | undefined {
  const connectionString = reader.text('AzureWebJobsStorage');
  const identity = identityStorageOf(reader);
  if (connectionString !== undefined && identity !== undefined) {
    reader.problem(
      'AzureWebJobsStorage',
      'is set together with its identity form (AzureWebJobsStorage__…); keep one of the two',
    );
    return undefined;
  }
  if (connectionString === undefined && identity === undefined) {
    reader.problem(
      'AzureWebJobsStorage',
      'is missing: set a connection string, or AzureWebJobsStorage__accountName to use an identity',
      'missing-setting',
    );
    return undefined;
  }
  if (connectionString === undefined) return identity === 'invalid' ? undefined : identity;
  const problem = connectionStringProblem(connectionString);
  if (problem !== undefined) reader.problem('AzureWebJobsStorage', problem);
  return { kind: 'connection-string', connectionString };
}

/** The identity form as the functions host reads it (azure.md 4.4); undefined when nothing of it is set. */
function identityStorageOf(reader: Reader): StorageConfig | 'invalid' | undefined {
  const credential = reader.text('AzureWebJobsStorage__credential');
  const clientId = reader.guid('AzureWebJobsStorage__clientId');
  const account = reader.text('AzureWebJobsStorage__accountName');
  const tableUri = reader.text('AzureWebJobsStorage__tableServiceUri');
  const queueUri = reader.text('AzureWebJobsStorage__queueServiceUri');
  if ([credential, clientId, account, tableUri, queueUri].every((value) => value === undefined)) {
    return undefined;
  }
  if (credential !== undefined && credential.toLowerCase() !== 'managedidentity') {
    reader.problem('AzureWebJobsStorage__credential', 'can only be "managedidentity"');
  }
  const known = account === undefined ? undefined : accountUrls(reader, account);
  const tableUrl = serviceUrl(reader, 'AzureWebJobsStorage__tableServiceUri', known?.table);
  const queueUrl = serviceUrl(reader, 'AzureWebJobsStorage__queueServiceUri', known?.queue);
  if (tableUrl === undefined || queueUrl === undefined) return 'invalid';
  return { kind: 'identity', tableUrl, queueUrl, clientId };
}

function accountUrls(reader: Reader, account: string): { table: string; queue: string } {
  if (!ACCOUNT_NAME.test(account)) {
    reader.problem(
      'AzureWebJobsStorage__accountName',
      'is not the name of a storage account: 3 to 24 lower-case letters and digits',
    );
  }
  return {
    table: `https://${account}.table.core.windows.net`,
    queue: `https://${account}.queue.core.windows.net`,
  };
}

/** A URL that is written wins over the one that the account's name gives. */
function serviceUrl(
  reader: Reader,
  name: 'AzureWebJobsStorage__tableServiceUri' | 'AzureWebJobsStorage__queueServiceUri',
  ofAccount: string | undefined,
): string | undefined {
  const written = reader.text(name);
  if (written === undefined) {
    if (ofAccount === undefined) {
      const message = 'is missing: set it, or AzureWebJobsStorage__accountName alone';
      reader.problem(name, message, 'missing-setting');
    }
    return ofAccount;
  }
  // The SDKs send tokens over https only, to this machine too (azure.md 2).
  if (URL.parse(written)?.protocol !== 'https:') {
    reader.problem(name, 'is not an https URL such as https://account.table.core.windows.net');
  }
  return written;
}

function clockScheduleOf(reader: Reader): string | undefined {
  const name = 'SLIPWAY_CLOCK_SCHEDULE';
  const value = reader.text(name);
  if (value === undefined) {
    reader.problem(name, 'is missing: set */30 * * * * * for every 30 seconds', 'missing-setting');
  } else if (!NCRONTAB.test(value)) {
    reader.problem(name, 'is not an NCRONTAB expression of six fields such as */30 * * * * *');
  }
  return value;
}

function localEndpointsOf(reader: Reader): LocalEndpoints | undefined {
  const arm = localEndpoint(reader, 'SLIPWAY_ARM_ENDPOINT');
  const logs = localEndpoint(reader, 'SLIPWAY_LOGS_ENDPOINT');
  const sites = localEndpoint(reader, 'SLIPWAY_SITES_ENDPOINT');
  if (arm !== undefined && logs !== undefined && sites !== undefined) return { arm, logs, sites };
  for (const [name, value] of [
    ['SLIPWAY_ARM_ENDPOINT', arm],
    ['SLIPWAY_LOGS_ENDPOINT', logs],
    ['SLIPWAY_SITES_ENDPOINT', sites],
  ] as const) {
    const someAreSet = arm !== undefined || logs !== undefined || sites !== undefined;
    if (someAreSet && value === undefined) {
      const message = 'is missing: set all three local endpoints, or none to work with Azure';
      reader.problem(name, message, 'missing-setting');
    }
  }
  return undefined;
}

function localEndpoint(
  reader: Reader,
  name: 'SLIPWAY_ARM_ENDPOINT' | 'SLIPWAY_LOGS_ENDPOINT' | 'SLIPWAY_SITES_ENDPOINT',
): string | undefined {
  const value = reader.text(name);
  if (value !== undefined && !isLoopback(value)) {
    reader.problem(
      name,
      'is not a URL on this machine such as http://127.0.0.1:7071; leave it out to work with Azure',
    );
  }
  return value;
}

/** The name that the one webhook of SLIPWAY_WEBHOOK_… goes by; where telling stands is kept under it. */
const ONLY_WEBHOOK = 'webhook';

function receiversOf(
  reader: Reader,
  around: { readonly local: boolean; readonly publicUrl: string | undefined },
): Config['receivers'] {
  const webhook = webhookOf(reader, around.local);
  const text = reader.text('SLIPWAY_NOTIFY');
  if (text === undefined) return webhook;
  const { receivers, problems } = readReceivers(text, around);
  for (const { path, code, message } of problems) {
    reader.problem(`SLIPWAY_NOTIFY${path}`, message, code);
  }
  if (webhook.length > 0 && receivers.some(({ name }) => name === ONLY_WEBHOOK)) {
    const message = `has a receiver named ${ONLY_WEBHOOK}, which is the one of SLIPWAY_WEBHOOK_URL: name it otherwise, or leave that out`;
    reader.problem('SLIPWAY_NOTIFY', message);
  }
  return [...webhook, ...receivers];
}

/** Both or none: a receiver must be able to tell that a notice is Slipway's. */
function webhookOf(reader: Reader, local: boolean): Config['receivers'] {
  const url = reader.text('SLIPWAY_WEBHOOK_URL');
  const secret = reader.text('SLIPWAY_WEBHOOK_SECRET');
  if (url === undefined && secret === undefined) return [];
  const missing = 'is missing: set both the URL and the secret, or none to tell nobody';
  if (url === undefined) reader.problem('SLIPWAY_WEBHOOK_URL', missing, 'missing-setting');
  if (secret === undefined) reader.problem('SLIPWAY_WEBHOOK_SECRET', missing, 'missing-setting');
  const badUrl = url === undefined ? undefined : addressProblem(url, local);
  if (badUrl !== undefined) reader.problem('SLIPWAY_WEBHOOK_URL', badUrl);
  const badSecret = secret === undefined ? undefined : secretProblem(secret);
  if (badSecret !== undefined) reader.problem('SLIPWAY_WEBHOOK_SECRET', badSecret);
  if (url === undefined || secret === undefined) return [];
  const all = { severity: 'info', apps: [], actions: [], template: undefined } as const;
  return [{ ...all, name: ONLY_WEBHOOK, kind: 'webhook', url, secret }];
}

/** @param hostname App Service's own WEBSITE_HOSTNAME; Core Tools sets it to localhost and a port */
function publicUrlOf(reader: Reader, hostname: string | undefined): string | undefined {
  const name = 'SLIPWAY_PUBLIC_URL';
  const written = reader.text(name);
  if (written === undefined) {
    if (hostname === undefined || hostname === '') return undefined;
    const plain = `http://${hostname}`;
    return isLoopback(plain) ? plain : URL.parse(`https://${hostname}`)?.origin;
  }
  const url = URL.parse(written);
  if (url?.href !== `${url?.origin}/` || !(url.protocol === 'https:' || isLoopback(written))) {
    reader.problem(
      name,
      'is not an https address without a path, such as https://slipway.contoso.com',
    );
    return undefined;
  }
  return url.origin;
}

/** Also an endpoint that was told as a problem must not count as local. */
function isOnThisMachine(
  local: LocalEndpoints | undefined,
  storage: StorageConfig | undefined,
): boolean {
  if (local === undefined || storage?.kind !== 'connection-string') return false;
  const endpoints = [local.arm, local.logs, local.sites];
  return endpoints.every(isLoopback) && isOnLoopback(storage.connectionString);
}

function authOf(reader: Reader, isLocal: boolean): AuthMode {
  const mode = reader.oneOf('SLIPWAY_AUTH', AUTH_MODES);
  if (mode !== 'anonymous' || isLocal) return mode;
  reader.problem(
    'SLIPWAY_AUTH',
    'can be anonymous only with all three local endpoints and storage on this machine; until it is mended keys are asked for',
  );
  return 'function-keys';
}

function timeScaleOf(reader: Reader, isLocal: boolean): number {
  const name = 'SLIPWAY_TIME_SCALE';
  const value = reader.text(name);
  if (value === undefined) return 1;
  const scale = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(scale >= 1 && scale <= TIME_SCALE_MAX)) {
    reader.problem(name, `is not a number from 1 to ${TIME_SCALE_MAX}`);
  }
  if (!isLocal) {
    reader.problem(
      name,
      'shortens every safety wait, so it is accepted only with all three local endpoints and storage on this machine',
    );
  }
  return scale;
}

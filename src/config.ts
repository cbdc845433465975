/** The settings of the function app. The only file that reads the environment. */
import { addressProblem } from './adapters/notify/address.ts';
import {
  isUnresolved,
  readReceivers,
  secretProblem,
  UNRESOLVED,
} from './adapters/notify/read-receivers.ts';
import type { ReceiverConfig } from './adapters/notify/receiver-config.ts';
import { type TelemetryOut, telemetryOutOf } from './adapters/open-telemetry/telemetry-out.ts';
import { isOnLoopback } from './connection-string.ts';
import { isLoopback } from './loopback.ts';
import { InvalidInputError } from './release/errors.ts';
import { type Environment, SettingsReader } from './settings.ts';
import { type StorageConfig, storageOf } from './storage-settings.ts';

export { type Environment, SETTINGS, type Setting } from './settings.ts';
export type { StorageConfig } from './storage-settings.ts';

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
  /** Why it is not known who else is; undefined: these are all. */
  readonly receiversUnread: string | undefined;
  /** Where people reach this function app, as an origin; undefined: not known. */
  readonly publicUrl: string | undefined;
  /** Where Slipway's own traces and metrics go; undefined: nowhere. */
  readonly telemetryOut: TelemetryOut | undefined;
  /** Stand-ins of Azure on this machine; undefined: Azure. */
  readonly local: LocalEndpoints | undefined;
  /** All waits are divided by it; 1 in Azure. */
  readonly timeScale: number;
}

/** Always all three: a real swap judged by made-up telemetry, or the other way round, must not be. */
export interface LocalEndpoints {
  readonly arm: string;
  readonly logs: string;
  readonly sites: string;
}

const WHAT = 'the configuration';
const TIME_SCALE_MAX = 10_000;
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

/** Where people reach this function app, by this process's environment; undefined: nobody said. Never throws. */
export function loadPublicUrl(): string | undefined {
  return publicUrlOf(new SettingsReader(process.env), process.env.WEBSITE_HOSTNAME);
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
  const reader = new SettingsReader(env);
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
  const reader = new SettingsReader(env);
  const storage = storageOf(reader);
  const clockSchedule = clockScheduleOf(reader);
  const local = localEndpointsOf(reader);
  const isLocal = isOnThisMachine(local, storage);
  const publicUrl = publicUrlOf(reader, env.WEBSITE_HOSTNAME);
  const config = {
    clientId: reader.guid('AZURE_CLIENT_ID'),
    workspaceId: reader.guid('SLIPWAY_WORKSPACE_ID'),
    receivers: receiversOf(reader, { local: local !== undefined, publicUrl }),
    receiversUnread: unreadReceivers(reader),
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
  const reader = new SettingsReader(env);
  const storage = storageOf(reader);
  const identity = reader.guid('AZURE_CLIENT_ID');
  if (storage === undefined || reader.problems.length > 0) {
    throw new InvalidInputError(WHAT, reader.problems);
  }
  return { ...storage, identity };
}

function clockScheduleOf(reader: SettingsReader): string | undefined {
  const name = 'SLIPWAY_CLOCK_SCHEDULE';
  const value = reader.text(name);
  if (value === undefined) {
    reader.problem(name, 'is missing: set */30 * * * * * for every 30 seconds', 'missing-setting');
  } else if (!NCRONTAB.test(value)) {
    reader.problem(name, 'is not an NCRONTAB expression of six fields such as */30 * * * * *');
  }
  return value;
}

function localEndpointsOf(reader: SettingsReader): LocalEndpoints | undefined {
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
  reader: SettingsReader,
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

/**
 * Not a problem of the settings: that would stop every release, also one that goes back, and a new instance may
 * find the vault busy at any time, long after somebody wrote the setting.
 */
function unreadReceivers(reader: SettingsReader): string | undefined {
  const text = reader.text('SLIPWAY_NOTIFY');
  if (text === undefined || !isUnresolved(text)) return undefined;
  return `SLIPWAY_NOTIFY ${UNRESOLVED}; releases go on, and its receivers are told later`;
}

function receiversOf(
  reader: SettingsReader,
  around: { readonly local: boolean; readonly publicUrl: string | undefined },
): Config['receivers'] {
  const webhook = webhookOf(reader, around.local);
  const text = reader.text('SLIPWAY_NOTIFY');
  if (text === undefined || isUnresolved(text)) return webhook;
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
function webhookOf(reader: SettingsReader, local: boolean): Config['receivers'] {
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
function publicUrlOf(reader: SettingsReader, hostname: string | undefined): string | undefined {
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

function authOf(reader: SettingsReader, isLocal: boolean): AuthMode {
  const mode = reader.oneOf('SLIPWAY_AUTH', AUTH_MODES);
  if (mode !== 'anonymous' || isLocal) return mode;
  reader.problem(
    'SLIPWAY_AUTH',
    'can be anonymous only with all three local endpoints and storage on this machine; until it is mended keys are asked for',
  );
  return 'function-keys';
}

function timeScaleOf(reader: SettingsReader, isLocal: boolean): number {
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

import type { HttpClient } from '@azure/core-rest-pipeline';
import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import { QueueServiceClient, type StoragePipelineOptions } from '@azure/storage-queue';

import type { AppRegistry } from '../../controller/ports/app-registry.ts';
import type { AuditReader } from '../../controller/ports/audit-reader.ts';
import type { AuditScanner } from '../../controller/ports/audit-scanner.ts';
import type { Catalog } from '../../controller/ports/catalog.ts';
import type { Clock } from '../../controller/ports/clock.ts';
import type { DueTable } from '../../controller/ports/due-table.ts';
import type { PoisonBox } from '../../controller/ports/poison-box.ts';
import type { ProbeOutcomes } from '../../controller/ports/probe-outcomes.ts';
import type { ProbeWork } from '../../controller/ports/probe-work.ts';
import type { ReleaseStore } from '../../controller/ports/release-store.ts';
import type { TickQueue } from '../../controller/ports/tick-queue.ts';
import { ensureTables } from './ensure-tables.ts';
import { QUEUES, TABLES } from './names.ts';
import { createProbeWork } from './storage-probe-work.ts';
import { createTickQueue } from './storage-tick-queue.ts';
import { createStoreClock } from './store-clock.ts';
import { deadlinePolicy, lineSeparatorPolicy } from './policies.ts';
import { refuse } from './store-failure.ts';
import { createAppRegistry } from './table-app-registry.ts';
import { createAppsAuditScanner } from './table-apps-audit-scanner.ts';
import { createAuditReader } from './table-audit-reader.ts';
import { createAuditScanner } from './table-audit-scanner.ts';
import { createCatalog } from './table-catalog.ts';
import { createDueTable } from './table-due.ts';
import { createPoisonBox } from './table-poison-box.ts';
import { createProbeOutcomes } from './table-probe-outcomes.ts';
import { createReleaseStore } from './table-release-store.ts';

/** Where the store is: a connection string, or the account's URLs and an identity. */
export type StoreSettings =
  | { readonly connectionString: string }
  | {
      /** As `https://account.table.core.windows.net`. */
      readonly tableUrl: string;
      readonly queueUrl: string;
      readonly credential: TokenCredential;
    };

export interface StoreOptions {
  /** What host.json's `extensions.queues.messageEncoding` says; Azure's default is base64. */
  readonly encoding: 'base64' | 'none';
  /** Bound of one call, its retries included. Default 10 s. */
  readonly timeoutMs?: number;
  /** Sends the table requests; default: the SDK's own client. */
  readonly httpClient?: HttpClient;
}

/** Every port that storage serves. */
export interface Store {
  readonly releaseStore: ReleaseStore;
  readonly appRegistry: AppRegistry;
  readonly auditReader: AuditReader;
  readonly auditScanner: AuditScanner;
  readonly catalog: Catalog;
  readonly dueTable: DueTable;
  readonly poisonBox: PoisonBox;
  readonly tickQueue: TickQueue;
  readonly clock: Clock;
}

export interface ConnectedStore extends Store {
  readonly probeWork: ProbeWork;
  readonly probeOutcomes: ProbeOutcomes;
  /** Of the registry's own audit. */
  readonly appsAuditScanner: AuditScanner;
  /** Makes missing tables and queues; its answers also set the clock. Once, when the app starts. */
  ensureTables(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** After the first try. A write that is repeated meets itself: the adapters recognise that. */
const RETRIES = 2;
const RETRY_DELAY_MS = 200;
const RETRY_DELAY_MAX_MS = 2_000;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * The store on Azure Tables and Queues. Sends nothing yet.
 * @throws StoreFailure when the connection string cannot be read, or an endpoint is http and not on
 * this machine.
 */
export function connectStore(settings: StoreSettings, options: StoreOptions): ConnectedStore {
  const clock = createStoreClock();
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const tableOptions: TableServiceClientOptions = {
    retryOptions: {
      maxRetries: RETRIES,
      retryDelayInMs: RETRY_DELAY_MS,
      maxRetryDelayInMs: RETRY_DELAY_MAX_MS,
    },
    additionalPolicies: [
      { policy: deadlinePolicy(timeoutMs), position: 'perCall' },
      { policy: lineSeparatorPolicy, position: 'perCall' },
      { policy: clock.policy, position: 'perRetry' },
    ],
    ...(options.httpClient === undefined ? {} : { httpClient: options.httpClient }),
  };
  const releases = tableClient(settings, TABLES.releases, tableOptions);
  const due = tableClient(settings, TABLES.due, tableOptions);
  const catalog = tableClient(settings, TABLES.catalog, tableOptions);
  const apps = tableClient(settings, TABLES.apps, tableOptions);
  const queues = queueService(settings);
  const hints = { encoding: options.encoding, timeoutMs };
  return {
    releaseStore: createReleaseStore(releases),
    appRegistry: createAppRegistry(apps),
    appsAuditScanner: createAppsAuditScanner(apps),
    auditReader: createAuditReader(releases),
    auditScanner: createAuditScanner(releases),
    catalog: createCatalog(catalog),
    dueTable: createDueTable(due),
    poisonBox: createPoisonBox(releases),
    tickQueue: createTickQueue(queues.getQueueClient(QUEUES.ticks), hints),
    probeWork: createProbeWork(queues.getQueueClient(QUEUES.probes), hints),
    probeOutcomes: createProbeOutcomes(releases),
    clock,
    ensureTables: () => ensureTables([releases, due, catalog, apps], queues, timeoutMs),
  };
}

function tableClient(
  settings: StoreSettings,
  name: string,
  options: TableServiceClientOptions,
): TableClient {
  if ('connectionString' in settings) {
    const { connectionString } = settings;
    const { url } = readable(() => TableClient.fromConnectionString(connectionString, name));
    // The SDK refuses http without this (azure.md 2).
    const allowInsecureConnection = isLocalHttp(url, 'table');
    return TableClient.fromConnectionString(connectionString, name, {
      ...options,
      allowInsecureConnection,
    });
  }
  requireHttps(settings.tableUrl, 'table');
  return new TableClient(settings.tableUrl, name, settings.credential, options);
}

function queueService(settings: StoreSettings): QueueServiceClient {
  const options: StoragePipelineOptions = {
    retryOptions: {
      maxTries: RETRIES + 1,
      retryDelayInMs: RETRY_DELAY_MS,
      maxRetryDelayInMs: RETRY_DELAY_MAX_MS,
    },
  };
  if ('connectionString' in settings) {
    const { connectionString } = settings;
    const service = readable(() =>
      QueueServiceClient.fromConnectionString(connectionString, options),
    );
    isLocalHttp(service.url, 'queue');
    return service;
  }
  requireHttps(settings.queueUrl, 'queue');
  return new QueueServiceClient(settings.queueUrl, settings.credential, options);
}

/** The SDKs' own words for a broken connection string; they do not repeat it, which holds a key. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : 'it cannot be read';
    return refuse(
      `The storage connection string cannot be used: ${said}. Copy it whole from the account's access keys`,
      { cause },
    );
  }
}

/** Http is for a storage emulator on this machine only: keys and state would travel in the clear. */
function isLocalHttp(url: string, service: string): boolean {
  const { protocol, hostname, origin } = new URL(url);
  if (protocol === 'https:') return false;
  if (!LOOPBACK.has(hostname)) {
    refuse(
      `The ${service} endpoint ${origin} is http and not on this machine. Use https, or a loopback address for a local emulator`,
    );
  }
  return true;
}

/** The SDK sends no token over http, not even to this machine (azure.md 2). */
function requireHttps(url: string, service: string): void {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'https:') {
    refuse(
      `The ${service} endpoint ${parsed?.origin ?? url} is not https. An identity works over https only; use a connection string for a local emulator`,
    );
  }
}

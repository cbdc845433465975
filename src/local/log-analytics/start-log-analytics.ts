import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { handle } from './doors.ts';
import type { Doors } from './doors.ts';
import { Faults } from './faults.ts';
import { Ingestion } from './ingestion-endpoint.ts';
import type { TrackAnswer } from './ingestion-endpoint.ts';
import { QueryEngine } from './kql/run-query.ts';
import type { Value } from './kql/values.ts';
import { QueryEndpoint } from './query-endpoint.ts';
import type { LoggedQuery } from './query-endpoint.ts';
import { RowStore } from './row-store.ts';
import type { StoredRow } from './row-store.ts';
import { TABLES } from './schema.ts';
import type { TableName } from './schema.ts';
import { StateFile } from './state-file.ts';

/** How to start the stand-in. */
export interface LogAnalyticsOptions {
  /** Port on 127.0.0.1; 0 or left out takes a free one. */
  readonly port?: number;
  /** JSON Lines file that keeps the telemetry over restarts; none when left out. */
  readonly stateFile?: string;
  readonly workspaceId: string;
  /** Resource id of the Application Insights component, for resource queries and `_ResourceId`. */
  readonly resourceId?: string;
  /** GUID that telemetry must carry; a fixed one when left out. */
  readonly instrumentationKey?: string;
  /** Extra milliseconds before a row is visible to queries, asked for each row. Default 0. */
  readonly ingestionDelayMs?: () => number;
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number;
  /** Rows of one table that are kept at most. Default 250,000. */
  readonly rowsPerTable?: number;
  /** Rows older than this many milliseconds are dropped. Default 24 hours. */
  readonly retentionMs?: number;
  /** Takes one line about something worth knowing. */
  readonly log: (line: string) => void;
}

/** The running stand-in. */
export interface LogAnalytics {
  /** `http://127.0.0.1:port`: the query endpoint (`/v1/…`) and the ingestion endpoint. */
  readonly url: string;
  /** What an app's `APPLICATIONINSIGHTS_CONNECTION_STRING` must be. */
  readonly connectionString: string;
  readonly instrumentationKey: string;
  readonly resourceId: string;
  /** Closes the port and finishes the state file. */
  stop(): Promise<void>;
  /** All stored rows of a table as objects, those that queries do not see yet included. */
  rows(table: TableName): readonly Readonly<Record<string, Value>>[];
  /** Takes telemetry as the endpoint does, for tests; a missing iKey is filled in. */
  ingest(envelopes: readonly Readonly<Record<string, unknown>>[]): TrackAnswer;
  readonly faults: Faults;
  /** The last queries that were asked, oldest first. */
  readonly requests: readonly LoggedQuery[];
}

const DEFAULT_KEY = '51195a17-0000-4000-8000-000000000001';
const DEFAULT_RESOURCE =
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/microsoft.insights/components/local';
const DEFAULT_ROWS_PER_TABLE = 250_000;
const DEFAULT_RETENTION_MS = 24 * 3_600_000;
const COMPACT_AFTER_LINES = 200_000;
const MAX_LOGGED_QUERIES = 1000;

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

interface Workspace {
  readonly workspaceId: string;
  readonly resourceId: string;
  readonly instrumentationKey: string;
}

/** The columns that are the same in every row. */
function constantsOf(workspace: Workspace): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ['TenantId', workspace.workspaceId],
    ['SourceSystem', 'Azure'],
    ['IKey', workspace.instrumentationKey],
    ['ResourceGUID', workspace.instrumentationKey],
    ['_ResourceId', workspace.resourceId.toLowerCase()],
    ['_SubscriptionId', workspace.resourceId.split('/')[2]?.toLowerCase() ?? ''],
    ['_IsBillable', 'True'],
  ]);
}

function openState(options: LogAnalyticsOptions, store: RowStore): StateFile | undefined {
  return options.stateFile === undefined
    ? undefined
    : new StateFile({
        path: options.stateFile,
        compactAfterLines: COMPACT_AFTER_LINES,
        kept: () => store.all(),
        log: options.log,
      });
}

function rowsOf(store: RowStore, table: TableName): readonly Readonly<Record<string, Value>>[] {
  const { columns, rows } = store.everything(table);
  return rows.map((row) => Object.fromEntries(columns.map(({ name, read }) => [name, read(row)])));
}

/**
 * Starts Application Insights' ingestion endpoint and Log Analytics' query endpoint on 127.0.0.1.
 * Errors: the port is taken, or the state file cannot be read.
 */
export async function startLogAnalytics(options: LogAnalyticsOptions): Promise<LogAnalytics> {
  const now = options.now ?? (() => Date.now());
  const workspace = {
    workspaceId: options.workspaceId,
    resourceId: options.resourceId ?? DEFAULT_RESOURCE,
    instrumentationKey: options.instrumentationKey ?? DEFAULT_KEY,
  };
  const limits = {
    rowsPerTable: options.rowsPerTable ?? DEFAULT_ROWS_PER_TABLE,
    retentionMs: options.retentionMs ?? DEFAULT_RETENTION_MS,
  };
  const store = new RowStore(limits, constantsOf(workspace));
  const state = openState(options, store);
  await state?.load((row) => {
    store.add(row, now());
  });

  const ingestion = new Ingestion({
    instrumentationKey: workspace.instrumentationKey,
    now,
    ingestionDelayMs: options.ingestionDelayMs ?? (() => 0),
    store: (row: StoredRow) => {
      store.add(row, now());
      state?.append(row);
    },
  });
  const engine = new QueryEngine(Object.values(TABLES));
  // The parser takes a second to load and stops everything meanwhile: better now than in mid-release.
  engine.run('print 1', { nowMs: now(), table: () => undefined });
  const requests: LoggedQuery[] = [];
  const queries = new QueryEndpoint({
    ...workspace,
    engine,
    now,
    rows: (table, range, nowMs) => store.relation(table, range, nowMs),
    logged: (query) => {
      requests.push(query);
      requests.splice(0, requests.length - MAX_LOGGED_QUERIES);
    },
  });
  const faults = new Faults();
  const doors: Doors = { ingestion, queries, faults, log: options.log };
  const server = createServer((request, response) => {
    void handle(request, response, doors);
  });
  const url = `http://127.0.0.1:${String(await listen(server, options.port ?? 0))}`;
  return {
    url,
    connectionString: `InstrumentationKey=${workspace.instrumentationKey};IngestionEndpoint=${url}/`,
    instrumentationKey: workspace.instrumentationKey,
    resourceId: workspace.resourceId,
    stop: async () => {
      await close(server);
      await state?.settled();
    },
    rows: (table) => rowsOf(store, table),
    ingest: (envelopes) =>
      ingestion.take(
        envelopes.map((item) => ({ iKey: workspace.instrumentationKey, ...item })),
        0,
      ),
    faults,
    requests,
  };
}

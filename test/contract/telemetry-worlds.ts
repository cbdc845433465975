import { afterAll, afterEach, beforeAll } from 'vitest';
import { connectLogAnalytics } from '../../src/adapters/log-analytics/connect.ts';
import type {
  CountQuery,
  Telemetry,
  TelemetryError,
} from '../../src/controller/ports/telemetry.ts';
import { forbidden, throttled } from '../../src/local/log-analytics/faults.ts';
import type { FaultAction } from '../../src/local/log-analytics/faults.ts';
import { startLogAnalytics } from '../../src/local/log-analytics/start-log-analytics.ts';
import type { LogAnalytics } from '../../src/local/log-analytics/start-log-analytics.ts';
import { PROBE_TRACE_PREFIX } from '../../src/release/probe-mark.ts';
import { createMemoryTelemetry } from '../support/memory-telemetry.ts';
import type { MemoryRequests, MetricRow } from '../support/memory-telemetry.ts';

/** The two workspaces that the port's suites run on: the twin in memory, and the adapter on the stand-in. */

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
export const LATER = START + 24 * 60 * MINUTE;
export const CANARY = '2.4.0';
export const BASELINE = '2.3.9';
export const SLOT_HOST = 'shop-staging.azurewebsites.net';

export interface World {
  readonly telemetry: Telemetry;
  /** Rows of `START` and later; to be added before the time moves on. */
  readonly add: (...requests: readonly MemoryRequests[]) => void;
  readonly fail: (kind: TelemetryError['kind'], times: number) => void;
  /** The text of a `kql` metric of this name that gives these rows, or a query that is refused. */
  readonly metricQuery: (name: string, rows: readonly MetricRow[] | 'refused') => string;
  /** Queries see what has arrived by then. */
  readonly passTo: (nowMs: number) => void;
  readonly stop: () => Promise<void>;
}

export async function memoryWorld(): Promise<World> {
  let nowMs = START;
  const telemetry = createMemoryTelemetry({ now: () => nowMs });
  return {
    telemetry,
    add: (...requests) => requests.forEach((row) => telemetry.add(row)),
    fail: (kind, times) => telemetry.fail(kind, times),
    metricQuery: (name, rows) => {
      telemetry.metric(name, rows === 'refused' ? { problem: 'no such column' } : rows);
      return name;
    },
    passTo: (ms) => (nowMs = ms),
    stop: async () => undefined,
  };
}

const FAULTS: Record<TelemetryError['kind'], FaultAction> = {
  error: forbidden(),
  partial: { kind: 'partial' },
  throttled: throttled(3600),
};

/** One stand-in serves a whole suite; each world is an app of its own there. */
let standIn: LogAnalytics | undefined;
let standInNowMs = START;
let lagMs = 0;
let apps = 0;

/** Starts what the worlds stand on; once a file, before its tests. */
export function useTelemetryWorlds(): void {
  beforeAll(async () => {
    standIn = await startLogAnalytics({
      workspaceId: 'workspace',
      now: () => standInNowMs,
      ingestionDelayMs: () => lagMs,
      log: () => undefined,
    });
  });
  afterAll(async () => await standIn?.stop());
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
}

const stops: (() => Promise<void>)[] = [];

export const WORLDS = [
  { name: 'the twin in memory', start: memoryWorld },
  { name: "Azure's SDK on the stand-in", start: standInWorld },
];

/** A world with these rows, a day later. */
export async function worldOf(
  start: () => Promise<World>,
  ...rows: readonly MemoryRequests[]
): Promise<World> {
  const world = await start();
  stops.push(world.stop);
  world.add(...rows);
  world.passTo(LATER - 1);
  return world;
}

type Envelope = Readonly<Record<string, unknown>>;

let traces = 0;

/** One request of the row, with what it threw and called, as the SDK sends them. */
function envelopesOf(row: MemoryRequests, site: string): readonly Envelope[] {
  traces += 1;
  const trace = String(traces).padStart(24, '0');
  const path = row.path ?? '/cart';
  const common = {
    time: new Date(row.atMs).toISOString(),
    sampleRate: 100 / (row.items ?? 1),
    tags: {
      'ai.application.ver': row.version,
      'ai.cloud.role': row.role ?? site,
      'ai.operation.id':
        row.operation ?? `${row.probe === true ? PROBE_TRACE_PREFIX : '0af76519'}${trace}`,
      ...(row.synthetic === true ? { 'ai.operation.syntheticSource': 'Bot' } : {}),
    },
  };
  const of = (baseType: string, baseData: Envelope): Envelope => ({
    ...common,
    data: { baseType, baseData },
  });
  const { exception, dependency } = row;
  return [
    of('RequestData', {
      id: trace,
      name: `GET ${path}`,
      duration: `00:00:${((row.durationMs ?? 100) / 1_000).toFixed(3).padStart(6, '0')}`,
      responseCode: String(row.status ?? 200),
      success: true,
      url: `https://${row.host ?? 'shop.azurewebsites.net'}${path}?x=1`,
    }),
    ...(exception === undefined
      ? []
      : [of('ExceptionData', { exceptions: [{ typeName: exception, message: 'm' }] })]),
    ...(dependency === undefined
      ? []
      : [
          of('RemoteDependencyData', {
            id: trace,
            name: 'select',
            type: 'SQL',
            target: dependency.target,
            success: !dependency.failed,
            resultCode: '0',
            duration: '00:00:00.01',
          }),
        ]),
  ];
}

function datatableOf(rows: readonly MetricRow[] | 'refused'): string {
  if (rows === 'refused') return 'AppRequests | where NoSuchColumn == 1';
  const values = rows.map(
    ({ startMs, version, requests: n, failures }) =>
      `datetime(${new Date(startMs).toISOString()}), "${version}", ${String(n)}, ${String(failures)}`,
  );
  return `datatable(Bin: datetime, Version: string, Requests: long, Failures: long)[${values.join(', ')}]`;
}

export async function standInWorld(): Promise<World> {
  const azure = standIn;
  if (azure === undefined) throw new Error('the stand-in is not running');
  apps += 1;
  standInNowMs = START;
  const site = `shop-${String(apps)}`;
  const real = connectLogAnalytics({
    credential: { getToken: async () => ({ token: 't', expiresOnTimestamp: START * 2 }) },
    localEndpoint: azure.url,
    defaultWorkspaceId: 'workspace',
  });
  const named = <T extends { readonly site: string }>(query: T): T => ({ ...query, site });
  return {
    // The suite asks for the app `shop`; here that is this world's own.
    telemetry: {
      countRequests: async (query) => await real.countRequests(named(query)),
      versionsSeen: async (query) => await real.versionsSeen(named(query)),
      probesSeen: async (query) => await real.probesSeen(named(query)),
      queryProblems: async (query) => await real.queryProblems(named(query)),
      differences: async (query) => await real.differences(named(query)),
    },
    add: (...requests) => {
      for (const row of requests) {
        lagMs = row.atMs + (row.lagMs ?? 0) - START;
        azure.ingest(Array.from({ length: row.count ?? 1 }, () => envelopesOf(row, site)).flat());
      }
    },
    fail: (kind, times) => azure.faults.add({ times, action: FAULTS[kind] }),
    metricQuery: (_name, rows) => datatableOf(rows),
    passTo: (ms) => (standInNowMs = ms),
    stop: async () => azure.faults.clear(),
  };
}

/** A valid query of an hour; each test changes one thing. */
export function query(change: Partial<CountQuery> = {}): CountQuery {
  return {
    source: { workspaceId: undefined, component: undefined, role: undefined },
    site: 'shop',
    slotHost: SLOT_HOST,
    fromMs: START,
    toMs: START + 60 * MINUTE,
    canary: CANARY,
    baseline: BASELINE,
    intervalMs: MINUTE,
    failures: [{ from: 500, to: 599 }],
    ...change,
  };
}

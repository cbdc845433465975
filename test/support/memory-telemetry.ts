import { TelemetryError } from '../../src/controller/ports/telemetry.ts';
import { countBins } from './memory-counts.ts';
import type { MetricAnswer } from './memory-counts.ts';
import { memoryDifferences } from './memory-differences.ts';
import { unmeasuredOf, withMetrics } from './memory-metrics.ts';
import type {
  CountAnswer,
  CountQuery,
  Telemetry,
  VersionSeen,
  VersionsQuery,
} from '../../src/controller/ports/telemetry.ts';

/** Rows of requests that are alike. */
export interface MemoryRequests {
  /** When the requests began. */
  readonly atMs: number;
  readonly version: string;
  /** Default 200. */
  readonly status?: number;
  /** The host that was asked. Default `shop.azurewebsites.net`. */
  readonly host?: string;
  /** One of Slipway's own. */
  readonly probe?: boolean;
  readonly synthetic?: boolean;
  /** How many requests each row stands for. Default 1. */
  readonly items?: number;
  /** A query sees the rows from `atMs + lagMs` on. Default 0. */
  readonly lagMs?: number;
  /** How many rows. Default 1. */
  readonly count?: number;
  /** AppRoleName. Default: whichever is asked for. */
  readonly role?: string;
  /** Rows with the same one are one operation. Default: each row is one by itself. */
  readonly operation?: string;
  /** Default 100. */
  readonly durationMs?: number;
  /** Default `/cart`. */
  readonly path?: string;
  /** Type of an exception that each of the requests threw. */
  readonly exception?: string;
  /** A call that each of the requests made. */
  readonly dependency?: { readonly target: string; readonly failed: boolean };
}

/** A row of what the query of a `kql` metric gives. */
export interface MetricRow {
  readonly startMs: number;
  readonly version: string;
  readonly requests: number;
  readonly failures: number;
}

export interface MemoryTelemetry extends Telemetry {
  add(requests: MemoryRequests): void;
  /** The next `times` calls (default 1) fail so. */
  fail(kind: TelemetryError['kind'], times?: number): void;
  /** What the query of the `kql` metric of this name gives from now on. Default: no rows. */
  metric(name: string, answer: MetricAnswer): void;
}

/**
 * A workspace in memory: the same answers as the adapter gives on Log Analytics.
 * @param options.now what a query takes for the present, milliseconds since the epoch
 */
export function createMemoryTelemetry(options: { readonly now: () => number }): MemoryTelemetry {
  const rows: MemoryRequests[] = [];
  const metrics = new Map<string, MetricAnswer>();
  const failures: { readonly kind: TelemetryError['kind']; left: number }[] = [];

  function failIfTold(): void {
    const [failure] = failures;
    if (failure === undefined) return;
    failure.left -= 1;
    if (failure.left <= 0) failures.shift();
    throw new TelemetryError(failure.kind, `the script says ${failure.kind}`);
  }

  function visible(query: VersionsQuery): readonly MemoryRequests[] {
    failIfTold();
    const { fromMs, toMs } = query;
    const now = options.now();
    return rows
      .slice(firstAt(rows, fromMs), firstAt(rows, toMs))
      .filter((row) => row.atMs + (row.lagMs ?? 0) <= now && isOfApp(row, query));
  }

  return {
    add: (requests) => rows.splice(firstAt(rows, requests.atMs + 1), 0, requests),
    fail: (kind, times = 1) => failures.push({ kind, left: times }),
    metric: (name, answer) => metrics.set(name, answer),
    countRequests: async (query) => countAnswer(visible(query), { query, metrics }),
    versionsSeen: async (query) => byVersion(visible(query).filter((row) => isVisitor(row, query))),
    probesSeen: async (query) => byVersion(visible(query).filter((row) => row.probe === true)),
    queryProblems: async (query) => {
      failIfTold();
      return kqlNames(query).flatMap((name, index) => {
        const answer = metrics.get(name) ?? [];
        if (!('problem' in answer)) return [];
        const path = `analysis.metrics.kql[${String(index)}].query`;
        return [{ path, code: 'query', message: answer.problem }];
      });
    },
    differences: async (query) => memoryDifferences(visible(query), judgedOf, query),
  };
}

/** Where the rows at or after `atMs` begin: rows are in order of time, and mostly come in that order. */
function firstAt(rows: readonly MemoryRequests[], atMs: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.atMs ?? Infinity) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function isOfApp(row: MemoryRequests, { source, site }: VersionsQuery): boolean {
  const role = source.component === undefined ? (source.role ?? site) : source.role;
  return row.role === undefined || role === undefined || sameText(row.role, role);
}

function isVisitor(row: MemoryRequests, { slotHost }: VersionsQuery, synthetic = false): boolean {
  const host = row.host ?? 'shop.azurewebsites.net';
  return row.probe !== true && (synthetic || row.synthetic !== true) && !sameText(host, slotHost);
}

function isLeftOut({ path = '/cart' }: MemoryRequests, { metrics }: CountQuery): boolean {
  return (metrics?.failures.ignorePaths ?? []).some((left) =>
    left.endsWith('/*')
      ? path.toLowerCase().startsWith(left.slice(0, -1).toLowerCase())
      : sameText(path, left),
  );
}

/** The rows that are evidence. */
function judgedOf(seen: readonly MemoryRequests[], query: CountQuery): readonly MemoryRequests[] {
  return seen.filter(
    (row) =>
      isVisitor(row, query, query.metrics?.failures.synthetic) &&
      isOfVersions(row, query) &&
      !isLeftOut(row, query),
  );
}

function isOfVersions({ version }: MemoryRequests, { canary, baseline }: CountQuery): boolean {
  return version === canary || version === baseline;
}

function kqlNames({ metrics }: CountQuery): readonly string[] {
  return (metrics?.more ?? []).flatMap(({ kind, name }) => (kind === 'kql' ? [name] : []));
}

function countAnswer(
  seen: readonly MemoryRequests[],
  {
    query,
    metrics,
  }: { readonly query: CountQuery; readonly metrics: ReadonlyMap<string, MetricAnswer> },
): CountAnswer {
  const judged = judgedOf(seen, query);
  const rows = withMetrics(countBins(judged, seen, query), metrics, query);
  return {
    rows,
    unmeasured: unmeasuredOf(metrics, query),
    lag: slowest(judged),
    query: `memory: ${JSON.stringify(query)}`,
    answer: JSON.stringify(rows),
  };
}

function slowest(judged: readonly MemoryRequests[]): CountAnswer['lag'] {
  if (judged.length === 0) return undefined;
  const versions = [...Map.groupBy(judged, (row) => row.version).values()].map((rows) =>
    rows.toSorted((a, b) => (a.lagMs ?? 0) - (b.lagMs ?? 0)),
  );
  return {
    p95Ms: Math.max(...versions.map((rows) => lagAt(rows, 0.95))),
    p999Ms: Math.max(...versions.map((rows) => lagAt(rows, 0.999))),
  };
}

/** Nearest rank. */
function lagAt(sorted: readonly MemoryRequests[], share: number): number {
  const rank = share * sorted.reduce((sum, { count = 1 }) => sum + count, 0);
  let below = 0;
  for (const { lagMs = 0, count = 1 } of sorted) {
    below += count;
    if (below >= rank) return lagMs;
  }
  return 0;
}

function byVersion(rows: readonly MemoryRequests[]): readonly VersionSeen[] {
  const seen = new Map<string, VersionSeen>();
  for (const { version, items = 1, count = 1 } of rows) {
    const sum = seen.get(version) ?? { version, requests: 0, items: 0 };
    seen.set(version, {
      version,
      requests: sum.requests + count,
      items: sum.items + items * count,
    });
  }
  return [...seen.values()].sort((a, b) => b.requests - a.requests);
}

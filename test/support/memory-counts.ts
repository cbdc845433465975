import type { CountQuery, CountRow } from '../../src/controller/ports/telemetry.ts';
import type { Tally } from '../../src/judge/types.ts';
import type { Metric } from '../../src/release/plan.ts';
import { hashOf } from '../../src/local/log-analytics/kql/hash.ts';
import type { MemoryRequests, MetricRow } from './memory-telemetry.ts';

/** What the twin in memory counts: operations by version and bin, as the adapter's KQL does. */

/** What the query of a `kql` metric gives: rows, or a complaint. */
export type MetricAnswer = readonly MetricRow[] | { readonly problem: string };

/** Requests of one operation and version in one bin, or `operations` alike of one request each. */
interface Operation {
  readonly startMs: number;
  readonly version: string;
  readonly name: string | undefined;
  operations: number;
  requests: number;
  failed: number;
  items: number;
  thrown: number;
  calls: number;
  failedCalls: number;
  readonly slow: number[];
}

/** Counts by version and bin, earliest first; `judged` are the rows that are evidence, `seen` all of the app. */
export function countBins(
  judged: readonly MemoryRequests[],
  seen: readonly MemoryRequests[],
  query: CountQuery,
): readonly CountRow[] {
  const bins = Map.groupBy(operationsOf(judged, seen, query), ({ startMs }) => startMs);
  return [...bins].flatMap(([, operations]) => rowsOfBin(operations, query)).sort(inOrder);
}

export function inOrder(a: CountRow, b: CountRow): number {
  return a.startMs - b.startMs || (a.version < b.version ? -1 : 1);
}

function operationsOf(
  judged: readonly MemoryRequests[],
  seen: readonly MemoryRequests[],
  query: CountQuery,
): readonly Operation[] {
  const named = new Map<string, Operation>();
  const all: Operation[] = [];
  const edges = (query.metrics?.more ?? []).flatMap((metric) =>
    metric.kind === 'latency' ? metric.edgesMs : [],
  );
  for (const row of judged) {
    const startMs = Math.floor(row.atMs / query.intervalMs) * query.intervalMs;
    const key = JSON.stringify([startMs, row.version, row.operation]);
    const known = row.operation === undefined ? undefined : named.get(key);
    const into = known ?? newOperation(row, startMs, edges);
    if (known === undefined) all.push(into);
    if (row.operation !== undefined) named.set(key, into);
    addTo(into, row, { query, edges });
  }
  // Whenever in the window they were thrown or called, they are the operation's.
  for (const row of seen) {
    if (row.operation === undefined) continue;
    for (const operation of all) {
      if (operation.name === row.operation && operation.version === row.version) {
        addOutcomes(operation, row);
      }
    }
  }
  return all;
}

function newOperation(
  { version, operation }: MemoryRequests,
  startMs: number,
  edges: readonly number[],
): Operation {
  const counts = { requests: 0, failed: 0, items: 0, thrown: 0, calls: 0, failedCalls: 0 };
  const slow = edges.map(() => 0);
  return { startMs, version, name: operation, operations: 0, ...counts, slow };
}

function addTo(
  into: Operation,
  row: MemoryRequests,
  { query, edges }: { readonly query: CountQuery; readonly edges: readonly number[] },
): void {
  const { status = 200, items = 1, count = 1, durationMs = 100 } = row;
  const failed = query.failures.some(({ from, to }) => status >= from && status <= to);
  into.operations = row.operation === undefined ? into.operations + count : 1;
  into.requests += count;
  into.failed += failed ? count : 0;
  into.items += items * count;
  for (const [edge, ms] of edges.entries()) {
    into.slow[edge] = (into.slow[edge] ?? 0) + (durationMs > ms ? count : 0);
  }
  if (row.operation === undefined) addOutcomes(into, row);
}

function addOutcomes(into: Operation, { exception, dependency, count = 1 }: MemoryRequests): void {
  into.thrown += exception === undefined ? 0 : count;
  into.calls += dependency === undefined ? 0 : count;
  into.failedCalls += dependency?.failed === true ? count : 0;
}

function rowsOfBin(operations: readonly Operation[], query: CountQuery): readonly CountRow[] {
  const { canary, baseline } = query;
  const namesOf = (version: string | null): ReadonlySet<string | undefined> =>
    new Set(operations.filter((each) => each.version === version).map(({ name }) => name));
  const ofBaseline = namesOf(baseline);
  const shared = [...namesOf(canary)].filter((name) => name !== undefined && ofBaseline.has(name));
  const canaryOperations = sum(operations.filter((each) => each.version === canary));
  const pickOne = shared.length > 0.02 * canaryOperations;
  const versions = Map.groupBy(operations, ({ version }) => version);
  return [...versions].map(([version, ofVersion]) => ({
    startMs: operations[0]?.startMs ?? 0,
    version,
    ...countsOf(ofVersion, pickOne, query),
  }));
}

function sum(operations: readonly Operation[]): number {
  return operations.reduce((total, each) => total + each.operations, 0);
}

function countsOf(
  operations: readonly Operation[],
  pickOne: boolean,
  query: CountQuery,
): Pick<CountRow, 'requests' | 'failures' | 'items' | 'more'> {
  /** Operations that are bad: `bad` of `all` requests or calls were. */
  const count = (bad: (each: Operation) => number, all: (each: Operation) => number): number =>
    operations.reduce((total, each) => {
      if (each.name === undefined) return total + bad(each);
      const pick = pickOne && all(each) > 1 ? hashOf(each.name) % all(each) : 0;
      return total + (bad(each) > pick ? 1 : 0);
    }, 0);
  const requests = ({ requests }: Operation): number => requests;
  const calls = ({ calls }: Operation): number => calls;
  const n = sum(operations);
  const tally = (metric: Metric): Tally | null => {
    switch (metric.kind) {
      case 'exceptions':
        return { n, x: [count((each) => each.thrown, requests)] };
      case 'dependencies':
        return {
          n: operations.reduce(
            (all, { name, calls }) => all + (name === undefined ? calls : +(calls > 0)),
            0,
          ),
          x: [count((each) => each.failedCalls, calls)],
        };
      case 'latency':
        return {
          n,
          x: metric.edgesMs.map((_, edge) => count(({ slow }) => slow[edge] ?? 0, requests)),
        };
      case 'kql':
        return null;
    }
  };
  const counted = {
    requests: n,
    failures: count((each) => each.failed, requests),
    items: operations.reduce((total, { items }) => total + items, 0),
  };
  const { metrics } = query;
  return metrics === undefined ? counted : { ...counted, more: metrics.more.map(tally) };
}

import type { CountQuery } from '../../controller/ports/telemetry.ts';
import type { Metric } from '../../release/plan.ts';
import { judgedRequests, ofVersions } from './judged-requests.ts';
import { kqlLiteral } from './kql-literal.ts';
import { ofApp, project, where } from './query-parts.ts';
import type { ColumnSpec } from './query-parts.ts';

/**
 * What is counted is operations, once a bin and version: a failure with its nine retries is one piece of
 * evidence, not ten (statistics.md 3.1). An operation whose rows fall in two bins counts in both.
 *
 * Why that is Bernoulli still: an operation is one chance, bad when any of its requests was, and given
 * the counts of a bin each version's chances are alike and independent. It costs power where the
 * requests of an operation fail independently of each other, and a rate is then one of operations.
 *
 * The trap: "any of its requests" needs whole operations. A caller without cookies is routed anew with
 * each request, so at 5 % an operation of 20 requests leaves 19 with the baseline and one with the canary,
 * and an equal canary would look 18 times better. Where more than 2 % of a bin's canary operations were
 * seen by the baseline too, a bin therefore counts one request of each operation and version, picked by
 * hash, whatever became of it: `hash % all < bad` is that request's chance, free of the operation's size.
 */
const SHARED_AT_MOST = 0.02;

/** The columns of the answer that hold a metric's `n` and its `x`. */
export interface MetricColumns {
  readonly n: string;
  readonly x: readonly string[];
}

/** Undefined: the metric has a query of its own. */
export function metricColumns(metric: Metric): MetricColumns | undefined {
  switch (metric.kind) {
    case 'exceptions':
      return { n: 'Requests', x: ['Exceptions'] };
    case 'dependencies':
      return { n: 'DependencyOperations', x: ['DependencyFailures'] };
    case 'latency':
      return { n: 'Requests', x: metric.edgesMs.map((_, edge) => `Slower${edge}`) };
    case 'kql':
      return undefined;
  }
}

/**
 * One row a version and bin, in which the lags are null, and one row a version with its lags, in which
 * StartMs and the counts are null. One query, because each counts against the limits of its identity
 * (5 at once, 200 in 30 s: azure.md 3.3).
 */
export const COUNT_COLUMNS: readonly ColumnSpec[] = [
  ['StartMs', 'long'],
  ['AppVersion', 'string'],
  ['Requests', 'long'],
  ['Failures', 'long'],
  ['Items', 'long'],
  ['LagP95Ms', 'real'],
  ['LagP999Ms', 'real'],
];

/** The columns above and those of the query's metrics, all long. */
export function countColumns(query: CountQuery): readonly ColumnSpec[] {
  const more = (query.metrics?.more ?? []).flatMap((metric): ColumnSpec[] => {
    const columns = metricColumns(metric);
    const n = columns === undefined || columns.n === 'Requests' ? [] : [columns.n];
    return [...n, ...(columns?.x ?? [])].map((name): ColumnSpec => [name, 'long']);
  });
  return [...COUNT_COLUMNS, ...more];
}

/** Bins that the window touches: one more than it is long, since it need not begin where a bin begins. */
export function binsAtMost(query: CountQuery): number {
  return Math.ceil((query.toMs - query.fromMs) / query.intervalMs) + 1;
}

/** The most rows that a right answer can have. */
export function countRowsAtMost(query: CountQuery): number {
  return (query.baseline === null ? 1 : 2) * (binsAtMost(query) + 1);
}

/** Operations, bad ones by each metric, items and lags of the two versions by bin. */
export function countQuery(query: CountQuery): string {
  const asked = askedOf(query);
  // bin() of a datetime counts from the year 1, which is not a multiple of every interval before 1970:
  // the time since the epoch is what must be cut. Lag is measured beside the table, where
  // ingestion_time() is known.
  return [
    ...judgedRequests(query),
    `| extend StartMs = tolong(bin(TimeGenerated - datetime(1970-01-01), ${query.intervalMs}ms) / 1ms), LagMs = (ingestion_time() - TimeGenerated) / 1ms;`,
    // Shuffled over the cluster's nodes: nearly every row is a group of its own.
    `let operations = materialize(requests`,
    `| summarize hint.strategy = shuffle ${operationCounts(asked)} by StartMs, AppVersion, Operation`,
    ...outcomes(query, asked),
    `);`,
    ...shared(query),
    `union (operations`,
    ...picks(query, asked),
    `| summarize ${binCounts(asked)} by StartMs, AppVersion),`,
    `(requests | summarize (LagP95Ms, LagP999Ms) = percentiles(LagMs, 95, 99.9) by AppVersion)`,
    project(countColumns(query)),
    `| sort by StartMs asc, AppVersion asc`,
    // One more than there can be, so that a cut answer is seen and not believed.
    `| take ${countRowsAtMost(query) + 1}`,
  ].join('\n');
}

interface Asked {
  readonly edgesMs: readonly number[];
  readonly exceptions: boolean;
  readonly dependencies: boolean;
}

function askedOf({ metrics }: CountQuery): Asked {
  const more = metrics?.more ?? [];
  return {
    edgesMs: more.flatMap((metric) => (metric.kind === 'latency' ? metric.edgesMs : [])),
    exceptions: more.some(({ kind }) => kind === 'exceptions'),
    dependencies: more.some(({ kind }) => kind === 'dependencies'),
  };
}

/** What the requests of an operation are summed up to. */
function operationCounts({ edgesMs }: Asked): string {
  return [
    `Requests = count()`,
    `Failed = countif(Failed)`,
    `Items = sum(ItemCount)`,
    ...edgesMs.map((ms, edge) => `Slow${edge} = countif(DurationMs > ${ms})`),
  ].join(', ');
}

/**
 * Exceptions and dependency calls belong to the requests of their operation and version, whenever within
 * the window they came: what no judged request caused (timers, queue workers, the slot's own host) does
 * not follow the traffic and would be held against the version with less of it.
 */
function outcomes(query: CountQuery, asked: Asked): readonly string[] {
  const joined = (table: string, counts: string): readonly string[] => [
    `| join kind = leftouter hint.strategy = shuffle (${table}`,
    ...where([...ofApp(query), ofVersions(query), `isnotempty(OperationId)`]),
    `| summarize hint.strategy = shuffle ${counts} by AppVersion, Operation = OperationId`,
    `) on AppVersion, Operation`,
    `| project-away AppVersion1, Operation1`,
  ];
  return [
    ...(asked.exceptions ? joined('AppExceptions', `Thrown = count()`) : []),
    ...(asked.dependencies
      ? joined('AppDependencies', `Calls = count(), FailedCalls = countif(Success == false)`)
      : []),
  ];
}

/** How many of a bin's canary operations the baseline saw too; nothing in a first release. */
function shared({ canary, baseline }: CountQuery): readonly string[] {
  if (baseline === null) return [];
  return [
    `let shared = operations`,
    `| where AppVersion == ${kqlLiteral(baseline)}`,
    `| join kind = leftsemi hint.strategy = shuffle (operations | where AppVersion == ${kqlLiteral(canary)}) on StartMs, Operation`,
    `| summarize Shared = count() by StartMs`,
    `| lookup kind = leftouter (operations | where AppVersion == ${kqlLiteral(canary)} | summarize Canary = count() by StartMs) on StartMs`,
    `| project StartMs, PickOne = Shared > ${SHARED_AT_MOST} * Canary;`,
  ];
}

/** How many bad requests (`Pick`) or calls (`CallPick`) an operation needs more than, to be bad. */
function picks({ baseline }: CountQuery, { dependencies }: Asked): readonly string[] {
  if (baseline === null) return [`| extend Pick = 0, CallPick = 0`];
  const pick = (all: string): string =>
    `iff(PickOne and ${all} > 1, hash(Operation) % ${all}, long(0))`;
  return [
    `| lookup kind = leftouter shared on StartMs`,
    `| extend Pick = ${pick('Requests')}${dependencies ? `, CallPick = ${pick('Calls')}` : ''}`,
  ];
}

function binCounts(asked: Asked): string {
  return [
    `Requests = count()`,
    `Failures = countif(Failed > Pick)`,
    `Items = sum(Items)`,
    ...(asked.exceptions ? [`Exceptions = countif(Thrown > Pick)`] : []),
    ...(asked.dependencies
      ? [
          `DependencyOperations = countif(Calls > 0)`,
          `DependencyFailures = countif(FailedCalls > CallPick)`,
        ]
      : []),
    ...asked.edgesMs.map((_, edge) => `Slower${edge} = countif(Slow${edge} > Pick)`),
  ].join(', ');
}

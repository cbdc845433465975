import type { CountQuery, VersionsQuery } from '../../controller/ports/telemetry.ts';
import type { StatusRange } from '../../release/plan.ts';
import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';
import { kqlLiteral } from './kql-literal.ts';

/** A column of an answer: its name and Kusto's type. */
export type ColumnSpec = readonly [name: string, type: 'long' | 'real' | 'string'];

/**
 * Of `countQuery`: one row a version and bin, in which the lags are null, and one row a version with
 * its lags, in which StartMs and the counts are null. One query, because each counts against the
 * limits of its identity (5 at once, 200 in 30 s: azure.md 3.3).
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

/** Of `versionsQuery` and `probesQuery`. */
export const VERSION_COLUMNS: readonly ColumnSpec[] = [
  ['AppVersion', 'string'],
  ['Requests', 'long'],
  ['Items', 'long'],
];

/** Versions of one app within hours: the busiest are enough to find the baseline. */
const VERSIONS_AT_MOST = 100;

/** The most rows that a right answer to `countQuery` can have. */
export function countRowsAtMost(query: CountQuery): number {
  const versions = query.baseline === null ? 1 : 2;
  // One bin more than the window is long, since it need not begin where a bin begins.
  const bins = Math.ceil((query.toMs - query.fromMs) / query.intervalMs) + 1;
  return versions * (bins + 1);
}

/** Requests, failures and items of the two versions by bin, and their ingestion lags. */
export function countQuery(query: CountQuery): string {
  const versions = [query.canary, ...(query.baseline === null ? [] : [query.baseline])];
  // bin() of a datetime counts from the year 1, which is not a multiple of every interval before 1970:
  // the time since the epoch is what must be cut. Lag is measured beside the table, where
  // ingestion_time() is known.
  return [
    `let judged = AppRequests`,
    ...where(visitors(query)),
    `| where AppVersion in (${versions.map(kqlLiteral).join(', ')})`,
    `| extend Code = toint(ResultCode), LagMs = (ingestion_time() - TimeGenerated) / 1ms;`,
    `judged`,
    `| summarize Requests = count(), Failures = countif(${failed(query.failures)}), Items = sum(ItemCount)`,
    `    by StartMs = tolong(bin(TimeGenerated - datetime(1970-01-01), ${query.intervalMs}ms) / 1ms), AppVersion`,
    `| union (judged | summarize (LagP95Ms, LagP999Ms) = percentiles(LagMs, 95, 99.9) by AppVersion)`,
    project(COUNT_COLUMNS),
    `| sort by StartMs asc, AppVersion asc`,
    // One more than there can be, so that a cut answer is seen and not believed.
    `| take ${countRowsAtMost(query) + 1}`,
  ].join('\n');
}

/** Production requests by version, busiest first. */
export function versionsQuery(query: VersionsQuery): string {
  return byVersion(visitors(query));
}

/** Slipway's own probes by version: on whichever host, since an app need not report the one it was asked by. */
export function probesQuery(query: VersionsQuery): string {
  return byVersion([...ofApp(query), `OperationId startswith ${kqlLiteral(PROBE_TRACE_PREFIX)}`]);
}

function byVersion(conditions: readonly string[]): string {
  return [
    `AppRequests`,
    ...where(conditions),
    `| summarize Requests = count(), Items = sum(ItemCount) by AppVersion`,
    project(VERSION_COLUMNS),
    `| top ${VERSIONS_AT_MOST} by Requests desc`,
  ].join('\n');
}

/** Rows of this app in the window `[fromMs, toMs)`. A workspace can hold many apps (azure.md 3.1). */
function ofApp(query: VersionsQuery): readonly string[] {
  const { component, role } = query.source;
  const roleName = component === undefined ? (role ?? query.site) : role;
  return [
    `TimeGenerated >= ${time(query.fromMs)} and TimeGenerated < ${time(query.toMs)}`,
    ...(component === undefined ? [] : [`_ResourceId =~ ${kqlLiteral(component)}`]),
    ...(roleName === undefined ? [] : [`AppRoleName =~ ${kqlLiteral(roleName)}`]),
  ];
}

/** What production's visitors asked: no synthetic traffic, no probes, nothing sent to the slot's own host. */
function visitors(query: VersionsQuery): readonly string[] {
  return [
    ...ofApp(query),
    `isempty(SyntheticSource)`,
    `OperationId !startswith ${kqlLiteral(PROBE_TRACE_PREFIX)}`,
    `tostring(parse_url(Url).Host) !~ ${kqlLiteral(query.slotHost)}`,
  ];
}

/** A result code that is no number is in no range: the comparison with null is not true. */
function failed(ranges: readonly StatusRange[]): string {
  const tests = ranges.map(({ from, to }) => `Code between (${from} .. ${to})`);
  return tests.length === 0 ? 'false' : tests.join(' or ');
}

function time(ms: number): string {
  return `datetime(${new Date(ms).toISOString()})`;
}

function where(conditions: readonly string[]): readonly string[] {
  return conditions.map((condition) => `| where ${condition}`);
}

function project(columns: readonly ColumnSpec[]): string {
  return `| project ${columns.map(([name]) => name).join(', ')}`;
}

import type { VersionsQuery } from '../../controller/ports/telemetry.ts';
import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';
import { kqlLiteral } from './kql-literal.ts';
import { ofApp, project, visitors, where } from './query-parts.ts';
import type { ColumnSpec } from './query-parts.ts';

export { COUNT_COLUMNS, countQuery, countRowsAtMost } from './count-query.ts';
export type { ColumnSpec } from './query-parts.ts';

/** Of `versionsQuery` and `probesQuery`. */
export const VERSION_COLUMNS: readonly ColumnSpec[] = [
  ['AppVersion', 'string'],
  ['Requests', 'long'],
  ['Items', 'long'],
];

/** Versions of one app within hours: the busiest are enough to find the baseline. */
const VERSIONS_AT_MOST = 100;

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

import type { VersionsQuery } from '../../controller/ports/telemetry.ts';
import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';
import type { StatusRange } from '../../release/plan.ts';
import { kqlLiteral } from './kql-literal.ts';

/** A column of an answer: its name and Kusto's type. */
export type ColumnSpec = readonly [name: string, type: 'long' | 'real' | 'string' | 'datetime'];

/** Rows of this app in the window `[fromMs, toMs)`. A workspace can hold many apps (azure.md 3.1). */
export function ofApp(query: VersionsQuery): readonly string[] {
  const { component, role } = query.source;
  const roleName = component === undefined ? (role ?? query.site) : role;
  return [
    `TimeGenerated >= ${time(query.fromMs)} and TimeGenerated < ${time(query.toMs)}`,
    ...(component === undefined ? [] : [`_ResourceId =~ ${kqlLiteral(component)}`]),
    ...(roleName === undefined ? [] : [`AppRoleName =~ ${kqlLiteral(roleName)}`]),
  ];
}

/** What production's visitors asked: no synthetic traffic, no probes, nothing sent to the slot's own host. */
export function visitors(query: VersionsQuery, synthetic = false): readonly string[] {
  return [
    ...ofApp(query),
    ...(synthetic ? [] : [`isempty(SyntheticSource)`]),
    `OperationId !startswith ${kqlLiteral(PROBE_TRACE_PREFIX)}`,
    `tostring(parse_url(Url).Host) !~ ${kqlLiteral(query.slotHost)}`,
  ];
}

/** A result code that is no number is in no range: the comparison with null is not true. */
export function failed(ranges: readonly StatusRange[]): string {
  const tests = ranges.map(({ from, to }) => `Code between (${from} .. ${to})`);
  return tests.length === 0 ? 'false' : tests.join(' or ');
}

export function time(ms: number): string {
  return `datetime(${new Date(ms).toISOString()})`;
}

export function where(conditions: readonly string[]): readonly string[] {
  return conditions.map((condition) => `| where ${condition}`);
}

export function project(columns: readonly ColumnSpec[]): string {
  return `| project ${columns.map(([name]) => name).join(', ')}`;
}

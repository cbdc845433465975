import { TelemetryError, type VersionsQuery } from '../../controller/ports/telemetry.ts';
import type { TelemetryGauge } from '../../controller/ports/telemetry-gauge.ts';
import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';
import type { VersionGauge } from '../../release/doctor-facts.ts';
import { checkColumns, countIn, shown, textIn, unusable } from './answers.ts';
import type { Table } from './answers.ts';
import type { LogAnalyticsOptions } from './connect.ts';
import { kqlLiteral } from './kql-literal.ts';
import { createLogsClient } from './logs-client.ts';
import { ofApp, project, where } from './query-parts.ts';
import type { ColumnSpec } from './query-parts.ts';

const GAUGE_COLUMNS: readonly ColumnSpec[] = [
  ['AppVersion', 'string'],
  ['Asked', 'string'],
  ['Rows', 'long'],
  ['Items', 'long'],
  ['LagP50Ms', 'real'],
  ['LagP999Ms', 'real'],
  ['NewestMs', 'long'],
];

const GAUGES_AT_MOST = 60;
const ASKED = ['production', 'slot', 'probe'] as const;

/**
 * One query, one request, never retried.
 * @throws TelemetryError `error` when `localEndpoint` is not an address of this machine.
 */
export function connectTelemetryGauge(options: LogAnalyticsOptions): TelemetryGauge {
  const client = createLogsClient(options);
  return {
    gauge: async (query) => {
      const workspaceId = query.source.workspaceId ?? options.defaultWorkspaceId;
      if (workspaceId === undefined || workspaceId === '') {
        const message = `no Log Analytics workspace is known for ${query.site}`;
        throw new TelemetryError('error', message);
      }
      const { fromMs, toMs } = query;
      const table = await client.query({ workspaceId, kql: gaugeQuery(query), fromMs, toMs });
      return table === undefined ? [] : gaugesOf(table);
    },
  };
}

/** Lag is measured beside the table, where ingestion_time() is known. */
export function gaugeQuery(query: VersionsQuery): string {
  const isProbe = `OperationId startswith ${kqlLiteral(PROBE_TRACE_PREFIX)}`;
  const isSlot = `tostring(parse_url(Url).Host) =~ ${kqlLiteral(query.slotHost)}`;
  return [
    `AppRequests`,
    ...where([...ofApp(query), `isempty(SyntheticSource)`]),
    `| extend Asked = iff(${isProbe}, "probe", iff(${isSlot}, "slot", "production")), LagMs = (ingestion_time() - TimeGenerated) / 1ms`,
    `| summarize Rows = count(), Items = sum(ItemCount), (LagP50Ms, LagP999Ms) = percentiles(LagMs, 50, 99.9), Newest = max(TimeGenerated) by AppVersion, Asked`,
    `| extend NewestMs = tolong((Newest - datetime(1970-01-01)) / 1ms)`,
    project(GAUGE_COLUMNS),
    `| top ${GAUGES_AT_MOST} by Rows desc`,
  ].join('\n');
}

/** @throws TelemetryError `error` when columns or values are not what was asked for */
export function gaugesOf(table: Table): readonly VersionGauge[] {
  checkColumns(table, GAUGE_COLUMNS);
  return table.rows.map(([version, asked, rows, items, p50, p999, newest]) => ({
    version: textIn('AppVersion', version),
    asked: askedIn(asked),
    rows: countIn('Rows', rows),
    items: countIn('Items', items),
    lagP50Ms: lagIn('LagP50Ms', p50),
    lagP999Ms: lagIn('LagP999Ms', p999),
    newestMs: countIn('NewestMs', newest),
  }));
}

function askedIn(value: unknown): VersionGauge['asked'] {
  const asked = ASKED.find((one) => one === value);
  if (asked === undefined) throw unusable(`Asked is ${shown(value)}`);
  return asked;
}

/** An app's clock may be ahead of Azure's. */
function lagIn(column: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.max(0, value);
  throw unusable(`${column} is ${shown(value)}, no milliseconds`);
}

import type { TokenCredential } from '@azure/identity';
import { TelemetryError } from '../../controller/ports/telemetry.ts';
import type { Telemetry, VersionSeen, VersionsQuery } from '../../controller/ports/telemetry.ts';
import { createLogsClient } from './logs-client.ts';
import { countAnswerOf, versionsOf } from './mapping.ts';
import type { Table } from './mapping.ts';
import { countQuery, probesQuery, versionsQuery } from './queries.ts';

export interface LogAnalyticsOptions {
  readonly credential: TokenCredential;
  /** A stand-in on this machine, `http://127.0.0.1:7072`. Absent: Azure. */
  readonly localEndpoint?: string | undefined;
  /** Customer id (a GUID) of the workspace for sources that name none: SLIPWAY_WORKSPACE_ID. */
  readonly defaultWorkspaceId?: string | undefined;
}

/**
 * Telemetry from a Log Analytics workspace. One query, and one HTTP request, a call; never retried.
 * @throws TelemetryError `error` when `localEndpoint` is not an address of this machine.
 */
export function connectLogAnalytics(options: LogAnalyticsOptions): Telemetry {
  const client = createLogsClient(options);

  async function ask(query: VersionsQuery, kql: string): Promise<Table | undefined> {
    const workspaceId = query.source.workspaceId ?? options.defaultWorkspaceId;
    if (workspaceId === undefined || workspaceId === '') throw noWorkspace(query.site);
    const { fromMs, toMs } = query;
    return await client.query({ workspaceId, kql, fromMs, toMs });
  }

  async function askVersions(query: VersionsQuery, kql: string): Promise<readonly VersionSeen[]> {
    const table = await ask(query, kql);
    return table === undefined ? [] : versionsOf(table);
  }

  return {
    countRequests: async (query) => {
      const kql = countQuery(query);
      const table = await ask(query, kql);
      if (table === undefined) return { rows: [], lag: undefined, query: kql, answer: '[]' };
      return countAnswerOf(table, { query, kql });
    },
    versionsSeen: async (query) => await askVersions(query, versionsQuery(query)),
    probesSeen: async (query) => await askVersions(query, probesQuery(query)),
  };
}

function noWorkspace(site: string): TelemetryError {
  return new TelemetryError(
    'error',
    `no Log Analytics workspace is known for ${site}; set SLIPWAY_WORKSPACE_ID on Slipway's function app, or telemetry.workspaceId in the start message`,
  );
}

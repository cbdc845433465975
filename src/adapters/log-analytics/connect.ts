import type { TokenCredential } from '@azure/identity';
import { TelemetryError } from '../../controller/ports/telemetry.ts';
import type { Telemetry, VersionSeen, VersionsQuery } from '../../controller/ports/telemetry.ts';
import { createLogsClient } from './logs-client.ts';
import { differencesOf, differencesQuery } from './differences.ts';
import { versionsOf } from './mapping.ts';
import { probesQuery, versionsQuery } from './queries.ts';
import { readCounts, readProblems } from './read-counts.ts';
import type { Ask } from './read-counts.ts';

export interface LogAnalyticsOptions {
  readonly credential: TokenCredential;
  /** A stand-in on this machine, `http://127.0.0.1:7072`. Absent: Azure. */
  readonly localEndpoint?: string | undefined;
  /** Customer id (a GUID) of the workspace for sources that name none: SLIPWAY_WORKSPACE_ID. */
  readonly defaultWorkspaceId?: string | undefined;
}

/**
 * Telemetry from a Log Analytics workspace. One query, and one HTTP request, a call and `kql` metric;
 * never retried.
 * @throws TelemetryError `error` when `localEndpoint` is not an address of this machine.
 */
export function connectLogAnalytics(options: LogAnalyticsOptions): Telemetry {
  const client = createLogsClient(options);

  /** Asks in the query's workspace and window. Throws at once when no workspace is known. */
  function askerOf(query: VersionsQuery): Ask {
    const workspaceId = query.source.workspaceId ?? options.defaultWorkspaceId;
    if (workspaceId === undefined || workspaceId === '') throw noWorkspace(query.site);
    const { fromMs, toMs, timeoutMs } = query;
    return async (kql) => await client.query({ workspaceId, kql, fromMs, toMs, timeoutMs });
  }

  async function askVersions(query: VersionsQuery, kql: string): Promise<readonly VersionSeen[]> {
    const table = await askerOf(query)(kql);
    return table === undefined ? [] : versionsOf(table);
  }

  return {
    countRequests: async (query) => await readCounts(query, askerOf(query)),
    versionsSeen: async (query) => await askVersions(query, versionsQuery(query)),
    probesSeen: async (query) => await askVersions(query, probesQuery(query)),
    queryProblems: async (query) => await readProblems(query, askerOf(query)),
    differences: async (query) => {
      const table = await askerOf(query)(differencesQuery(query));
      return table === undefined ? [] : differencesOf(table);
    },
  };
}

function noWorkspace(site: string): TelemetryError {
  return new TelemetryError(
    'error',
    `no Log Analytics workspace is known for ${site}; set SLIPWAY_WORKSPACE_ID on Slipway's function app, or telemetry.workspaceId in the start message`,
  );
}

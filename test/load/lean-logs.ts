/**
 * Log Analytics' wire form without telemetry behind it: the answer to each of Slipway's three queries
 * is computed from the query's own window. The stand-in with real KQL walks over the rows of all apps at
 * each query, which a thousand apps on one machine do not leave room for.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

import { COUNT_COLUMNS, VERSION_COLUMNS } from '../../src/adapters/log-analytics/queries.ts';
import type { ColumnSpec } from '../../src/adapters/log-analytics/queries.ts';
import { close, listen, sendJson } from '../../src/local/app-service/http.ts';
import { QueryLimits } from './query-limits.ts';

export const BASELINE = '1.0.0';
export const CANARY = '2.0.0';
/** Rows a second; the canary has the weight of the plan's first step. */
const ROWS_PER_SECOND = { baseline: 9.5, canary: 0.5 };
const LAG_MS = [2_000, 4_000] as const;

export interface LeanLogsOptions {
  /** What each query takes. */
  readonly queryMs: number;
}

export interface LeanLogs {
  readonly url: string;
  /** From now on refuses what Azure refuses: 5 at once, 200 waiting, 200 in 30 s (azure.md 3.3). */
  enforce(): void;
  readonly asked: () => { readonly queries: number; readonly throttled: number };
  /** When each app's counts were last answered, milliseconds since the epoch, by site. */
  readonly lastCounts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const bodySchema = z.object({ query: z.string(), timespan: z.string() });

export async function startLeanLogs(options: LeanLogsOptions): Promise<LeanLogs> {
  const limits = new QueryLimits({ ...options, nowMs: () => Date.now() });
  const lastCounts = new Map<string, number>();
  const asked = { queries: 0, throttled: 0 };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { query, timespan } = bodySchema.parse(JSON.parse(await text(request)));
    asked.queries += 1;
    if (!(await limits.pass())) {
      asked.throttled += 1;
      sendJson(response, 429, {
        body: { error: { code: 'ThrottledError', message: 'Too many queries of one identity.' } },
        headers: { 'retry-after': '10' },
      });
      return;
    }
    const site = /AppRoleName =~ "([^"]*)"/.exec(query)?.[1];
    if (site !== undefined && query.includes('percentiles(')) lastCounts.set(site, Date.now());
    sendJson(response, 200, { body: { tables: [answerTo(query, timespan)] } });
  };
  const server: Server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    url: await listen(server, 0),
    asked: () => ({ ...asked }),
    lastCounts,
    enforce: () => limits.enforce(),
    stop: () => close(server),
  };
}

interface WireTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

function answerTo(query: string, timespan: string): WireTable {
  if (query.includes('percentiles(')) return tableOf(COUNT_COLUMNS, countRows(query, timespan));
  const version = query.includes('OperationId startswith') ? CANARY : BASELINE;
  return tableOf(VERSION_COLUMNS, [[version, 1_000, 1_000]]);
}

function tableOf(columns: readonly ColumnSpec[], rows: WireTable['rows']): WireTable {
  return { name: 'PrimaryResult', columns: columns.map(([name, type]) => ({ name, type })), rows };
}

/** Rows of every bin that has ended, and the lags; nothing fails. */
function countRows(query: string, timespan: string): unknown[][] {
  const [fromMs = 0, toMs = 0] = timespan.split('/').map((time) => Date.parse(time));
  const intervalMs = Number(/, (\d+)ms\)/.exec(query)?.[1] ?? 60_000);
  const rows: unknown[][] = [];
  const newest = Math.floor((toMs - LAG_MS[0]) / intervalMs) * intervalMs;
  for (let at = Math.ceil(fromMs / intervalMs) * intervalMs; at < newest; at += intervalMs) {
    for (const [version, perSecond] of [
      [BASELINE, ROWS_PER_SECOND.baseline],
      [CANARY, ROWS_PER_SECOND.canary],
    ] as const) {
      const requests = Math.max(1, Math.round((perSecond * intervalMs) / 1_000));
      rows.push([at, version, requests, 0, requests, null, null]);
    }
  }
  const lags = [BASELINE, CANARY].map((version) => [null, version, null, null, null, ...LAG_MS]);
  return [...lags, ...rows];
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LogsTable } from '@azure/monitor-query';
import { TelemetryClient } from 'applicationinsights';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectLogAnalytics } from '../../../src/adapters/log-analytics/connect.ts';
import { startLogAnalytics } from '../../../src/local/log-analytics/start-log-analytics.ts';
import type { LogAnalytics } from '../../../src/local/log-analytics/start-log-analytics.ts';
import { asked } from '../../adapters/log-analytics/asked.ts';
import {
  DEPENDENCIES,
  EXCEPTIONS,
  LATENCY,
  kqlMetric,
  metrics,
} from '../../adapters/log-analytics/metric-samples.ts';
import { queryClient, queryTable, WORKSPACE } from './query-client.ts';

let azure: LogAnalytics;
const ask = (query: string): Promise<LogsTable> => queryTable(queryClient(azure.url, 0), query);

beforeEach(async () => {
  azure = await startLogAnalytics({ workspaceId: WORKSPACE, log: () => undefined });
});
afterEach(async () => {
  await azure.stop();
});

describe('telemetry of the real Application Insights SDK', () => {
  it('arrives over plain http and can be asked for', async () => {
    // Statsbeat reports about the SDK itself to Microsoft's own endpoint.
    process.env.APPLICATION_INSIGHTS_NO_STATSBEAT = 'true';
    const telemetry = new TelemetryClient(azure.connectionString);
    telemetry.context.tags['ai.application.ver'] = '2.0.0';
    telemetry.context.tags['ai.cloud.role'] = 'shop';
    const shop = createServer((incoming, outgoing) => {
      telemetry.trackNodeHttpRequest({ request: incoming, response: outgoing });
      outgoing.writeHead(incoming.url === '/broken' ? 503 : 200).end('ok');
    });
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    const { port } = shop.address() as AddressInfo;
    try {
      for (const path of ['/cart', '/cart', '/broken']) {
        await (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
      }
      telemetry.trackException({ exception: new RangeError('no such cart') });
      telemetry.trackTrace({ message: 'hello' });
      telemetry.trackEvent({ name: 'not kept' });
      await new Promise((resolve) => {
        telemetry.flush({ callback: resolve });
      });
    } finally {
      shop.closeAllConnections();
      shop.close();
    }

    const table = await ask(
      `AppRequests
      | extend Host = tostring(parse_url(Url).Host)
      | summarize n = count(), failed = countif(toint(ResultCode) >= 500), items = sum(ItemCount),
          slowest = max(DurationMs), lag = max((ingestion_time() - TimeGenerated) / 1ms)
        by AppVersion, AppRoleName, Host`,
    );
    expect(table.rows).toEqual([
      [
        '2.0.0',
        'shop',
        '127.0.0.1',
        3,
        1,
        3,
        expect.any(Number) as number,
        expect.any(Number) as number,
      ],
    ]);
    const [row] = table.rows;
    expect(Number(row?.[6])).toBeGreaterThan(0);
    expect(Number(row?.[7])).toBeGreaterThanOrEqual(0);
    const { rows } = await ask('AppExceptions | project ExceptionType, Message');
    expect(rows).toEqual([['RangeError', 'no such cart']]);
    expect((await ask('AppTraces | project Message, AppVersion')).rows).toEqual([
      ['hello', '2.0.0'],
    ]);
  });

  it('joins exceptions and calls to the request of their operation', async () => {
    process.env.APPLICATION_INSIGHTS_NO_STATSBEAT = 'true';
    const telemetry = new TelemetryClient(azure.connectionString);
    telemetry.context.tags['ai.application.ver'] = '2.0.0';
    telemetry.context.tags['ai.cloud.role'] = 'shop';
    for (const [index, resultCode] of [200, 500, 200].entries()) {
      const operation = String(index).padStart(32, '0');
      const tagOverrides = { 'ai.operation.id': operation };
      const common = { tagOverrides, duration: 400 * index, success: resultCode < 500 };
      const url = 'https://shop.example/cart';
      telemetry.trackRequest({ ...common, name: 'GET /cart', url, resultCode });
      if (index === 0) continue;
      telemetry.trackDependency({
        ...{ ...common, name: 'select', data: 'select 1', resultCode: 0 },
        ...{ dependencyTypeName: 'SQL', target: 'db' },
      });
      if (index === 1) telemetry.trackException({ tagOverrides, exception: new Error('no cart') });
    }
    await new Promise((resolve) => {
      telemetry.flush({ callback: resolve });
    });
    const adapter = connectLogAnalytics({
      credential: {
        getToken: async () => ({ token: 'fake', expiresOnTimestamp: Date.now() + 3_600_000 }),
      },
      localEndpoint: azure.url,
      defaultWorkspaceId: WORKSPACE,
    });
    const toMs = Math.ceil(Date.now() / 3_600_000) * 3_600_000;
    const query = asked({
      canary: '2.0.0',
      baseline: null,
      ...{ fromMs: toMs - 2 * 3_600_000, toMs, intervalMs: 2 * 3_600_000 },
      metrics: metrics([EXCEPTIONS, DEPENDENCIES, LATENCY, kqlMetric()]),
    });
    const { rows } = await adapter.countRequests(query);
    expect(rows).toMatchObject([
      {
        ...{ version: '2.0.0', requests: 3, failures: 1, items: 3 },
        more: [
          { n: 3, x: [1] },
          { n: 2, x: [1] },
          { n: 3, x: [2, 0] },
          { n: 3, x: [2] },
        ],
      },
    ]);
    expect(await adapter.queryProblems(query)).toEqual([]);
    expect((await adapter.differences(query)).map(({ kind, name }) => [kind, name])).toEqual([
      ['result-code', '200'],
      ['operation', 'GET /cart'],
      ['exception', 'Error'],
      ['result-code', '500'],
      ['dependency', 'db'],
    ]);
  });
});

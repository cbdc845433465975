import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLogAnalytics } from '../../../src/local/log-analytics/start-log-analytics.ts';
import type {
  LogAnalytics,
  LogAnalyticsOptions,
} from '../../../src/local/log-analytics/start-log-analytics.ts';
import { NOW_MS } from './support.ts';

const WORKSPACE = '22222222-2222-2222-2222-222222222222';

/** What @azure/monitor-opentelemetry posts for a request (azure.md section 9). */
function envelope(iKey: string, baseData: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'Microsoft.ApplicationInsights.Request',
    time: new Date(NOW_MS - 5000).toISOString(),
    sampleRate: 4.5,
    iKey,
    tags: {
      'ai.cloud.role': 'shop',
      'ai.cloud.roleInstance': 'host-1',
      'ai.application.ver': '2.0.0',
      'ai.operation.id': '0123456789abcdef0123456789abcdef',
      'ai.operation.name': 'GET /cart',
      'ai.internal.sdkVersion': 'node20:otel2',
      'ai.operation.syntheticSource': 'Bot',
    },
    data: {
      baseType: 'RequestData',
      baseData: {
        ver: 2,
        id: 'abcdef0123456789',
        name: 'GET /cart',
        duration: '1.02:03:04.5002718',
        success: false,
        responseCode: '500',
        url: 'http://shop.example/cart',
        properties: { tier: 'gold' },
        measurements: null,
        ...baseData,
      },
    },
  };
}

let running: LogAnalytics;
let nowMs: number;

async function start(options: Partial<LogAnalyticsOptions> = {}): Promise<LogAnalytics> {
  return startLogAnalytics({
    workspaceId: WORKSPACE,
    now: () => nowMs,
    log: () => undefined,
    ...options,
  });
}

async function post(
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${running.url}/v2.1/track`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
}

async function countOf(table: string): Promise<unknown> {
  const response = await fetch(`${running.url}/v1/workspaces/${WORKSPACE}/query`, {
    method: 'POST',
    headers: { authorization: 'Bearer x' },
    body: JSON.stringify({ query: `${table} | count` }),
  });
  return ((await response.json()) as { tables: { rows: unknown[][] }[] }).tables[0]?.rows[0]?.[0];
}

beforeEach(async () => {
  nowMs = NOW_MS;
  running = await start();
});

afterEach(async () => {
  await running.stop();
});

describe('the ingestion endpoint', () => {
  it('maps a request to AppRequests with the columns that Azure gives it', async () => {
    const response = await post(JSON.stringify([envelope(running.instrumentationKey)]));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ itemsReceived: 1, itemsAccepted: 1, errors: [] });
    expect(running.rows('AppRequests')).toEqual([
      expect.objectContaining({
        TimeGenerated: NOW_MS - 5000,
        _TimeReceived: NOW_MS,
        AppVersion: '2.0.0',
        AppRoleName: 'shop',
        AppRoleInstance: 'host-1',
        OperationId: '0123456789abcdef0123456789abcdef',
        OperationName: 'GET /cart',
        ParentId: '',
        SyntheticSource: 'Bot',
        Id: 'abcdef0123456789',
        Name: 'GET /cart',
        Url: 'http://shop.example/cart',
        ResultCode: '500',
        Success: false,
        DurationMs: 93_784_500.2718,
        PerformanceBucket: '>=5min',
        ItemCount: 22,
        Properties: { tier: 'gold' },
        Measurements: null,
        ClientIP: '0.0.0.0',
        ClientCity: '',
        SDKVersion: 'node20:otel2',
        IKey: running.instrumentationKey,
        TenantId: WORKSPACE,
        SourceSystem: 'Azure',
        Type: 'AppRequests',
        _ResourceId: running.resourceId.toLowerCase(),
        _IsBillable: 'True',
      }),
    ]);
  });

  it('takes gzip, and one envelope a line', async () => {
    const lines = [1, 2, 3].map(() => JSON.stringify(envelope(running.instrumentationKey)));
    const response = await post(gzipSync(lines.join('\n')), {
      'content-encoding': 'gzip',
      'content-type': 'application/x-json-stream',
    });
    expect(await response.json()).toEqual({ itemsReceived: 3, itemsAccepted: 3, errors: [] });
    expect(running.rows('AppRequests')).toHaveLength(3);
  });

  it('answers 206 with an error for each item that it refuses', async () => {
    const key = running.instrumentationKey;
    const items = [
      envelope(key),
      envelope('00000000-0000-0000-0000-000000000000'),
      envelope(key, { duration: 'soon' }),
      { iKey: key },
      { ...envelope(key), sampleRate: 0 },
    ];
    const lines = [...items.map((item) => JSON.stringify(item)), '{"torn'];
    const response = await post(lines.join('\n'));
    expect(response.status).toBe(206);
    expect(await response.json()).toEqual({
      itemsReceived: 6,
      itemsAccepted: 1,
      errors: [
        { index: 1, statusCode: 400, message: 'Invalid instrumentation key' },
        { index: 2, statusCode: 400, message: expect.stringContaining("'soon'") as string },
        { index: 3, statusCode: 400, message: expect.stringContaining("'time'") as string },
        { index: 4, statusCode: 400, message: expect.stringContaining("'sampleRate'") as string },
        { index: 5, statusCode: 400, message: expect.any(String) as string },
      ],
    });
    expect(running.rows('AppRequests')).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['an empty array', '[]'],
    ['no JSON', 'hello'],
    ['a torn array', '[{'],
  ])('answers 400 to %s', async (_name, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ itemsAccepted: 0 });
  });

  it('answers 413 to a body over the limit', async () => {
    expect((await post(Buffer.alloc(33 * 1024 * 1024, 32))).status).toBe(413);
  });

  it('answers 400 to what says gzip and is none, and 413 to a bomb', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    expect((await post('plain', gzip)).status).toBe(400);
    expect((await post(gzipSync(Buffer.alloc(40 * 1024 * 1024, 32)), gzip)).status).toBe(413);
  });

  it('keeps dependencies, exceptions, traces and availability, and drops the rest', () => {
    const base = envelope(running.instrumentationKey);
    const send = (baseType: string, baseData: Record<string, unknown>): unknown =>
      running.ingest([{ ...base, data: { baseType, baseData } }]).itemsAccepted;
    expect(
      send('RemoteDependencyData', {
        name: 'GET /stock',
        id: 'd1',
        resultCode: 200,
        duration: '00:00:00.2500000',
        success: true,
        type: 'HTTP',
        target: 'stock',
        data: 'http://stock/7',
      }),
    ).toBe(1);
    expect(
      send('ExceptionData', {
        exceptions: [
          {
            typeName: 'CartError',
            message: 'no cart',
            hasFullStack: true,
            parsedStack: [{ level: 0, method: 'open', assembly: 'cart.js' }],
          },
          { typeName: 'TypeError', message: 'x is undefined' },
        ],
        severityLevel: 'Error',
      }),
    ).toBe(1);
    expect(send('MessageData', { message: 'hello', severityLevel: 2 })).toBe(1);
    expect(
      send('AvailabilityData', {
        id: 'a1',
        name: 'ping',
        duration: '00:00:01',
        success: true,
        runLocation: 'West Europe',
        message: 'Passed',
      }),
    ).toBe(1);
    expect(send('MetricData', { metrics: [{ name: 'm', value: 1 }] })).toBe(1);

    expect(running.rows('AppDependencies')).toEqual([
      expect.objectContaining({
        DependencyType: 'HTTP',
        Target: 'stock',
        ResultCode: '200',
        DurationMs: 250,
        PerformanceBucket: '250ms-500ms',
      }),
    ]);
    expect(running.rows('AppExceptions')).toEqual([
      expect.objectContaining({
        ExceptionType: 'CartError',
        OuterMessage: 'no cart',
        InnermostType: 'TypeError',
        Method: 'open',
        ProblemId: 'CartError at open',
        SeverityLevel: 3,
      }),
    ]);
    expect(running.rows('AppTraces')).toEqual([
      expect.objectContaining({ Message: 'hello', SeverityLevel: 2, AppVersion: '2.0.0' }),
    ]);
    expect(running.rows('AppAvailabilityResults')).toEqual([
      expect.objectContaining({ Location: 'West Europe', Message: 'Passed', DurationMs: 1000 }),
    ]);
    expect(running.rows('AppRequests')).toEqual([]);
  });

  it('leaves AppVersion empty when the app says nothing or "unknown"', () => {
    const base = envelope(running.instrumentationKey);
    running.ingest([
      { ...base, tags: { 'ai.application.ver': 'unknown' } },
      { ...base, tags: null },
    ]);
    expect(running.rows('AppRequests').map((row) => row.AppVersion)).toEqual(['', '']);
  });

  it('replaces a TimeGenerated of more than two days ago by the time of receipt', () => {
    const base = envelope(running.instrumentationKey);
    const oldMs = NOW_MS - 2 * 86_400_000;
    running.ingest([
      { ...base, time: new Date(oldMs - 1).toISOString() },
      { ...base, time: new Date(oldMs).toISOString() },
    ]);
    expect(running.rows('AppRequests').map((row) => row.TimeGenerated)).toEqual([NOW_MS, oldMs]);
  });

  it('shows a row to queries only after its delay', async () => {
    await running.stop();
    running = await start({ ingestionDelayMs: () => 3000 });
    running.ingest([envelope(running.instrumentationKey)]);
    expect(await countOf('AppRequests')).toBe(0);
    nowMs += 2999;
    expect(await countOf('AppRequests')).toBe(0);
    nowMs += 1;
    expect(await countOf('AppRequests')).toBe(1);
  });

  it('drops the oldest rows over the limit and rows past their retention', async () => {
    await running.stop();
    running = await start({ rowsPerTable: 5000, retentionMs: 3_600_000 });
    const items = Array.from({ length: 1000 }, () => envelope(running.instrumentationKey));
    for (let batch = 0; batch < 20; batch += 1) {
      running.ingest(items);
    }
    const kept = running.rows('AppRequests').length;
    expect(kept).toBeGreaterThan(2000);
    expect(kept).toBeLessThanOrEqual(5000);
    nowMs += 3_600_000;
    expect(await countOf('AppRequests')).toBe(0);
  });

  it('fails on demand, then works again', async () => {
    running.faults.add({ times: 1, on: 'ingestion', action: { kind: 'answer', status: 503 } });
    running.faults.add({ times: 1, on: 'ingestion', action: { kind: 'drop' } });
    const body = JSON.stringify([envelope(running.instrumentationKey)]);
    expect((await post(body)).status).toBe(503);
    await expect(post(body)).rejects.toThrow('fetch failed');
    expect((await post(body)).status).toBe(200);
    expect(running.rows('AppRequests')).toHaveLength(1);
  });
});

describe('the state file', () => {
  let folder: string;
  let stateFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
    stateFile = join(folder, 'telemetry.jsonl');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function restart(): Promise<void> {
    await running.stop();
    running = await start({ stateFile });
  }

  it('gives the rows back after a restart, ingestion times included', async () => {
    await restart();
    running.ingest([envelope(running.instrumentationKey), envelope(running.instrumentationKey)]);
    const before = running.rows('AppRequests');
    await restart();
    expect(running.rows('AppRequests')).toEqual(before);
    expect(before).toHaveLength(2);
    expect(await countOf('AppRequests | where ingestion_time() > TimeGenerated')).toBe(2);
  });

  it('survives a torn last line', async () => {
    await restart();
    running.ingest([envelope(running.instrumentationKey)]);
    await running.stop();
    await writeFile(stateFile, '{"table":"AppReq', { flag: 'a' });
    running = await start({ stateFile });
    running.ingest([envelope(running.instrumentationKey)]);
    await restart();
    expect(running.rows('AppRequests')).toHaveLength(2);
    expect((await readFile(stateFile, 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  it('leaves rows past their retention out', async () => {
    await restart();
    running.ingest([envelope(running.instrumentationKey)]);
    nowMs += 25 * 3_600_000;
    await restart();
    expect(await countOf('AppRequests')).toBe(0);
  });
});

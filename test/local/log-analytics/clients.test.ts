import type { LogsTable } from '@azure/monitor-query';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forbidden, gatewayTimeout, throttled } from '../../../src/local/log-analytics/faults.ts';
import { startLogAnalytics } from '../../../src/local/log-analytics/start-log-analytics.ts';
import type { LogAnalytics } from '../../../src/local/log-analytics/start-log-analytics.ts';
import {
  LAST_HOUR,
  type QueryClient,
  queryClient,
  queryTable,
  tableOf,
  WORKSPACE,
} from './query-client.ts';

let azure: LogAnalytics;
let client: QueryClient;

const ask = (query: string): Promise<LogsTable> => queryTable(client, query);

/** What the client throws: the code and status are what an adapter goes by. */
async function failureOf(run: Promise<unknown>): Promise<Record<string, unknown>> {
  return run.then(
    () => {
      throw new Error('The query was answered.');
    },
    (error: unknown) => ({ ...(error as Record<string, unknown>) }),
  );
}

beforeEach(async () => {
  azure = await startLogAnalytics({ workspaceId: WORKSPACE, log: () => undefined });
  client = queryClient(azure.url, 0);
});

afterEach(async () => {
  await azure.stop();
});

function request(columns: { version: string; code?: string; agoMs?: number }): unknown {
  return {
    time: new Date(Date.now() - (columns.agoMs ?? 1000)).toISOString(),
    tags: { 'ai.application.ver': columns.version, 'ai.cloud.role': 'shop' },
    data: {
      baseType: 'RequestData',
      baseData: { id: 'x', duration: '00:00:00.0100000', responseCode: columns.code ?? '200' },
    },
  };
}

function ingest(...items: readonly { version: string; code?: string; agoMs?: number }[]): void {
  const answer = azure.ingest(items.map((item) => ({ ...(request(item) as object) })));
  expect(answer.errors).toEqual([]);
}

describe('the real query client', () => {
  it('reads every type as the capture of Azure shows it', async () => {
    const table = await ask(
      `print s = "a", l = 3, r = 1.5, nan = real(nan), d = datetime(2026-01-01T00:00:00.5Z), y = dynamic({"a": 1}),
        b = true, g = guid(00000000-0000-0000-0000-000000000000), t = 5m, nl = long(null), nd = datetime(null), ny = dynamic(null)`,
    );
    expect(table.name).toBe('PrimaryResult');
    expect(table.columnDescriptors.map(({ type }) => type)).toEqual(
      'string long real real datetime dynamic bool guid timespan long datetime dynamic'.split(' '),
    );
    expect(table.rows).toEqual([
      [
        'a',
        3,
        1.5,
        'NaN',
        new Date('2026-01-01T00:00:00.500Z'),
        { a: 1 },
        true,
        '00000000-0000-0000-0000-000000000000',
        '00:05:00',
        null,
        // The client's own trap: a null datetime becomes 1970 (azure.md section 2).
        new Date(0),
        null,
      ],
    ]);
  });

  it('keeps to the timespan, as a duration and as start and end', async () => {
    ingest({ version: '1', agoMs: 1000 }, { version: '1', agoMs: 600_000 });
    const count = async (timespan: Parameters<typeof client.queryWorkspace>[2]): Promise<unknown> =>
      tableOf(await client.queryWorkspace(WORKSPACE, 'AppRequests | count', timespan)).rows;
    expect(await count({ duration: 'PT5M' })).toEqual([[1]]);
    expect(await count({ duration: 'PT1H' })).toEqual([[2]]);
    const nowMs = Date.now();
    const startTime = new Date(nowMs - 900_000);
    const endTime = new Date(nowMs - 300_000);
    expect(await count({ startTime, endTime })).toEqual([[1]]);
    expect(await count({ startTime, duration: 'PT1M' })).toEqual([[0]]);
    expect(await count({ duration: 'PT10M', endTime })).toEqual([[1]]);
  });

  it('gets statistics when it asks for them', async () => {
    const result = await client.queryWorkspace(WORKSPACE, 'print 1', LAST_HOUR, {
      includeQueryStatistics: true,
      serverTimeoutInSeconds: 30,
      additionalWorkspaces: [WORKSPACE],
    });
    expect(result).toMatchObject({
      statistics: { query: { executionTime: expect.any(Number) as number } },
    });
  });

  it('asks a resource, and nothing that is not ours', async () => {
    ingest({ version: '1' });
    const result = await client.queryResource(azure.resourceId, 'AppRequests | count', LAST_HOUR);
    expect(tableOf(result).rows).toEqual([[1]]);
    const notFound = { code: 'PathNotFoundError', statusCode: 404 };
    const elsewhere = azure.resourceId.replace('local', 'other');
    expect(await failureOf(client.queryResource(elsewhere, 'print 1', LAST_HOUR))).toMatchObject(
      notFound,
    );
    expect(await failureOf(client.queryWorkspace('another', 'print 1', LAST_HOUR))).toMatchObject(
      notFound,
    );
    const additionalWorkspaces = ['another'];
    expect(
      await failureOf(
        client.queryWorkspace(WORKSPACE, 'print 1', LAST_HOUR, { additionalWorkspaces }),
      ),
    ).toMatchObject(notFound);
  });

  it('gets BadArgumentError with the reason for a bad query', async () => {
    const semantic = await failureOf(ask('AppRequests | where AppVer == 1'));
    expect(semantic).toMatchObject({
      code: 'BadArgumentError',
      statusCode: 400,
      details: {
        error: {
          code: 'BadArgumentError',
          message: 'The request had some invalid properties',
          innerError: { code: 'SemanticError', innerError: { code: 'SEM0100' } },
        },
      },
    });
    const syntax = await failureOf(ask('AppRequests | | take 1'));
    expect(syntax).toMatchObject({
      details: { error: { innerError: { code: 'SyntaxError', innerError: { code: 'SYN0002' } } } },
    });
  });

  it('meets throttling, refusal, time-outs and broken connections on demand', async () => {
    azure.faults.add({ times: 1, action: throttled(1) });
    azure.faults.add({ times: 1, action: forbidden() });
    azure.faults.add({ times: 1, action: gatewayTimeout() });
    azure.faults.add({ times: 1, action: { kind: 'drop' } });
    expect(await failureOf(ask('print 1'))).toMatchObject({
      statusCode: 429,
      code: 'ThrottledError',
    });
    expect(await failureOf(ask('print 1'))).toMatchObject({
      statusCode: 403,
      code: 'InsufficientAccessError',
    });
    expect(await failureOf(ask('print 1'))).toMatchObject({
      statusCode: 504,
      code: 'GatewayTimeout',
    });
    expect(await failureOf(ask('print 1'))).toMatchObject({ name: 'RestError' });
    expect((await ask('print 1')).rows).toEqual([[1]]);
  });

  it('retries a throttled query by itself', async () => {
    azure.faults.add({ times: 1, action: throttled(0) });
    client = queryClient(azure.url, 3);
    expect((await ask('print 1')).rows).toEqual([[1]]);
  });

  it('gets 504 when the answer takes longer than the wait that it asked for', async () => {
    azure.faults.add({ times: 1, action: { kind: 'delay', delayMs: 5000 } });
    const options = { serverTimeoutInSeconds: 1 };
    const failure = await failureOf(
      client.queryWorkspace(WORKSPACE, 'print 1', LAST_HOUR, options),
    );
    expect(failure).toMatchObject({ statusCode: 504, code: 'GatewayTimeout' });
  });

  it('sees a partial result as a partial failure', async () => {
    ingest({ version: '1' }, { version: '1' }, { version: '1' }, { version: '1' });
    azure.faults.add({ times: 1, action: { kind: 'partial' } });
    const result = await client.queryWorkspace(WORKSPACE, 'AppRequests', LAST_HOUR);
    expect(result).toMatchObject({
      status: 'PartialFailure',
      partialError: { code: 'PartialError' },
    });
    expect(tableOf(result).rows).toHaveLength(2);
  });

  it('asks several queries at once; one that fails does not fail the others', async () => {
    ingest({ version: '1' }, { version: '2', code: '500' });
    const base = { workspaceId: WORKSPACE, timespan: LAST_HOUR };
    const results = await client.queryBatch([
      { ...base, query: 'AppRequests | summarize count() by AppVersion | order by AppVersion asc' },
      { ...base, query: 'AppRequests | where Nope == 1' },
      { ...base, workspaceId: 'another', query: 'print 1' },
      { ...base, query: 'print x = 1', serverTimeoutInSeconds: 20, includeQueryStatistics: true },
    ]);
    expect([...results]).toMatchObject([
      {
        status: 'Success',
        tables: [
          {
            rows: [
              ['1', 1],
              ['2', 1],
            ],
          },
        ],
      },
      { status: 'Failure', code: 'BadArgumentError' },
      { status: 'Failure', code: 'PathNotFoundError' },
      { status: 'Success', tables: [{ rows: [[1]] }], statistics: {} },
    ]);
  });

  it('leaves a log of what was asked', async () => {
    await ask('print 1');
    await failureOf(ask('print nope'));
    expect(azure.requests).toMatchObject([
      { query: 'print 1', timespan: 'PT1H', status: 200, errorCode: undefined },
      { query: 'print nope', timespan: 'PT1H', status: 400, errorCode: 'BadArgumentError' },
    ]);
  });
});

describe('the query endpoint', () => {
  async function post(path: string, init: RequestInit): Promise<{ status: number; code: unknown }> {
    const response = await fetch(`${azure.url}${path}`, { method: 'POST', ...init });
    const { error } = (await response.json()) as { error: { code: unknown } };
    return { status: response.status, code: error.code };
  }
  const path = `/v1/workspaces/${WORKSPACE}/query`;
  const headers = { authorization: 'Bearer x' };

  it.each([
    ['no token', path, { body: '{"query":"print 1"}' }, 401, 'AuthenticationFailed'],
    ['no JSON', path, { headers, body: 'query' }, 400, 'BadArgumentError'],
    ['no query', path, { headers, body: '{}' }, 400, 'BadArgumentError'],
    [
      'a bad timespan',
      path,
      { headers, body: '{"query":"print 1","timespan":"5 minutes"}' },
      400,
      'BadArgumentError',
    ],
    ['an unknown path', '/v1/metadata', { headers, body: '{}' }, 404, 'PathNotFoundError'],
    ['another service', '/v3/x', { headers, body: '{}' }, 404, 'PathNotFoundError'],
    ['a bad batch', '/v1/$batch', { headers, body: '{"requests":7}' }, 400, 'BadArgumentError'],
  ] as const)('answers %s with its error', async (_name, where, init, status, code) => {
    expect(await post(where, init)).toEqual({ status, code });
  });
});

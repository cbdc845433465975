import { afterEach, describe, expect, it } from 'vitest';
import { connectLogAnalytics } from '../../../src/adapters/log-analytics/connect.ts';
import { createLogsClient } from '../../../src/adapters/log-analytics/logs-client.ts';
import { TelemetryError } from '../../../src/controller/ports/telemetry.ts';
import type { Telemetry } from '../../../src/controller/ports/telemetry.ts';
import errors from '../../fixtures/captures/logs-errors.json' with { type: 'json' };
import captured from '../../fixtures/captures/logs-query.json' with { type: 'json' };
import { asked } from './asked.ts';
import { kqlMetric, metrics } from './metric-samples.ts';
import { startRecordingServer } from './recording-server.ts';
import type { CannedAnswer, RecordingServer } from './recording-server.ts';

const credential = {
  getToken: async () => ({ token: 'fake-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};
const WORKSPACE = '22222222-2222-2222-2222-222222222222';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function server(answer: CannedAnswer | 'never'): Promise<RecordingServer> {
  const started = await startRecordingServer(answer);
  stops.push(started.stop);
  return started;
}

interface Connected {
  readonly telemetry: Telemetry;
  readonly requests: RecordingServer['requests'];
}

async function telemetryOn(answer: CannedAnswer | 'never'): Promise<Connected> {
  const { url: localEndpoint, requests } = await server(answer);
  const options = { credential, localEndpoint, defaultWorkspaceId: WORKSPACE };
  return { telemetry: connectLogAnalytics(options), requests };
}

async function rejection(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function failureOf(answer: CannedAnswer): Promise<{ error: unknown; requests: number }> {
  const { telemetry, requests } = await telemetryOn(answer);
  const error = await rejection(telemetry.countRequests(asked()));
  return { error, requests: requests.length };
}

describe('the request of the SDK', () => {
  it('is the captured one, with its token, its interval and a bounded wait', async () => {
    const { url, requests } = await server({ status: 204 });
    const client = createLogsClient({ credential, localEndpoint: url });
    const { workspace } = captured;
    await client.query({
      workspaceId: WORKSPACE,
      kql: workspace.json.query,
      fromMs: Date.UTC(2026, 0, 1),
      toMs: Date.UTC(2026, 0, 1, 0, 5),
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: workspace.method,
      url: workspace.url,
      headers: {
        'content-type': workspace.headers['content-type'],
        authorization: workspace.headers.authorization,
        prefer: 'wait=30',
      },
      json: { query: workspace.json.query, timespan: workspace.json.timespan },
    });
  });

  it("goes to the source's own workspace when it names one", async () => {
    const { telemetry, requests } = await telemetryOn({ status: 204 });
    const source = { workspaceId: 'another one', component: undefined, role: undefined };
    await telemetry.countRequests(asked({ source }));
    await telemetry.countRequests(asked());
    expect(requests.map(({ url }) => url)).toEqual([
      '/v1/workspaces/another%20one/query',
      `/v1/workspaces/${WORKSPACE}/query`,
    ]);
  });

  it('carries the KQL that the audit gets', async () => {
    const { telemetry, requests } = await telemetryOn({ status: 204 });
    const { query } = await telemetry.countRequests(asked());
    expect(requests[0]?.json).toMatchObject({
      query,
      timespan: '2026-01-01T00:00:00.000Z/2026-01-01T00:10:00.000Z',
    });
  });
});

describe('an answer of Log Analytics', () => {
  it('keeps null, NaN and numbers apart, as they were captured', async () => {
    const { url } = await server(captured.workspace.response);
    const client = createLogsClient({ credential, localEndpoint: url });
    const request = { workspaceId: WORKSPACE, kql: 'AppRequests', fromMs: 0, toMs: 1 };
    const table = await client.query(request);
    expect(table?.columns.slice(0, 4)).toEqual([
      { name: 'AppVersion', type: 'string' },
      { name: 'Failed', type: 'long' },
      { name: 'Total', type: 'long' },
      { name: 'p95', type: 'real' },
    ]);
    const [row = []] = table?.rows ?? [];
    expect(row.slice(0, 4)).toEqual(['1.2.3', 3, 120, 'NaN']);
    // The trap that keeps datetimes out of Slipway's queries: this was null.
    expect(row[10]).toEqual(new Date(0));
  });

  it('is no rows when the workspace is empty (204)', async () => {
    const { telemetry } = await telemetryOn({ status: 204 });
    expect(await telemetry.countRequests(asked())).toMatchObject({
      rows: [],
      lag: undefined,
      answer: '[]',
    });
    expect(await telemetry.versionsSeen(asked())).toEqual([]);
    expect(await telemetry.probesSeen(asked())).toEqual([]);
  });

  it('is refused when only a part came, whatever that part says', async () => {
    const { error, requests } = await failureOf(captured.partial.response);
    expect(error).toMatchObject({ kind: 'partial', code: 'telemetry-partial' });
    expect(error).toHaveProperty('message', expect.stringContaining('(PartialError)'));
    expect(requests).toBe(1);
  });

  it.each([
    { what: 'no table', body: { tables: [] } },
    {
      what: 'two tables',
      body: { tables: [0, 1].map(() => ({ name: 't', columns: [], rows: [] })) },
    },
    { what: 'other columns', body: captured.workspace.response.body },
    { what: 'no body', body: undefined },
    { what: 'another body', body: { value: 1 } },
  ])('is refused with $what', async ({ body }) => {
    const { error } = await failureOf({ status: 200, body });
    expect(error).toBeInstanceOf(TelemetryError);
    expect(error).toMatchObject({ kind: 'error' });
  });

  it.each([
    {
      name: 'throttled',
      // Waiting that long within a tick would be as bad as no answer.
      answer: { ...errors.throttled.response, headers: { 'retry-after': '3600' } },
      kind: 'throttled',
      says: /answered 429 ThrottledError: Rate limit is exceeded; .*5 queries at once/,
    },
    {
      name: 'forbidden',
      answer: { ...errors.forbidden.response, headers: {} },
      kind: 'error',
      says: /answered 403 InsufficientAccessError: .*Log Analytics Reader/,
    },
    {
      name: 'not understood',
      answer: { ...errors.badQuery.response, headers: {} },
      kind: 'error',
      says: /answered 400 BadArgumentError: .*A semantic error occurred.*named 'AppVer'/,
    },
    {
      name: 'too slow',
      answer: { ...errors.gatewayTimeout.response, headers: {} },
      kind: 'error',
      says: /answered 504 GatewayTimeout: Gateway timeout/,
    },
    {
      name: 'of a workspace that does not exist',
      answer: { status: 404, body: { error: { code: 'PathNotFoundError', message: 'No path' } } },
      kind: 'error',
      says: /answered 404 PathNotFoundError: No path; check SLIPWAY_WORKSPACE_ID/,
    },
    {
      name: 'no JSON',
      answer: { status: 502 },
      kind: 'error',
      says: /answered 502/,
    },
  ])('that is $name is an error with its way out, after one request', async (wrong) => {
    const { error, requests } = await failureOf(wrong.answer);
    expect(error).toMatchObject({ name: 'TelemetryError', kind: wrong.kind });
    expect(error).toHaveProperty('message', expect.stringMatching(wrong.says));
    expect(error).toHaveProperty('message', expect.stringContaining(WORKSPACE));
    expect(error).toHaveProperty('cause.name', 'RestError');
    expect(requests).toBe(1);
  });

  it('that takes longer than somebody waits for is an error, and the service is told to stop', async () => {
    const { telemetry, requests } = await telemetryOn('never');
    const error = await rejection(telemetry.countRequests(asked({ timeoutMs: 200 })));
    expect(error).toHaveProperty('message', expect.stringMatching(/no answer within 200 ms|abort/));
    expect(requests[0]?.headers.prefer).toContain('wait=1');
  });

  it('that never comes is an error, with its cause', async () => {
    const { telemetry } = await telemetryOn('never');
    const asking = rejection(telemetry.countRequests(asked()));
    for (const stop of stops.splice(0)) await stop();
    const error = await asking;
    expect(error).toMatchObject({ name: 'TelemetryError', kind: 'error' });
    expect(error).toHaveProperty('message', expect.stringContaining('could not be asked'));
    expect(error).toHaveProperty('cause', expect.any(Error));
  });
});

describe("a query of the plan's own", () => {
  const query = asked({ metrics: metrics([kqlMetric()]) });

  it.each([
    {
      what: 'does not bind',
      answer: { ...errors.badQuery.response, headers: {} },
      says: /"checkout".*A semantic error occurred.*named 'AppVer'.*begins on line 2/,
    },
    {
      what: 'is too slow',
      answer: { ...errors.gatewayTimeout.response, headers: {} },
      says: /"checkout".*504 GatewayTimeout.*a query may take 30 s/,
    },
    {
      what: 'gives two tables',
      answer: {
        status: 200,
        body: { tables: [0, 1].map(() => ({ name: 't', columns: [], rows: [] })) },
      },
      says: /"checkout".*2 tables/,
    },
    {
      what: 'gives other columns',
      answer: captured.workspace.response,
      says: /"checkout" answered the columns \(AppVersion: string/,
    },
  ])('that $what is a problem of the plan', async ({ answer, says }) => {
    const { telemetry, requests } = await telemetryOn(answer);
    expect(await telemetry.queryProblems(query)).toEqual([
      {
        path: 'analysis.metrics.kql[0].query',
        code: 'query',
        message: expect.stringMatching(says) as string,
      },
    ]);
    expect(requests).toHaveLength(1);
  });

  it.each([
    { what: 'forbidden', answer: { ...errors.forbidden.response, headers: {} }, kind: 'error' },
    { what: 'throttled', answer: { ...errors.throttled.response, headers: {} }, kind: 'throttled' },
    { what: 'partial', answer: captured.partial.response, kind: 'partial' },
    { what: 'broken', answer: { status: 502 }, kind: 'error' },
  ])('is not known to be right or wrong when it is $what', async ({ answer, kind }) => {
    const { telemetry } = await telemetryOn(answer);
    expect(await rejection(telemetry.queryProblems(query))).toMatchObject({
      name: 'TelemetryError',
      kind,
    });
  });

  it('is not asked when there is none', async () => {
    const { telemetry, requests } = await telemetryOn({ status: 204 });
    expect(await telemetry.queryProblems(asked())).toEqual([]);
    expect(requests).toEqual([]);
    expect(await telemetry.queryProblems(query)).toEqual([]);
  });
});

it('sees no differences in an empty workspace', async () => {
  const { telemetry } = await telemetryOn({ status: 204 });
  expect(await telemetry.differences(asked())).toEqual([]);
});

describe('what is refused before anything is sent', () => {
  it('a source without a workspace, naming the settings', async () => {
    const telemetry = connectLogAnalytics({ credential, defaultWorkspaceId: undefined });
    const calls = [
      telemetry.countRequests(asked()),
      telemetry.versionsSeen(asked()),
      telemetry.probesSeen(asked()),
      telemetry.queryProblems(asked({ metrics: metrics([kqlMetric()]) })),
      telemetry.differences(asked()),
    ];
    for (const call of calls) {
      const error = await rejection(call);
      expect(error).toMatchObject({ name: 'TelemetryError', kind: 'error' });
      const says = /known for shop; set SLIPWAY_WORKSPACE_ID .*telemetry\.workspaceId/;
      expect(error).toHaveProperty('message', expect.stringMatching(says));
    }
  });

  it.each(['http://logs.example', 'http://127.0.0.1.example', 'ftp://127.0.0.1', 'nonsense'])(
    'the local endpoint "%s", which is not on this machine',
    (localEndpoint) => {
      expect(() => connectLogAnalytics({ credential, localEndpoint })).toThrow(
        expect.objectContaining({ name: 'TelemetryError', kind: 'error' }),
      );
    },
  );

  it('a query without a token', async () => {
    const { url, requests } = await server({ status: 204 });
    const telemetry = connectLogAnalytics({
      credential: {
        getToken: async () => {
          throw new Error('no managed identity here');
        },
      },
      localEndpoint: url,
      defaultWorkspaceId: WORKSPACE,
    });
    const error = await rejection(telemetry.countRequests(asked()));
    expect(error).toMatchObject({ name: 'TelemetryError', kind: 'error' });
    expect(error).toHaveProperty('message', expect.stringContaining('no managed identity here'));
    expect(requests).toEqual([]);
  });
});

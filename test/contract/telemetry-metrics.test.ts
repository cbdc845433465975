import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CountQuery, CountRow, Telemetry } from '../../src/controller/ports/telemetry.ts';
import type { Metric, Metrics } from '../../src/release/plan.ts';
import type { MemoryRequests } from '../support/memory-telemetry.ts';
import {
  BASELINE,
  CANARY,
  MINUTE,
  SLOT_HOST,
  START,
  WORLDS,
  memoryWorld,
  query,
  standInWorld,
  useTelemetryWorlds,
  worldOf as startWorld,
} from './telemetry-worlds.ts';
import type { World } from './telemetry-worlds.ts';

const ROLE = { on: 'rollback', importance: 1, rho: 1, delta: 0, ceiling: undefined } as const;
const EXCEPTIONS: Metric = { ...ROLE, kind: 'exceptions', name: 'exceptions' };
const DEPENDENCIES: Metric = { ...ROLE, kind: 'dependencies', name: 'dependencies' };
const LATENCY: Metric = {
  ...ROLE,
  kind: 'latency',
  name: 'latency',
  edgesMs: [100, 1_000],
  budget: { absolute: 0, relative: 0 },
};

function kql(name: string, text: string, on: 'rollback' | 'notify' = 'rollback'): Metric {
  return { ...ROLE, on, kind: 'kql', name, query: text };
}

function metrics(more: readonly Metric[], failures: Partial<Metrics['failures']> = {}): Metrics {
  return { failures: { ...ROLE, ignorePaths: [], synthetic: false, ...failures }, more };
}

useTelemetryWorlds();

describe.each(WORLDS)('Telemetry: the metrics of $name', ({ start }) => {
  const worldOf = async (...rows: readonly MemoryRequests[]): Promise<World> =>
    await startWorld(start, ...rows);

  async function counted(
    telemetry: Telemetry,
    change: Partial<CountQuery>,
  ): Promise<readonly CountRow[]> {
    return (await telemetry.countRequests(query(change))).rows;
  }

  const row = { atMs: START, version: CANARY };

  it('counts an operation once a bin, however many requests it has', async () => {
    const { telemetry } = await worldOf(
      { ...row, operation: 'a', status: 500, count: 10 },
      { ...row, operation: 'a', count: 3 },
      { ...row, operation: 'b', count: 2 },
      // The next bin counts it again.
      { ...row, operation: 'a', atMs: START + MINUTE },
      // Without an operation each stands for itself.
      { ...row, count: 4 },
    );
    const { rows } = await telemetry.countRequests(query());
    expect(rows).toEqual([
      { startMs: START, version: CANARY, requests: 6, failures: 1, items: 19 },
      { startMs: START + MINUTE, version: CANARY, requests: 1, failures: 0, items: 1 },
    ]);
  });

  it('counts an operation once in each version that it met', async () => {
    const { telemetry } = await worldOf(
      { ...row, operation: 'a', status: 500 },
      { ...row, operation: 'a', version: BASELINE },
      { ...row, operation: 'b', version: BASELINE },
    );
    expect(await counted(telemetry, {})).toMatchObject([
      { version: BASELINE, requests: 2, failures: 0 },
      { version: CANARY, requests: 1, failures: 1 },
    ]);
  });

  it('counts one request of each operation where versions share operations', async () => {
    // A caller without cookies: of each operation of 20 requests, one went to the canary. Both versions
    // fail one request in 20, so counting "any of its requests" would call the baseline 20 times worse.
    const names = Array.from({ length: 200 }, (_, index) => `operation-${String(index)}`);
    const { telemetry } = await worldOf(
      ...names.flatMap((operation, index) => [
        { ...row, operation, status: index % 20 === 0 ? 500 : 200 },
        { ...row, operation, version: BASELINE, count: 18 },
        { ...row, operation, version: BASELINE, status: 500 },
      ]),
    );
    const [baseline, canary] = await counted(telemetry, {});
    expect(canary).toMatchObject({ requests: 200, failures: 10 });
    expect(baseline?.requests).toBe(200);
    // 10 are expected, with a standard deviation of 3; the hash is fixed.
    expect(baseline?.failures).toBeGreaterThan(2);
    expect(baseline?.failures).toBeLessThan(20);
  });

  it('counts exceptions, dependencies and slow requests by operation', async () => {
    const { telemetry } = await worldOf(
      { ...row, count: 2 },
      { ...row, exception: 'E', durationMs: 101 },
      { ...row, operation: 'a', exception: 'E', count: 3 },
      { ...row, operation: 'b', dependency: { target: 'db', failed: true }, durationMs: 1_001 },
      { ...row, operation: 'b', dependency: { target: 'db', failed: false } },
      { ...row, dependency: { target: 'db', failed: false }, durationMs: 1_000 },
      { ...row, version: BASELINE },
    );
    const more = [EXCEPTIONS, LATENCY, DEPENDENCIES];
    expect(await counted(telemetry, { metrics: metrics(more) })).toEqual([
      {
        ...{ startMs: START, version: BASELINE, requests: 1, failures: 0, items: 1 },
        more: [
          { n: 1, x: [0] },
          { n: 1, x: [0, 0] },
          { n: 0, x: [0] },
        ],
      },
      {
        ...{ startMs: START, version: CANARY, requests: 6, failures: 0, items: 9 },
        more: [
          { n: 6, x: [2] },
          { n: 6, x: [3, 1] },
          { n: 2, x: [1] },
        ],
      },
    ]);
  });

  it('tells an exception and a call by their operation, whichever bin they fall in', async () => {
    const { telemetry } = await worldOf(
      { ...row, operation: 'slow' },
      // Thrown a minute later, while the slot's own host was asked, which is no evidence itself.
      { ...row, operation: 'slow', atMs: START + MINUTE, host: SLOT_HOST, exception: 'Timeout' },
      // Nobody's request: a background job, or another app's.
      { ...row, operation: 'job', host: SLOT_HOST, exception: 'E', count: 5 },
      { ...row, operation: 'slow', version: BASELINE },
    );
    const rows = await counted(telemetry, { metrics: metrics([EXCEPTIONS, DEPENDENCIES]) });
    expect(rows.map(({ version, more }) => [version, more?.[0]])).toEqual([
      [BASELINE, { n: 1, x: [0] }],
      [CANARY, { n: 1, x: [1] }],
    ]);
  });

  it('reads a day of minutes of one version: the history that dispersion is measured in', async () => {
    const minutes = Array.from({ length: 1_440 }, (_, index) => START + index * MINUTE);
    const { telemetry } = await worldOf(
      ...minutes.map((atMs) => ({ atMs, version: BASELINE, count: 2 })),
    );
    const { rows } = await telemetry.countRequests(
      query({ canary: BASELINE, baseline: null, toMs: START + 1_440 * MINUTE }),
    );
    expect(rows.map(({ startMs }) => startMs)).toEqual(minutes);
    expect(new Set(rows.map(({ requests }) => requests))).toEqual(new Set([2]));
  });

  it('leaves out paths, and keeps synthetic traffic when the plan says so', async () => {
    const { telemetry } = await worldOf(
      ...['/health', '/HEALTH', '/healthy', '/admin', '/admin/', '/admin/users', '/cart'].map(
        (path) => ({ ...row, path }),
      ),
      { ...row, synthetic: true, count: 10 },
      { ...row, probe: true, count: 100 },
    );
    const requests = async (failures: Partial<Metrics['failures']>): Promise<unknown> =>
      (await counted(telemetry, { metrics: metrics([], failures) }))[0]?.requests;
    expect(await requests({})).toBe(7);
    expect(await requests({ ignorePaths: ['/health', '/admin/*'] })).toBe(3);
    expect(await requests({ synthetic: true })).toBe(17);
  });

  it('reads a query of the plan by bin and version, beside its own counts', async () => {
    const { telemetry, metricQuery } = await worldOf(row, { ...row, version: BASELINE });
    const text = metricQuery('checkout', [
      { startMs: START, version: CANARY, requests: 9, failures: 2 },
      { startMs: START + MINUTE, version: BASELINE, requests: 5, failures: 0 },
      { startMs: START, version: '2.3.8', requests: 7, failures: 7 },
    ]);
    const more = [EXCEPTIONS, kql('checkout', text), LATENCY];
    const {
      rows,
      answer,
      query: sent,
    } = await telemetry.countRequests(query({ metrics: metrics(more) }));
    expect(
      rows.map(({ startMs, version, requests, more: tallies }) => [
        startMs,
        version,
        requests,
        tallies?.[1],
      ]),
    ).toEqual([
      [START, BASELINE, 1, { n: 0, x: [0] }],
      [START, CANARY, 1, { n: 9, x: [2] }],
      [START + MINUTE, BASELINE, 0, { n: 5, x: [0] }],
    ]);
    expect(rows[2]?.more).toEqual([
      { n: 0, x: [0] },
      { n: 5, x: [0] },
      { n: 0, x: [0, 0] },
    ]);
    expect(sent).toContain('checkout');
    expect(JSON.parse(answer)).toBeInstanceOf(Array);
    expect(await telemetry.queryProblems(query({ metrics: metrics(more) }))).toEqual([]);
  });

  it('says what was not measured when a metric that can roll back cannot be read, and not of one that tells', async () => {
    const { telemetry, metricQuery } = await worldOf(row);
    const text = metricQuery('broken', 'refused');
    const able = metrics([kql('broken', text)]);
    const answered = await telemetry.countRequests(query({ metrics: able }));
    expect(answered.unmeasured).toContain('"broken"');
    expect(answered.rows[0]).toMatchObject({ requests: 1, more: [null] });
    const telling = metrics([EXCEPTIONS, kql('broken', text, 'notify')]);
    const [counts] = await counted(telemetry, { metrics: telling });
    expect(counts).toMatchObject({ requests: 1, more: [{ n: 1, x: [0] }, null] });
    const problems = await telemetry.queryProblems(
      query({ metrics: metrics([kql('fine', metricQuery('fine', [])), EXCEPTIONS, ...able.more]) }),
    );
    expect(problems).toMatchObject([{ path: 'analysis.metrics.kql[1].query', code: 'query' }]);
  });

  it.each(['error', 'throttled'] as const)(
    'finds no problem in a query when the workspace answers %s: nothing is known then',
    async (kind) => {
      const { telemetry, metricQuery, fail } = await worldOf(row);
      fail(kind, 1);
      const asked = query({ metrics: metrics([kql('fine', metricQuery('fine', []))]) });
      await expect(telemetry.queryProblems(asked)).rejects.toMatchObject({ kind });
      expect(await telemetry.queryProblems(asked)).toEqual([]);
    },
  );

  it('says where the canary is worse, the largest difference first', async () => {
    const at = (version: string, change: Partial<MemoryRequests>): MemoryRequests => ({
      ...{ ...row, version, path: '/cart', count: 20 },
      ...change,
    });
    const { telemetry } = await worldOf(
      at(CANARY, {}),
      at(CANARY, { path: '/pay', status: 500, exception: 'PayError', count: 9 }),
      at(CANARY, { path: '/pay', dependency: { target: 'bank', failed: true }, count: 3 }),
      at(BASELINE, { count: 40 }),
      at(BASELINE, { path: '/pay', status: 500, exception: 'PayError', count: 1 }),
      at(BASELINE, { path: '/pay', dependency: { target: 'bank', failed: false }, count: 30 }),
      at('2.3.8', { status: 500, count: 40 }),
      at(CANARY, { status: 500, host: SLOT_HOST, path: '/warm' }),
    );
    expect(await telemetry.differences(query())).toEqual([
      { kind: 'operation', name: 'GET /pay', canary: { n: 12, x: 9 }, baseline: { n: 31, x: 1 } },
      { kind: 'dependency', name: 'bank', canary: { n: 3, x: 3 }, baseline: { n: 30, x: 0 } },
      { kind: 'exception', name: 'PayError', canary: { n: 32, x: 9 }, baseline: { n: 71, x: 1 } },
      { kind: 'result-code', name: '500', canary: { n: 32, x: 9 }, baseline: { n: 71, x: 1 } },
    ]);
  });
});

const requests = fc.record({
  atMs: fc.integer({ min: START, max: START + 20 * MINUTE }),
  version: fc.constantFrom(CANARY, BASELINE, '2.3.8'),
  status: fc.constantFrom(200, 404, 500),
  host: fc.constantFrom('shop.azurewebsites.net', SLOT_HOST),
  path: fc.constantFrom('/cart', '/health', '/admin/users'),
  synthetic: fc.boolean(),
  items: fc.constantFrom(1, 10),
  count: fc.integer({ min: 1, max: 4 }),
  durationMs: fc.constantFrom(50, 100, 101, 1_000, 5_000),
  operation: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { nil: undefined }),
  exception: fc.option(fc.constantFrom('E', 'F'), { nil: undefined }),
  dependency: fc.option(
    fc.record({ target: fc.constantFrom('db', 'bank'), failed: fc.boolean() }),
    { nil: undefined },
  ),
});

it('the twin and the adapter count the metrics alike, whatever the rows are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(requests, { maxLength: 40 }),
      fc.constantFrom(CANARY, BASELINE),
      fc.boolean(),
      fc.boolean(),
      async (rows, canary, first, synthetic) => {
        const asked = query({
          canary,
          baseline: first ? null : canary === CANARY ? BASELINE : CANARY,
          intervalMs: 7 * MINUTE,
          metrics: metrics([LATENCY, EXCEPTIONS, DEPENDENCIES], {
            synthetic,
            ignorePaths: ['/health', '/admin/*'],
          }),
        });
        const answers = [];
        for (const { telemetry, add, passTo } of [await memoryWorld(), await standInWorld()]) {
          add(...(rows as readonly MemoryRequests[]));
          passTo(START + 60 * MINUTE);
          const { rows: counts, lag } = await telemetry.countRequests(asked);
          const differences = (await telemetry.differences(asked)).toSorted((a, b) =>
            `${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1,
          );
          answers.push({ counts, lag, differences });
        }
        expect(answers[1]).toEqual(answers[0]);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

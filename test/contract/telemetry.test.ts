import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelemetryError } from '../../src/controller/ports/telemetry.ts';
import type { CountQuery } from '../../src/controller/ports/telemetry.ts';
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

useTelemetryWorlds();

describe.each(WORLDS)('Telemetry: $name', ({ start }) => {
  const worldOf = async (...rows: readonly MemoryRequests[]): Promise<World> =>
    await startWorld(start, ...rows);

  it('counts rows, failures and items by version and bin', async () => {
    const { telemetry } = await worldOf(
      { atMs: START + 1, version: CANARY, items: 4 },
      { atMs: START + MINUTE - 1, version: CANARY, status: 500, items: 2, count: 2 },
      { atMs: START + MINUTE, version: CANARY, status: 404 },
      { atMs: START + 2, version: BASELINE, count: 3 },
      { atMs: START + 3, version: '2.3.8' },
      { atMs: START + 3, version: '' },
    );
    const { rows } = await telemetry.countRequests(query());
    expect(rows).toEqual([
      { startMs: START, version: BASELINE, requests: 3, failures: 0, items: 3 },
      { startMs: START, version: CANARY, requests: 3, failures: 2, items: 8 },
      { startMs: START + MINUTE, version: CANARY, requests: 1, failures: 0, items: 1 },
    ]);
  });

  it('counts as failures what the plan says, and nothing when it says nothing', async () => {
    const statuses = [200, 399, 400, 429, 499, 500, 599, 600];
    const { telemetry } = await worldOf(
      ...statuses.map((status) => ({ atMs: START, version: CANARY, status })),
    );
    const failuresOf = async (failures: CountQuery['failures']): Promise<number | undefined> =>
      (await telemetry.countRequests(query({ failures }))).rows[0]?.failures;
    expect(await failuresOf([{ from: 500, to: 599 }])).toBe(2);
    const several = [
      { from: 400, to: 499 },
      { from: 429, to: 429 },
      { from: 600, to: 600 },
    ];
    expect(await failuresOf(several)).toBe(4);
    expect(await failuresOf([])).toBe(0);
  });

  it('aligns bins to the epoch, whatever the interval and wherever the window begins', async () => {
    const { telemetry } = await worldOf(
      { atMs: START + 5 * MINUTE, version: CANARY },
      { atMs: START + 9 * MINUTE, version: CANARY },
    );
    for (const intervalMs of [1_000, 2_500, 7 * MINUTE, 11 * MINUTE]) {
      const fromMs = START + 5 * MINUTE - 777;
      const { rows } = await telemetry.countRequests(query({ intervalMs, fromMs }));
      const startOf = (ms: number): number => Math.floor(ms / intervalMs) * intervalMs;
      const starts = new Set([startOf(START + 5 * MINUTE), startOf(START + 9 * MINUTE)]);
      expect(rows.map(({ startMs }) => startMs)).toEqual([...starts]);
    }
  });

  it('looks at its window only: the start is in it, the end is not', async () => {
    const [fromMs, toMs] = [START + MINUTE, START + 2 * MINUTE];
    const { telemetry } = await worldOf(
      ...[fromMs - 1, fromMs, toMs - 1, toMs].map((atMs) => ({ atMs, version: CANARY })),
    );
    const { rows } = await telemetry.countRequests(query({ fromMs, toMs }));
    expect(rows.map(({ requests }) => requests)).toEqual([2]);
    const seen = await telemetry.versionsSeen(query({ fromMs, toMs }));
    expect(seen.map(({ requests }) => requests)).toEqual([2]);
  });

  it('leaves out synthetic traffic, probes, the slot by its own host, and other apps', async () => {
    const row = { atMs: START, version: CANARY };
    const { telemetry } = await worldOf(
      row,
      { ...row, synthetic: true },
      { ...row, probe: true },
      { ...row, host: SLOT_HOST },
      { ...row, host: SLOT_HOST.toUpperCase() },
      { ...row, role: 'another-app' },
    );
    const { rows } = await telemetry.countRequests(query());
    expect(rows).toEqual([{ startMs: START, version: CANARY, requests: 1, failures: 0, items: 1 }]);
    const seen = await telemetry.versionsSeen(query());
    expect(seen).toEqual([{ version: CANARY, requests: 1, items: 1 }]);
  });

  it('finds the app by the role that the source names, in any case', async () => {
    const { telemetry } = await worldOf({ atMs: START, version: CANARY, role: 'Team.Shop' });
    const source = { workspaceId: undefined, component: undefined, role: 'team.shop' };
    expect((await telemetry.countRequests(query())).rows).toEqual([]);
    expect((await telemetry.countRequests(query({ source }))).rows).toHaveLength(1);
  });

  it('sees a row when it has arrived, not when it was made', async () => {
    const { telemetry, passTo } = await worldOf({ atMs: START, version: CANARY, lagMs: 90_000 });
    passTo(START + 89_999);
    expect(await telemetry.countRequests(query())).toMatchObject({ rows: [], lag: undefined });
    passTo(START + 90_000);
    expect((await telemetry.countRequests(query())).rows).toHaveLength(1);
  });

  it('tells the lags of the slower version, of the rows that it counts', async () => {
    const at = (version: string, lag: number, count: number): MemoryRequests => ({
      atMs: START,
      version,
      lagMs: lag,
      count,
    });
    const { telemetry } = await worldOf(
      at(BASELINE, 1_000, 950),
      at(BASELINE, 3_000, 49),
      at(BASELINE, 9_000, 1),
      at(CANARY, 2_000, 10),
      { ...at(CANARY, 60_000, 1), host: SLOT_HOST },
      { ...at('2.3.8', 60_000, 1) },
    );
    const { lag } = await telemetry.countRequests(query());
    expect(lag).toEqual({ p95Ms: 2_000, p999Ms: 3_000 });
  });

  it('has no lag without rows', async () => {
    const { telemetry } = await worldOf({ atMs: START, version: '2.3.8' });
    expect(await telemetry.countRequests(query())).toMatchObject({ rows: [], lag: undefined });
  });

  it('counts the canary alone when there is no baseline', async () => {
    const { telemetry } = await worldOf(
      { atMs: START, version: CANARY },
      { atMs: START, version: BASELINE },
    );
    const { rows } = await telemetry.countRequests(query({ baseline: null }));
    expect(rows.map(({ version }) => version)).toEqual([CANARY]);
  });

  it.each(['2.4.0"', "2.4'0", '2.4\\', '") or (1 == 1', '2.4.0\n| take 0', '2.4 \u2028 é 😀'])(
    'takes the version %j for itself and nothing else',
    async (canary) => {
      const { telemetry } = await worldOf(
        { atMs: START, version: canary, status: 500 },
        { atMs: START, version: `${canary} ` },
        { atMs: START, version: BASELINE },
      );
      const { rows } = await telemetry.countRequests(query({ canary, baseline: null }));
      expect(rows).toEqual([
        { startMs: START, version: canary, requests: 1, failures: 1, items: 1 },
      ]);
    },
  );

  it('tells versions apart by case', async () => {
    const { telemetry } = await worldOf(
      { atMs: START, version: 'v2-RC' },
      { atMs: START, version: 'v2-rc' },
    );
    const { rows } = await telemetry.countRequests(query({ canary: 'v2-rc' }));
    expect(rows.map(({ version }) => version)).toEqual(['v2-rc']);
  });

  it('shows its query and the answer as JSON', async () => {
    const { telemetry } = await worldOf({ atMs: START, version: CANARY });
    const answer = await telemetry.countRequests(query());
    expect(answer.query).toContain(CANARY);
    expect(JSON.parse(answer.answer)).toBeInstanceOf(Array);
    expect(answer.answer).toContain(String(START));
  });

  it('names the versions in production, busiest first, those without a name too', async () => {
    const { telemetry } = await worldOf(
      { atMs: START, version: '', items: 9 },
      { atMs: START + MINUTE, version: BASELINE, count: 3, items: 2 },
      { atMs: START + 2 * MINUTE, version: CANARY, count: 2 },
    );
    expect(await telemetry.versionsSeen(query())).toEqual([
      { version: BASELINE, requests: 3, items: 6 },
      { version: CANARY, requests: 2, items: 2 },
      { version: '', requests: 1, items: 9 },
    ]);
  });

  it("names the versions that answered Slipway's own probes, on either host", async () => {
    const { telemetry } = await worldOf(
      { atMs: START, version: CANARY, probe: true, host: SLOT_HOST, count: 2 },
      { atMs: START, version: BASELINE, probe: true },
      { atMs: START, version: '2.3.8', host: SLOT_HOST },
      { atMs: START, version: '2.3.7', probe: true, role: 'another-app' },
      { atMs: START + 61 * MINUTE, version: '2.3.6', probe: true },
    );
    expect(await telemetry.probesSeen(query())).toEqual([
      { version: CANARY, requests: 2, items: 2 },
      { version: BASELINE, requests: 1, items: 1 },
    ]);
  });

  it('answers nothing seen with an empty list', async () => {
    const { telemetry } = await worldOf();
    expect(await telemetry.versionsSeen(query())).toEqual([]);
    expect(await telemetry.probesSeen(query())).toEqual([]);
  });

  it.each(['error', 'partial', 'throttled'] as const)(
    'gives no answer but a TelemetryError of kind %s, and answers again afterwards',
    async (kind) => {
      const { telemetry, fail } = await worldOf(
        { atMs: START, version: CANARY },
        { atMs: START, version: CANARY, probe: true },
      );
      fail(kind, 3);
      const expected = { name: 'TelemetryError', kind, code: `telemetry-${kind}` };
      await expect(telemetry.countRequests(query())).rejects.toMatchObject(expected);
      await expect(telemetry.versionsSeen(query())).rejects.toMatchObject(expected);
      await expect(telemetry.probesSeen(query())).rejects.toBeInstanceOf(TelemetryError);
      expect((await telemetry.countRequests(query())).rows).toHaveLength(1);
    },
  );
});

const requests = fc.record({
  atMs: fc.integer({ min: START, max: START + 30 * MINUTE }),
  version: fc.constantFrom(CANARY, BASELINE, '2.3.8', ''),
  status: fc.constantFrom(200, 404, 500, 503),
  host: fc.constantFrom('shop.azurewebsites.net', SLOT_HOST),
  probe: fc.boolean(),
  synthetic: fc.boolean(),
  items: fc.constantFrom(1, 2, 10),
  lagMs: fc.integer({ min: 0, max: 20 * MINUTE }),
  count: fc.integer({ min: 1, max: 5 }),
});

it('the twin and the adapter answer alike, whatever the rows and the window are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(requests, { maxLength: 40 }),
      fc.integer({ min: 0, max: 25 }),
      fc.constantFrom(MINUTE, 7 * MINUTE),
      async (rows, fromMinutes, intervalMs) => {
        const worlds = [await memoryWorld(), await standInWorld()];
        const asked = query({ fromMs: START + fromMinutes * MINUTE, intervalMs });
        const answers = [];
        for (const { telemetry, add, passTo } of worlds) {
          add(...rows);
          passTo(START + 35 * MINUTE);
          const { rows: counted, lag } = await telemetry.countRequests(asked);
          const byName = (a: { version: string }, b: { version: string }): number =>
            a.version < b.version ? -1 : 1;
          const versions = (await telemetry.versionsSeen(asked)).toSorted(byName);
          const probes = (await telemetry.probesSeen(asked)).toSorted(byName);
          answers.push({ counted, lag, versions, probes });
        }
        expect(answers[1]).toEqual(answers[0]);
      },
    ),
    { numRuns: 25 },
  );
}, 30_000);

// The counts of paired probes: the same promises of the twin in memory and of the table.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { connectStore } from '../../src/adapters/store/connect.ts';
import { createProbeOutcomes } from '../../src/adapters/store/table-probe-outcomes.ts';
import type { ProbeOutcomes } from '../../src/controller/ports/probe-outcomes.ts';
import type { PairedBin } from '../../src/release/facts.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import { rawTable, startTestAzurite } from '../support/azurite.ts';
import { recordingClient } from '../support/http-clients.ts';
import { createMemoryProbeOutcomes } from '../support/memory-probe-outcomes.ts';
import { failureOf } from '../support/store-changes.ts';
import {
  AT,
  freshAppKey,
  MINUTE_MS,
  sampleCreation,
  sampleRelease,
} from '../support/store-samples.ts';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startTestAzurite();
  await connectStore(azurite, { encoding: 'none' }).ensureTables();
});
afterAll(async () => {
  await azurite.stop();
});

const table = (): ProbeOutcomes => createProbeOutcomes(rawTable(azurite, 'releases'));
const ALWAYS = { fromMs: 0, toMs: AT + 1_000 * MINUTE_MS };

function counts(startMs: number, n = 300): PairedBin {
  return {
    startMs,
    answers: { canary: { n, x: [6] }, baseline: { n, x: [0] } },
    latency: { canary: { n: n - 1, x: [40, 2] }, baseline: { n, x: [38, 0] } },
  };
}

describe.each([
  { name: 'in memory', open: (): ProbeOutcomes => createMemoryProbeOutcomes() },
  { name: 'on Azurite', open: table },
])('counts of probes $name', ({ open }) => {
  let outcomes: ProbeOutcomes;
  let releaseId: string;
  beforeEach(() => {
    outcomes = open();
    releaseId = sampleRelease(freshAppKey()).id;
  });

  async function record(fromMs: number, bin = counts(fromMs)): Promise<void> {
    const claim = await outcomes.claim({ releaseId, fromMs }, 'mine');
    if (claim === undefined) throw new Error('the window is taken');
    await outcomes.record(claim, bin);
  }

  it('gives a window to the first who asks, and to nobody else', async () => {
    const window = { releaseId, fromMs: AT };
    const claims = await Promise.all(
      ['one', 'two', 'three'].map((id) => outcomes.claim(window, id)),
    );
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    expect(await outcomes.claim(window, 'four')).toBeUndefined();
    expect(await outcomes.claim({ releaseId, fromMs: AT + 1 }, 'four')).toMatchObject({
      releaseId,
      fromMs: AT + 1,
    });
  });

  it('knows its own claim again, whose answer was lost', async () => {
    const window = { releaseId, fromMs: AT };
    await outcomes.claim(window, 'mine');
    const again = await outcomes.claim(window, 'mine');
    expect(again).toMatchObject({ id: 'mine' });
    if (again !== undefined) await outcomes.record(again, counts(AT));
    expect(await outcomes.read(releaseId, ALWAYS)).toEqual([counts(AT)]);
  });

  it('reads what was counted in the range, in the order of time; a claim alone counts nothing', async () => {
    await record(AT + 2 * MINUTE_MS);
    await record(AT);
    await record(AT + MINUTE_MS, { ...counts(AT + MINUTE_MS), latency: undefined });
    await outcomes.claim({ releaseId, fromMs: AT + 3 * MINUTE_MS }, 'died');
    const starts = async (fromMs: number, toMs: number): Promise<number[]> =>
      (await outcomes.read(releaseId, { fromMs, toMs })).map(({ startMs }) => startMs);
    expect(await starts(ALWAYS.fromMs, ALWAYS.toMs)).toEqual([
      AT,
      AT + MINUTE_MS,
      AT + 2 * MINUTE_MS,
    ]);
    expect(await starts(AT, AT + MINUTE_MS)).toEqual([AT]);
    expect(await starts(AT + 1, AT + 2 * MINUTE_MS)).toEqual([AT + MINUTE_MS]);
    expect(await starts(AT, AT)).toEqual([]);
    const [, second] = await outcomes.read(releaseId, ALWAYS);
    expect(second?.latency).toBeUndefined();
  });

  it('keeps releases apart, also those of one app', async () => {
    const { appKey, createdAt } = sampleRelease(releaseId.slice(0, 20));
    const other = sampleRelease(appKey, { createdAt: createdAt + 1 }).id;
    await record(AT);
    expect(await outcomes.read(other, ALWAYS)).toEqual([]);
    expect(await outcomes.claim({ releaseId: other, fromMs: AT }, 'mine')).toBeDefined();
  });

  it('writes counts once: a second time the same is no error, anything else a conflict', async () => {
    const claim = await outcomes.claim({ releaseId, fromMs: AT }, 'mine');
    if (claim === undefined) throw new Error('the window is taken');
    await outcomes.record(claim, counts(AT));
    await outcomes.record(claim, counts(AT));
    await expect(outcomes.record(claim, counts(AT, 299))).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(outcomes.record({ ...claim, id: 'other' }, counts(AT))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await outcomes.read(releaseId, ALWAYS)).toEqual([counts(AT)]);
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 1e15])('refuses %d as a start', async (fromMs) => {
    await expect(outcomes.claim({ releaseId, fromMs }, 'mine')).rejects.toMatchObject({
      code: 'store-unavailable',
      transient: false,
    });
  });

  it.each(['', 'app', "x' or true"])('refuses "%s" as a release', async (id) => {
    const window = { releaseId: id, fromMs: AT };
    await expect(outcomes.claim(window, 'mine')).rejects.toMatchObject({ transient: false });
    expect(await outcomes.read(id, ALWAYS)).toEqual([]);
  });
});

describe('the rows in the table', () => {
  it('stand outside what a tick reads and what the audit is checked by', async () => {
    const store = connectStore(azurite, { encoding: 'none' });
    const release = sampleRelease(freshAppKey());
    await store.releaseStore.create(sampleCreation(release));
    const before = await store.releaseStore.load(release.id);
    const outcomes = table();
    for (const fromMs of [0, AT, AT + MINUTE_MS]) {
      const claim = await outcomes.claim({ releaseId: release.id, fromMs }, 'mine');
      if (claim !== undefined) await outcomes.record(claim, counts(fromMs));
    }
    expect(await outcomes.read(release.id, ALWAYS)).toHaveLength(3);
    expect(await store.releaseStore.load(release.id)).toEqual(before);
    expect(await store.auditReader.readAudit(release.id, { from: 0, max: 1_000 })).toHaveLength(1);
    const problems: (string | undefined)[] = [];
    for await (const { problem } of store.auditScanner.scanRows(release.id)) problems.push(problem);
    expect(problems).toEqual([undefined]);
  });

  it('are claimed and written once when the answer is lost', async () => {
    const httpClient = recordingClient();
    const store = connectStore(azurite, { encoding: 'none', httpClient });
    const { id: releaseId } = sampleRelease(freshAppKey());
    httpClient.lose('after', /releases$/);
    const claim = await store.probeOutcomes.claim({ releaseId, fromMs: AT }, 'mine');
    if (claim === undefined) throw new Error('its own claim was taken for somebody else’s');
    httpClient.lose('after', /releases\(/);
    await store.probeOutcomes.record(claim, counts(AT));
    expect(await table().read(releaseId, ALWAYS)).toEqual([counts(AT)]);
  });

  it.each([
    'no JSON',
    '[]',
    '{"startMs":1}',
    '{"startMs":1,"answers":{"canary":{"n":-1,"x":[0]}}}',
  ])('say which one cannot be read: %s', async (text) => {
    const { id: releaseId, appKey } = sampleRelease(freshAppKey());
    const rowKey = `probes:${releaseId}:${String(AT).padStart(15, '0')}`;
    await rawTable(azurite, 'releases').createEntity({
      partitionKey: appKey,
      rowKey,
      claim: 'mine',
      counts: text,
    });
    const failure = await failureOf(table().read(releaseId, ALWAYS));
    expect(failure.message).toContain(rowKey);
    expect(failure.transient).toBe(false);
  });
});

/** How much telemetry there is and how late, by Azure's SDK on the stand-in. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTelemetryGauge, gaugesOf } from '../../src/adapters/log-analytics/gauge.ts';
import type { TelemetryGauge } from '../../src/controller/ports/telemetry-gauge.ts';
import type { VersionsQuery } from '../../src/controller/ports/telemetry.ts';
import { forbidden } from '../../src/local/log-analytics/faults.ts';
import { startLogAnalytics } from '../../src/local/log-analytics/start-log-analytics.ts';
import type { LogAnalytics } from '../../src/local/log-analytics/start-log-analytics.ts';
import { PROBE_TRACE_PREFIX } from '../../src/release/probe-mark.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const HOST = 'shop.azurewebsites.net';
const SLOT_HOST = 'shop-staging.azurewebsites.net';
const credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: START * 2 }) };

let azure: LogAnalytics;
let gauge: TelemetryGauge;
let nowMs = START;
let lagMs = 0;
let traces = 0;

beforeAll(async () => {
  azure = await startLogAnalytics({
    workspaceId: 'workspace',
    now: () => nowMs,
    ingestionDelayMs: () => lagMs,
    log: () => undefined,
  });
  gauge = connectTelemetryGauge({
    ...{ credential, localEndpoint: azure.url, defaultWorkspaceId: 'workspace' },
  });
});
beforeEach(() => {
  azure.faults.clear();
});
afterAll(() => azure.stop());

interface Row {
  readonly version: string;
  readonly host?: string;
  readonly probe?: boolean;
  readonly sampleRate?: number;
  readonly lagMs?: number;
  readonly role?: string;
}

function add(count: number, row: Row): void {
  lagMs = row.lagMs ?? 1_000;
  nowMs = START + MINUTE;
  for (let n = 0; n < count; n += 1) {
    traces += 1;
    const id = `${row.probe === true ? PROBE_TRACE_PREFIX : '0af76519'}${String(traces).padStart(24, '0')}`;
    azure.ingest([
      {
        time: new Date(START + MINUTE).toISOString(),
        sampleRate: row.sampleRate ?? 100,
        tags: {
          'ai.application.ver': row.version,
          'ai.cloud.role': row.role ?? 'shop',
          'ai.operation.id': id,
        },
        data: {
          baseType: 'RequestData',
          baseData: {
            ...{ id, name: 'GET /', duration: '00:00:00.1', responseCode: '200', success: true },
            url: `https://${row.host ?? HOST}/`,
          },
        },
      },
    ]);
  }
}

function query(change: Partial<VersionsQuery> = {}): VersionsQuery {
  nowMs = START + 30 * MINUTE;
  return {
    source: { workspaceId: undefined, component: undefined, role: undefined },
    ...{ site: 'shop', slotHost: SLOT_HOST },
    ...{ fromMs: START, toMs: START + 60 * MINUTE, ...change },
  };
}

describe('the gauge', () => {
  it('of an app without rows is empty', async () => {
    expect(await gauge.gauge(query({ site: 'nobody' }))).toEqual([]);
  });

  it('tells versions apart, by what was asked, with lag and sampling', async () => {
    add(8, { version: '1.0.0', sampleRate: 25, lagMs: 2_000 });
    add(2, { version: '2.0.0', probe: true, host: SLOT_HOST, lagMs: 4_000 });
    add(1, { version: '2.0.0', host: SLOT_HOST });
    add(9, { version: '7.0.0', role: 'other' });
    const found = await gauge.gauge(query());
    expect(found.map(({ version, asked, rows, items }) => [version, asked, rows, items])).toEqual([
      ['1.0.0', 'production', 8, 32],
      ['2.0.0', 'probe', 2, 2],
      ['2.0.0', 'slot', 1, 1],
    ]);
    expect(found[0]).toMatchObject({ lagP50Ms: 2_000, lagP999Ms: 2_000, newestMs: START + MINUTE });
    expect(found[1]).toMatchObject({ lagP50Ms: 4_000 });
  });

  it('says when it could not be read', async () => {
    azure.faults.add({ times: 1, action: forbidden() });
    await expect(gauge.gauge(query())).rejects.toMatchObject({ code: 'telemetry-error' });
    const nowhere = connectTelemetryGauge({ credential, localEndpoint: azure.url });
    await expect(nowhere.gauge(query())).rejects.toThrow(
      'no Log Analytics workspace is known for shop',
    );
  });

  it('takes no answer that is not what was asked for', () => {
    const columns = [
      ['AppVersion', 'string'],
      ['Asked', 'string'],
      ['Rows', 'long'],
      ['Items', 'long'],
      ['LagP50Ms', 'real'],
      ['LagP999Ms', 'real'],
      ['NewestMs', 'long'],
    ].map(([name = '', type = '']) => ({ name, type }));
    const row = ['1', 'slot', 1, 1, 5, 6, START];
    expect(gaugesOf({ columns, rows: [row] })).toHaveLength(1);
    // An app's clock may be ahead.
    expect(gaugesOf({ columns, rows: [row.with(4, -3)] })[0]?.lagP50Ms).toBe(0);
    for (const bad of [row.with(1, 'else'), row.with(2, -1), row.with(4, 'NaN'), row.slice(1)]) {
      expect(() => gaugesOf({ columns, rows: [bad] })).toThrow('cannot use');
    }
    expect(() => gaugesOf({ columns: columns.slice(1), rows: [] })).toThrow('cannot use');
  });
});

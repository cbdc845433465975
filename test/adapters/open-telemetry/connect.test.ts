import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  connectOpenTelemetry,
  type OpenTelemetry,
} from '../../../src/adapters/open-telemetry/connect.ts';
import { openLazily } from '../../../src/adapters/open-telemetry/lazily.ts';
import { type OtlpCollector, startOtlpCollector } from '../../support/otlp-collector.ts';

/** Far beyond the limit of a test: whoever waits for it fails. */
const FOREVER_MS = 3_600_000;
const ROOT = { name: 'root', kind: 'internal', root: true } as const;

let collector: OtlpCollector;
let telemetry: OpenTelemetry;

beforeEach(async () => {
  collector = await startOtlpCollector();
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
  telemetry = connectOpenTelemetry({
    azureMonitor: undefined,
    otlp: true,
    version: '1.2.3',
    metricsEveryMs: 1_000,
  });
});

afterEach(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  await collector.stop();
  await telemetry.shutdown(0);
});

const work = (): Promise<undefined> => telemetry.tracer.span(ROOT, async () => undefined);

describe('a flush', () => {
  it('exports what was collected, under our own name', async () => {
    await work();
    expect(await telemetry.flush(FOREVER_MS)).toBeUndefined();
    expect(collector.spans).toMatchObject([
      { name: 'root', resource: { 'service.name': 'slipway', 'service.version': 'slipway-1.2.3' } },
    ]);
  });

  it('waits so long for a collector that hangs, and then not at all', async () => {
    collector.be('hangs');
    await work();
    await telemetry.flush(1);
    await work();
    await telemetry.flush(FOREVER_MS);
    expect(collector.spans).toEqual([]);
  });

  it('does not wait when it is told so, and the next one does', async () => {
    await work();
    await telemetry.flush(0);
    await telemetry.flush(FOREVER_MS);
    expect(collector.spans).toHaveLength(1);
  });

  it('tells once that nothing arrives, and once that it does again', async () => {
    collector.be('refuses');
    await work();
    expect(await telemetry.flush(FOREVER_MS)).toMatch(/^telemetry does not reach OTLP: /);
    await work();
    expect(await telemetry.flush(FOREVER_MS)).toBeUndefined();
    collector.be('takes');
    await work();
    expect(await telemetry.flush(FOREVER_MS)).toBe('telemetry reaches OTLP again');
  });

  it('never throws, whoever is there', async () => {
    await collector.stop();
    await work();
    await telemetry.flush(1);
    await telemetry.shutdown(1);
    collector = await startOtlpCollector();
  });
});

describe('opened lazily', () => {
  it('says why there is none, and throws nothing', async () => {
    const told: string[] = [];
    const azureMonitor = { connectionString: 'InstrumentationKey=no-guid', entra: undefined };
    const opened = await openLazily(
      {
        out: { azureMonitor, otlp: false, metricsEveryMs: 60_000 },
        credentialOf: () => ({ getToken: async () => null }),
        version: '1.2.3',
      },
      (line) => told.push(line),
    );
    expect(opened).toBeUndefined();
    expect(told).toEqual([expect.stringContaining('is not exported')]);
  });
});

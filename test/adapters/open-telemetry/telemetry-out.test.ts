import { describe, expect, it } from 'vitest';

import {
  telemetryOutOf,
  type TelemetrySettings,
} from '../../../src/adapters/open-telemetry/telemetry-out.ts';

const NONE: TelemetrySettings = {
  connectionString: undefined,
  authentication: undefined,
  otlpEndpoint: undefined,
  metricInterval: undefined,
};
const CLIENT = '11111111-2222-3333-4444-555555555555';
const connectionString = 'InstrumentationKey=x';

describe("where Slipway's own telemetry goes", () => {
  it('is nowhere unless somebody says so', () => {
    expect(telemetryOutOf(NONE)).toBeUndefined();
    expect(telemetryOutOf({ ...NONE, authentication: 'Authorization=AAD' })).toBeUndefined();
  });

  it('is a collector, a component, or both', () => {
    const otlpEndpoint = 'http://127.0.0.1:4318';
    const both = { connectionString, otlpEndpoint };
    expect(telemetryOutOf({ ...NONE, otlpEndpoint })).toMatchObject({
      otlp: true,
      azureMonitor: undefined,
    });
    expect(telemetryOutOf({ ...NONE, connectionString })).toMatchObject({
      otlp: false,
      azureMonitor: {},
    });
    expect(telemetryOutOf({ ...NONE, ...both })).toMatchObject({ otlp: true, azureMonitor: {} });
  });

  it.each([
    ['ClientId=' + CLIENT + ';Authorization=AAD', { clientId: CLIENT }],
    ['Authorization=AAD;ClientId=' + CLIENT, { clientId: CLIENT }],
    ['authorization = aad', { clientId: undefined }],
    ['Authorization=Key', undefined],
    [undefined, undefined],
  ])('is reached by the identity that "%s" says', (authentication, entra) => {
    const out = telemetryOutOf({ ...NONE, connectionString, authentication });
    expect(out?.azureMonitor).toEqual({ connectionString, entra });
  });

  it.each([
    ['5000', 5_000],
    [undefined, 60_000],
    ['soon', 60_000],
    ['1', 60_000],
    ['99999999', 60_000],
  ])('gets metrics every %s ms, or every minute', (metricInterval, metricsEveryMs) => {
    expect(telemetryOutOf({ ...NONE, connectionString, metricInterval })).toMatchObject({
      metricsEveryMs,
    });
  });
});

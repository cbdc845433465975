/** Where Slipway's own traces and metrics go, as the settings say it. */

export interface TelemetryOut {
  readonly azureMonitor:
    | {
        readonly connectionString: string;
        /** By an identity; `clientId` undefined: whatever identity the machine has. */
        readonly entra: { readonly clientId: string | undefined } | undefined;
      }
    | undefined;
  /** To where the SDK's own variables say. */
  readonly otlp: boolean;
  readonly metricsEveryMs: number;
}

/** Values of the settings; undefined: not set. */
export interface TelemetrySettings {
  readonly connectionString: string | undefined;
  /** As the functions host reads it: `ClientId=…;Authorization=AAD`. */
  readonly authentication: string | undefined;
  readonly otlpEndpoint: string | undefined;
  readonly metricInterval: string | undefined;
}

const METRICS_EVERY_MS = 60_000;
const METRICS_EVERY = { leastMs: 1_000, mostMs: 3_600_000 };

/**
 * Undefined: they go nowhere. Whatever is wrong with a value keeps no release from going on: it is left out
 * here, or told when the exporter is made.
 */
export function telemetryOutOf(settings: TelemetrySettings): TelemetryOut | undefined {
  const { connectionString, authentication = '', otlpEndpoint, metricInterval } = settings;
  if (connectionString === undefined && otlpEndpoint === undefined) return undefined;
  const clientId = /(?:^|;)\s*ClientId\s*=\s*([^;\s]+)/i.exec(authentication)?.[1];
  const isEntra = /(?:^|;)\s*Authorization\s*=\s*AAD\s*(?:;|$)/i.test(authentication);
  const entra = isEntra ? { clientId } : undefined;
  const everyMs = Number(metricInterval);
  const isInterval = everyMs >= METRICS_EVERY.leastMs && everyMs <= METRICS_EVERY.mostMs;
  return {
    azureMonitor: connectionString === undefined ? undefined : { connectionString, entra },
    otlp: otlpEndpoint !== undefined,
    metricsEveryMs: isInterval ? everyMs : METRICS_EVERY_MS,
  };
}

import type { TokenCredential } from '@azure/identity';

import { redact } from '../../release/redact.ts';
// Only its types: the SDK is loaded by `openLazily`, where it is wanted.
import type { OpenTelemetry } from './connect.ts';

import type { TelemetryOut } from './telemetry-out.ts';

export type { OpenTelemetry } from './connect.ts';

export interface LazyOptions {
  readonly out: TelemetryOut;
  readonly credentialOf: (clientId: string | undefined) => TokenCredential;
  readonly version: string;
}

/**
 * Loads OpenTelemetry and connects it. Releases go on without: what fails here is told and left at that.
 * @param tell one line for the log
 */
export async function openLazily(
  { out, credentialOf, version }: LazyOptions,
  tell: (line: string) => void,
): Promise<OpenTelemetry | undefined> {
  const { azureMonitor, otlp, metricsEveryMs } = out;
  const entra = azureMonitor?.entra;
  try {
    const { connectOpenTelemetry } = await import('./connect.ts');
    return connectOpenTelemetry({
      ...{ version, otlp, metricsEveryMs },
      azureMonitor: azureMonitor && {
        connectionString: azureMonitor.connectionString,
        credential: entra && credentialOf(entra.clientId),
      },
    });
  } catch (error) {
    const why = redact(error instanceof Error ? error.message : String(error));
    tell(`Slipway's own telemetry is not exported: ${why}`);
    return undefined;
  }
}

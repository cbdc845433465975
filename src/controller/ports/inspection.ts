import type { SiteInspector } from './site-inspector.ts';
import type { TelemetryGauge } from './telemetry-gauge.ts';

/** What only `slipway doctor` asks, beside what preflight does. */
export interface InspectionPorts {
  readonly inspector: SiteInspector;
  readonly gauge: TelemetryGauge;
}

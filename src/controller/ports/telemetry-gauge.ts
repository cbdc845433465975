import type { VersionGauge } from '../../release/doctor-facts.ts';
import type { VersionsQuery } from './telemetry.ts';

/** How much telemetry there is, how late it comes, how much of it is kept: for people alone. */
export interface TelemetryGauge {
  /** By version and by what was asked, the most rows first; at most 60. Throws TelemetryError. */
  gauge(query: VersionsQuery): Promise<readonly VersionGauge[]>;
}

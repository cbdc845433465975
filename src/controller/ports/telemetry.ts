import type { TelemetrySource } from '../../release/start-message.ts';
import type { StatusRange } from '../../release/plan.ts';
import type { CountAnswer, CountRow, VersionSeen } from '../../release/facts.ts';
import { SlipwayError } from '../../release/errors.ts';

/** What Application Insights says, by version. Rows, never `sum(ItemCount)`, are evidence. */
export interface Telemetry {
  /** Throws TelemetryError. */
  countRequests(query: CountQuery): Promise<CountAnswer>;
  /** Production requests by version since `fromMs` (slot's own host and synthetic traffic left out). */
  versionsSeen(query: VersionsQuery): Promise<readonly VersionSeen[]>;
  /** Slipway's own probes that came back since `fromMs`, by version (`OperationId startswith`). */
  probesSeen(query: VersionsQuery): Promise<readonly VersionSeen[]>;
}

export interface VersionsQuery {
  readonly source: TelemetrySource;
  /** The site's name, used as AppRoleName when the source names neither component nor role. */
  readonly site: string;
  readonly slotHost: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CountQuery extends VersionsQuery {
  readonly canary: string;
  /** Null: a first release, there is no baseline. */
  readonly baseline: string | null;
  readonly intervalMs: number;
  readonly failures: readonly StatusRange[];
}

/** The answer cannot be used: neither good nor bad news about the canary. */
export class TelemetryError extends SlipwayError {
  /** `error` also covers partial results. */
  readonly kind: 'error' | 'partial' | 'throttled';

  constructor(
    kind: 'error' | 'partial' | 'throttled',
    message: string,
    options: ErrorOptions = {},
  ) {
    super(`telemetry-${kind}`, message, options);
    this.kind = kind;
  }
}

export type { CountAnswer, CountRow, VersionSeen };

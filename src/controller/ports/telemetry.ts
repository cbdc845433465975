import type { TelemetrySource } from '../../release/start-message.ts';
import type { Metrics, StatusRange } from '../../release/plan.ts';
import type { CountAnswer, CountRow, Difference, VersionSeen } from '../../release/facts.ts';
import { type Problem, SlipwayError } from '../../release/errors.ts';

/** What Application Insights says, by version. Distinct operations, never `sum(ItemCount)`, are evidence. */
export interface Telemetry {
  /** Throws TelemetryError. */
  countRequests(query: CountQuery): Promise<CountAnswer>;
  /** Production requests by version since `fromMs` (slot's own host and synthetic traffic left out). */
  versionsSeen(query: VersionsQuery): Promise<readonly VersionSeen[]>;
  /** Slipway's own probes that came back since `fromMs`, by version (`OperationId startswith`). */
  probesSeen(query: VersionsQuery): Promise<readonly VersionSeen[]>;
  /**
   * What is wrong with the `kql` metrics of the query's plan: each is run as it would be later, over the
   * query's window. Problems name the metric and carry the parser's message. Throws TelemetryError when
   * nothing could be found out.
   */
  queryProblems(query: CountQuery): Promise<readonly Problem[]>;
  /** Where the two versions differ most, the largest difference first; at most 5 of a kind. Throws TelemetryError. */
  differences(query: CountQuery): Promise<readonly Difference[]>;
}

export interface VersionsQuery {
  readonly source: TelemetrySource;
  /** The site's name, used as AppRoleName when the source names neither component nor role. */
  readonly site: string;
  readonly slotHost: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** How long the answer is waited for, where somebody waits for it. Left out: as long as a tick can. */
  readonly timeoutMs?: number | undefined;
}

export interface CountQuery extends VersionsQuery {
  readonly canary: string;
  /** Null: a first release, there is no baseline. */
  readonly baseline: string | null;
  readonly intervalMs: number;
  readonly failures: readonly StatusRange[];
  /** Undefined: request failures alone, in the default way. */
  readonly metrics?: Metrics | undefined;
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

export type { CountAnswer, CountRow, Difference, VersionSeen };

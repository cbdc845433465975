import type { MetricTally, Tally } from '../judge/types.ts';
import type { Content, Rule, SiteFacts } from './azure-facts.ts';
import type { Problem } from './errors.ts';

/**
 * What one pass has read. A field is undefined when it was not due or could not be read; reads that
 * failed stand in `unread`. Facts never say what to do.
 */
export interface Facts {
  readonly rules: readonly Rule[] | undefined;
  readonly site: SiteFacts | undefined;
  readonly content: Content | undefined;
  readonly poll: SwapProgress | undefined;
  readonly telemetry: TelemetryFacts | undefined;
  readonly probes: ProbeFacts | undefined;
  readonly preflight: PreflightFacts | undefined;
  /** Queued only: until when visitors may still be pinned by an earlier release. */
  readonly pinnedUntil: number | undefined;
  /** Counts of the plan's paired probes in the window of `telemetry`; undefined: none, or not due. */
  readonly paired?: PairedCounts | undefined;
  /** Where the versions differ most; read once, after harm. */
  readonly breakdown?: readonly Difference[] | undefined;
  readonly unread: readonly Unread[];
}

/** What paired probes counted, one entry a bin that has any; bins are aligned as in `CountRow`. */
export type PairedCounts = readonly PairedBin[];

export interface PairedBin {
  readonly startMs: number;
  /** One measure: answers that were not as the plan wants them. */
  readonly answers: MetricTally;
  /** One measure an edge of the plan's probes; among answers that came. Undefined: no edges. */
  readonly latency: MetricTally | undefined;
}

/** One operation, exception type, result code or dependency, with its rate in both versions. */
export interface Difference {
  readonly kind: 'operation' | 'exception' | 'result-code' | 'dependency';
  readonly name: string;
  /** Of how many rows (`n`) how many were bad or of this kind (`x`). */
  readonly canary: { readonly n: number; readonly x: number };
  readonly baseline: { readonly n: number; readonly x: number };
}

export const NOTHING_READ: Facts = {
  rules: undefined,
  site: undefined,
  content: undefined,
  poll: undefined,
  telemetry: undefined,
  probes: undefined,
  preflight: undefined,
  pinnedUntil: undefined,
  unread: [],
};

/** A read that failed. `refused` will not get better by waiting (not found, forbidden). */
export interface Unread {
  readonly what: string;
  readonly code: string;
  readonly message: string;
  readonly refused: boolean;
}

export type SwapProgress =
  | { readonly kind: 'running'; readonly poller: string }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export type TelemetryFacts =
  | ({ readonly kind: 'ok' } & CountAnswer)
  | {
      readonly kind: 'unavailable';
      readonly message: string;
      /** Nobody looked: the query was turned away, for others had used up what Azure allows. */
      readonly throttled?: boolean;
    };

export interface CountAnswer {
  /** One entry a version and bin that has rows; bins are aligned to the epoch. */
  readonly rows: readonly CountRow[];
  /** 95 % and 99.9 % of ingestion lag of the slower version in this answer; undefined without rows. */
  readonly lag: { readonly p95Ms: number; readonly p999Ms: number } | undefined;
  /**
   * Why a metric that can roll back could not be read though the rest could: it is null in every row.
   * Undefined: all were read. What the others show of harm counts; nothing is certified, and no bin final.
   */
  readonly unmeasured?: string | undefined;
  /** True: it was turned away, so its release comes first at the next turn. */
  readonly throttled?: boolean | undefined;
  /** The KQL as it was sent, and the answer's rows as text: both go into the audit. */
  readonly query: string;
  readonly answer: string;
}

export interface CountRow {
  readonly startMs: number;
  readonly version: string;
  /** Operations; 0 in a bin that only a metric of the plan's own knows. */
  readonly requests: number;
  readonly failures: number;
  readonly items: number;
  /** The query's other metrics, in its order; null: this one could not be measured. */
  readonly more?: readonly (Tally | null)[];
}

export interface VersionSeen {
  readonly version: string;
  readonly requests: number;
  readonly items: number;
}

export interface ProbeAnswer {
  readonly ok: boolean;
  readonly host: string;
  readonly path: string;
  readonly status: number | undefined;
  readonly durationMs: number;
  /** What was expected and what came, in one sentence; undefined when ok. */
  readonly problem: string | undefined;
}

/** The plan's requests, sent to both hosts in this pass. */
export interface ProbeFacts {
  readonly canary: readonly ProbeAnswer[];
  readonly other: readonly ProbeAnswer[];
}

/** What only preflight reads. Undefined fields could not be read this time. */
export interface PreflightFacts {
  readonly autoSwapSlotName: string | undefined;
  readonly stickyAppSettings: readonly string[] | undefined;
  /** Actions that a release cannot do without and the identity does not have; left out: nobody could tell. */
  readonly missingActions?: readonly string[] | undefined;
  /** Production requests by version in the last hour. */
  readonly versions: readonly VersionSeen[] | undefined;
  /** Our own probes of the slot that came back from telemetry, by version. */
  readonly labelled: readonly VersionSeen[] | undefined;
  readonly labelAnswer: ProbeAnswer | undefined;
  /** When it was asked for, or just before; left out: at the decision. */
  readonly labelAskedAt?: number;
  /** Answers of the plan's requests on the slot's host, one a validation; undefined: not due. */
  readonly answers: readonly (ProbeAnswer | undefined)[];
  /** The baseline's own last hours by bin (`version` is the baseline's): its dispersion is measured there. */
  readonly history?: readonly CountRow[] | undefined;
  /** What is wrong with the plan's own queries, said by the workspace's parser; empty: nothing. */
  readonly queryProblems?: readonly Problem[] | undefined;
}

export type { Problem };

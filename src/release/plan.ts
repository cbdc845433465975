import type { Margin } from '../judge/types.ts';

/**
 * The normalised plan: every default written out, durations in milliseconds, weights in PERCENT (the
 * judge's fractions are made in `judge-config.ts`, the one place that converts).
 */
export interface Plan {
  /** Name of the preset it came from, or `custom`. */
  readonly name: string;
  readonly strategy: 'canary' | 'blue-green';
  /** Rising weights; empty for blue-green. At most 50. */
  readonly steps: readonly Step[];
  readonly maxBlindMs: number;
  readonly maxPauseMs: number;
  /** From creation to promotion, paused time not counted. */
  readonly deadlineMs: number;
  readonly onUndecided: 'pause' | 'advance' | 'roll-back';
  readonly onBlind: 'pause' | 'roll-back';
  readonly onDeadline: 'pause' | 'roll-back';
  readonly analysis: Analysis;
  readonly validate: readonly HttpValidation[];
  readonly label: { readonly path: string; readonly require: boolean };
  readonly watchMs: number;
  readonly pinned: 'wait' | 'accept';
  /** Undefined: no paired probes. */
  readonly probes?: ProbePlan | undefined;
  /** `no-data` (telemetry answers, no rows) has limit and policy of its own; undefined: those of blindness. */
  readonly maxNoDataMs?: number | undefined;
  readonly onNoData?: 'pause' | 'roll-back' | undefined;
}

export interface Step {
  /** Percent of production traffic, 1-99. */
  readonly weight: number;
  /** The least judged time at this weight. */
  readonly bakeMs: number;
  /** When it is still undecided after this long, `onUndecided` applies. */
  readonly maxBakeMs: number;
}

export interface Analysis {
  readonly intervalMs: number;
  /** A bin is final no sooner than this after its end. */
  readonly settleMs: number;
  readonly alpha: number;
  readonly beta: number;
  readonly budget: { readonly absolute: number; readonly relative: number };
  /** Failure rate (fraction) that is harm whatever the baseline did; undefined: 3x baseline + budget. */
  readonly ceiling: number | undefined;
  /** Inclusive ranges of result codes that count as failures. */
  readonly failures: readonly StatusRange[];
  /** What else is judged and how. Undefined: request failures alone, in the default way. */
  readonly metrics?: Metrics | undefined;
}

export interface Metrics {
  readonly failures: FailureMetric;
  /** In the order that the bins keep. `off` metrics are left out. */
  readonly more: readonly Metric[];
}

/** What a metric does when it shows harm, and how much its evidence counts. */
export interface MetricRole {
  readonly on: 'rollback' | 'notify';
  /** Relative to the other `rollback` metrics; over 0. */
  readonly importance: number;
  /** Harm null: canary <= rho x baseline + delta (delta a fraction). */
  readonly rho: number;
  readonly delta: number;
  /** Rate (fraction) that is harm whatever the baseline does, from the first bin on. */
  readonly ceiling: number | undefined;
}

export interface FailureMetric extends Omit<MetricRole, 'on'> {
  readonly on: 'rollback' | 'notify' | 'off';
  /** Paths left out on both versions: `/health` is that path, `/admin/*` all below it. */
  readonly ignorePaths: readonly string[];
  /** True: synthetic traffic (availability tests) is counted too. */
  readonly synthetic: boolean;
}

export type Metric =
  | (MetricRole & { readonly kind: 'exceptions'; readonly name: 'exceptions' })
  | (MetricRole & { readonly kind: 'dependencies'; readonly name: 'dependencies' })
  | (MetricRole & {
      readonly kind: 'latency';
      readonly name: 'latency';
      /** Rising; a request slower than an edge counts as bad at that edge. */
      readonly edgesMs: readonly number[];
      readonly budget: { readonly absolute: number; readonly relative: number };
    })
  | (MetricRole & {
      readonly kind: 'kql';
      readonly name: string;
      /** Gives one row a version and bin: `Bin, Version, Requests, Failures` (docs/plans.md). */
      readonly query: string;
    });

/** Requests that Slipway sends to both versions while it judges: evidence for quiet apps. */
export interface ProbePlan extends MetricRole {
  /** To each of the two hosts. */
  readonly perSecond: number;
  readonly requests: readonly PairedRequest[];
  readonly timeoutMs: number;
  /** Rising; as those of the metric `latency`. Empty: answers are judged, their times are not. */
  readonly edgesMs: readonly number[];
  /** Others than GET and HEAD may be sent. */
  readonly unsafe?: boolean | undefined;
}

export interface PairedRequest {
  readonly path: string;
  /** Others than GET and HEAD only when the plan says `unsafe`. */
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  /** What counts as good; anything else, and no answer in time, is a failure. */
  readonly status: readonly StatusRange[];
}

export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** A request against the slot's own host before traffic, and against production's after the swap. */
export interface HttpValidation {
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly status: readonly StatusRange[];
  readonly bodyContains: string | undefined;
  /** Passes in a row that are needed. */
  readonly passes: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export type { Margin };

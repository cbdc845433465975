/**
 * `GET /api/releases/{id}/evidence`: what a chart of a release needs, bin by bin. Computed afresh from the
 * stored bins by the judge itself, so that a chart never shows other numbers than a decision saw.
 * Times are ISO 8601 in UTC, rates are fractions, e-values are natural logarithms.
 */
import type { CountsView } from '../contract.ts';

export interface EvidenceAnswer {
  readonly release: string;
  /** `release.sequence` at the time of reading. */
  readonly sequence: number;
  readonly canary: string;
  /** Null: nothing else reports (a first release), or nobody has looked yet. */
  readonly baseline: string | null;
  /** Length of a bin. */
  readonly binMs: number;
  /** Harm is shown when `harm` reaches it. */
  readonly harmThreshold: number;
  /** A step is certified while `certify` is at or above it. */
  readonly certifyThreshold: number;
  /**
   * Oldest first, at most 600: where a release has more bins, neighbours are added up (`bins` says how many),
   * so that every request is in exactly one point. Bins are added up only with their like (judged or not,
   * of the same step, before or after the swap). Only final bins are stored, so `release.verdict`, which reads
   * provisional ones too, may be a few bins ahead of the last point.
   */
  readonly points: readonly EvidencePoint[];
  /** The metrics besides request failures, in the plan's order. */
  readonly metrics: readonly EvidenceMetric[];
}

export interface EvidencePoint {
  /** Start of its first bin. */
  readonly at: string;
  /** How many bins it adds up. */
  readonly bins: number;
  /** False: newer rows may still come in. Only harm is read from such bins. */
  readonly final: boolean;
  /** False: not judged (paused, or before the weight was read back). */
  readonly judged: boolean;
  /** The new version is production. */
  readonly watch: boolean;
  readonly canary: VersionPoint;
  readonly baseline: VersionPoint;
  /** Percent of all requests that the canary served (by `sum(ItemCount)`); null: there was no traffic. */
  readonly share: number | null;
  /** Cumulative log e-value against "harmless", up to and with this point. */
  readonly harm: number;
  /**
   * Cumulative log e-value against "worse than the margin", up to and with this point, of the step that its
   * bins were judged in; null: nothing was to be certified then.
   */
  readonly certify: number | null;
  /** Number of that step, from 1; null: none (no steps, promoting, the watch). */
  readonly step: number | null;
}

/** One version in one point. */
export interface VersionPoint extends CountsView {
  /** failures / requests, with its interval of 95 % (Wilson's); null: no requests. */
  readonly rate: Interval | null;
}

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface EvidenceMetric {
  readonly name: string;
  readonly kind: 'failures' | 'exceptions' | 'dependencies' | 'latency' | 'kql' | 'probes';
  /** Latency: the edges in milliseconds, rising; `slow[i]` counts what was slower than `edgesMs[i]`. */
  readonly edgesMs: readonly number[] | null;
  /** One a point of `points`; null: not measured then. */
  readonly points: readonly (MetricPoint | null)[];
}

export interface MetricPoint {
  readonly canary: MetricTallyView;
  readonly baseline: MetricTallyView;
}

export interface MetricTallyView {
  readonly n: number;
  /** Bad ones by each measure; for latency one an edge. */
  readonly x: readonly number[];
  /**
   * Latency: the edges between which the 95th percentile lies, with 95 % confidence (where few were measured
   * they are far apart); `high` null: no edge is surely above it. Else null.
   */
  readonly p95Ms: { readonly low: number; readonly high: number | null } | null;
}

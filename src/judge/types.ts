/**
 * What the judge takes and gives. Counts are ROWS of telemetry unless a name says otherwise: a row
 * is an honest observation at any sampling rate, a sum of ItemCount is not (statistics.md 3.1).
 * Weights and rates are fractions here, never percents. Logarithms are natural.
 */

/** Requests of one version in one bin. */
export interface Counts {
  /** Rows of AppRequests. */
  readonly requests: number;
  /** Rows that count as failures under the plan. */
  readonly failures: number;
  /** `sum(ItemCount)`: how many requests the rows stand for. For traffic shares only. */
  readonly items: number;
}

/** One interval of TimeGenerated, both versions. Bins are contiguous and in ascending order. */
export interface Bin {
  /** Start of the interval, milliseconds since the epoch. Its length is the plan's interval. */
  readonly startMs: number;
  /** Final bins are frozen and may certify; provisional bins may only show harm. */
  readonly final: boolean;
  readonly canary: Counts;
  readonly baseline: Counts;
  /** False in bins that are not judged: stored so that the index still advances (a pause, a gap). */
  readonly judged: boolean;
  /** True once the canary is production: from then on the ceiling process runs as well. */
  readonly watch: boolean;
}

/** Margin of one step: certified means "not worse than rho x baseline + delta" (statistics.md 3). */
export interface Margin {
  readonly rho: number;
  readonly delta: number;
}

export interface JudgeConfig {
  /** Chance of a false rollback over the whole release, spent once (Ville). */
  readonly alpha: number;
  /** Chance of wrongly certifying one step. */
  readonly beta: number;
  /** Harm null: canary <= rho x baseline + delta. */
  readonly rho: number;
  readonly delta: number;
  /** Overdispersion; every log increment is divided by it. 1 = none. */
  readonly phi: number;
  /** H of the start-time mixture: planned bins of deadline + watch. */
  readonly horizonBins: number;
  /** Margins, one a step (statistics.md 3: scaled to the NEXT weight). Empty for blue-green. */
  readonly margins: readonly Margin[];
  /**
   * `concurrent`: 0.8 of the evidence compares with the baseline, 0.2 with the ceiling once the
   * canary is production. `ceiling`: no baseline exists (blue-green, a first release), the ceiling
   * judges alone and throughout.
   */
  readonly mode: 'concurrent' | 'ceiling';
  /**
   * False: no bin of a watch will come, so nothing of alpha is kept for the ceiling and harm is the
   * comparison alone. For counts that are judged by themselves; a release always has a watch.
   */
  readonly watchFollows?: boolean;
  /** Failure rate (fraction) above which the canary is harmful whatever the baseline did. */
  readonly ceiling: number;
}

/** Evidence after the last bin given; all values are cumulative. */
export interface Evidence {
  /** Log e-value against "harmless"; harm when it reaches `harmThreshold` = ln(1/alpha). */
  readonly harm: number;
  /** The largest value `harm` ever had: `exp(-maxHarm)` bounds the p-value. */
  readonly maxHarm: number;
  readonly harmThreshold: number;
  /** The two log e-values that make `harm`: 0 while theirs has not begun. */
  readonly concurrent: number;
  readonly ceiling: number;
  /** Log e-value against "worse than the margin", one a step, final bins only. */
  readonly certify: readonly number[];
  /** Log e-value against "above the ceiling", final bins only: what certifies without a baseline. */
  readonly certifyCeiling: number;
  readonly certifyThreshold: number;
  /** Totals over all judged bins (final and provisional). */
  readonly canary: Counts;
  readonly baseline: Counts;
  /** Judged bins, and the final ones among them. */
  readonly bins: number;
  readonly finalBins: number;
}

export type VerdictOutcome = 'harm' | 'certified' | 'undecided' | 'no-data' | 'unavailable';

export interface Verdict {
  readonly outcome: VerdictOutcome;
  readonly evidence: Evidence;
  /** One plain sentence with both rates, what it was compared with, and how sure. */
  readonly sentence: string;
}

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

/** What a metric counted of one version in one bin. */
export interface Tally {
  /** Chances: requests, dependency calls, probes. */
  readonly n: number;
  /** Bad ones by each of the metric's measures: one number, for latency one an edge. Each at most `n`. */
  readonly x: readonly number[];
}

/** One metric in one bin. */
export interface MetricTally {
  readonly canary: Tally;
  readonly baseline: Tally;
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
  /** The metrics besides request failures, in the order of `JudgeConfig.more`; null: not measured. */
  readonly more?: readonly (MetricTally | null)[];
}

/** Margin of one step: certified means "not worse than rho x baseline + delta" (statistics.md 3). */
export interface Margin {
  readonly rho: number;
  readonly delta: number;
}

export type MetricKind = 'failures' | 'exceptions' | 'dependencies' | 'latency' | 'kql' | 'probes';

/** A metric besides request failures. Everything not said here is as in JudgeConfig. */
export interface MetricConfig {
  /** Its name in the plan; in sentences too. */
  readonly name: string;
  readonly kind: MetricKind;
  /** `rollback` takes part in the release's verdict; `notify` is judged by itself and only told. */
  readonly on: 'rollback' | 'notify';
  /** Share of the weighted mean of e-values (its importance); those of all `rollback` metrics, request failures included, sum to 1. Not used for `notify`. */
  readonly share: number;
  /** Harm null: canary <= rho x baseline + delta, for each measure. */
  readonly rho: number;
  readonly delta: number;
  readonly phi: number;
  /** Number of measures (`x.length`); their e-values count by their mean. 1 to 30. */
  readonly measures: number;
  /** Latency: the edge of each measure in milliseconds, rising; slower than it counts. Left out: no latency. */
  readonly edges?: readonly number[];
  /** One a measure: the rate that is harm whatever the baseline did. Empty: none. */
  readonly ceilings: readonly number[];
  /** From when the ceilings are held against: the first bin, or once the canary is production. */
  readonly ceilingFrom: 'start' | 'watch';
  /** One a step, as JudgeConfig.margins; a step is certified when every measure is. Empty: never asked. */
  readonly margins: readonly Margin[];
  /** True: both versions are measured in the watch too (probes), so the comparison goes on there. */
  readonly comparesInWatch: boolean;
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
  /** H of the start-time mixture: planned bins of deadline + watch. A pause may take more (mixture.ts). */
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
  /** From when the ceiling is held against in `concurrent` mode. Left out: `watch`. */
  readonly ceilingFrom?: 'start' | 'watch';
  /** What request failures are for. Left out: `rollback`. `off`: counted, never judged. */
  readonly on?: 'rollback' | 'notify' | 'off';
  /** Share of request failures in the weighted mean. Left out: 1. */
  readonly share?: number;
  /** The other metrics; at most 20. Left out: none. */
  readonly more?: readonly MetricConfig[];
}

/** Evidence of one metric besides request failures; all values are cumulative. */
export interface MetricEvidence {
  readonly name: string;
  readonly kind: MetricKind;
  readonly on: 'rollback' | 'notify';
  /** Log e-value against "harmless" of this metric alone (mean over its measures), and its maximum. */
  readonly harm: number;
  readonly maxHarm: number;
  /** Index of the measure with the strongest evidence of harm. */
  readonly worst: number;
  /** Log e-value against "worse than the margin", one a step: the least of its measures. */
  readonly certify: readonly number[];
  /** Totals over all judged bins. */
  readonly canary: Tally;
  readonly baseline: Tally;
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
  /** `harm` and `maxHarm` above are of all `rollback` metrics together; these are request failures alone. */
  readonly own?: { readonly harm: number; readonly maxHarm: number };
  /** The other metrics, in the order of the configuration. Left out: there are none. */
  readonly more?: readonly MetricEvidence[];
}

/** Confidence interval (1 - alpha, valid at any time) of canary rate / baseline rate. */
export interface RatioInterval {
  readonly low: number;
  /** Infinity: nothing limits it yet. */
  readonly high: number;
}

/** What is missing until a step is decided, if things go on as they are. */
export interface Outlook {
  /** More canary requests until it can be certified; undefined: never at these rates, or `early`. */
  readonly requests: number | undefined;
  /** About how long that takes at the present traffic, in bins. */
  readonly bins: number | undefined;
  /** True: what has been seen is too little to say "never". */
  readonly early?: boolean | undefined;
}

export type VerdictOutcome = 'harm' | 'certified' | 'undecided' | 'no-data' | 'unavailable';

export interface Verdict {
  readonly outcome: VerdictOutcome;
  readonly evidence: Evidence;
  /** One plain sentence with both rates, what it was compared with, and how sure. */
  readonly sentence: string;
  /** Interval of the ratio of failure rates; undefined without two versions to compare. */
  readonly ratio?: RatioInterval | undefined;
  /** When undecided. */
  readonly outlook?: Outlook | undefined;
  /** The metric whose evidence weighs most in harm: `failures`, or a name of `more`. */
  readonly by?: string;
  /** `notify` metrics whose own evidence reached 1/alpha, with a sentence each; latched like harm. */
  readonly alerts?: readonly { readonly name: string; readonly sentence: string }[];
}

import { Boards } from './boards.ts';
import { EValue, heaviest, type Part, setMean } from './e-value.ts';
import {
  failureDetail,
  foldRequestFailures,
  startFailures,
  type FailureDetail,
  type FailureState,
} from './failure-evidence.ts';
import { checkBin } from './input.ts';
import {
  foldMetric,
  metricDetail,
  startMetric,
  type MetricDetail,
  type MetricState,
} from './metric-evidence.ts';
import { placeOf, type Basis, type Place } from './place.ts';
import type { Bin, Evidence, JudgeConfig } from './types.ts';

/** Name of the metric that every release has, among the names of `JudgeConfig.more`. */
export const FAILURES = 'failures';

/** Evidence and what the sentence about it needs besides. */
export interface EvidenceDetail {
  readonly evidence: Evidence;
  /** Request failures by themselves. */
  readonly failures: FailureDetail;
  /** In the order of `JudgeConfig.more`. */
  readonly metrics: readonly MetricDetail[];
  /** The metric that weighed most in `maxHarm`: FAILURES, or a name of `JudgeConfig.more`. */
  readonly by: string;
  /** What request failures of the newest bin are measured against. */
  readonly basis: Basis;
  /**
   * Canary rows in judged bins that start at or after `sinceMs`: requests, or where request failures
   * cannot roll back, the chances of the metrics that can.
   */
  readonly canaryRowsSince: number;
}

export interface FoldOptions {
  readonly config: JudgeConfig;
  readonly bins: readonly Bin[];
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Evidence that grows bin by bin. */
export interface EvidenceFold {
  /**
   * Folds one bin, O(measures of all metrics). One that is not judged changes nothing but the index of
   * the start-time mixture.
   * @throws JudgeInputError for a bin whose counts or start are impossible.
   */
  readonly fold: (bin: Bin) => void;
  /** The evidence after the last bin; its totals are live until the next one. */
  readonly detail: () => EvidenceDetail;
}

/** A metric that can roll back, with its share in the release's e-value. */
interface Weighed extends Part {
  readonly name: string;
}

/** The mutable side of EvidenceDetail while bins are folded. */
interface Progress {
  readonly harm: EValue;
  readonly maxHarm: EValue;
  by: string;
  basis: Basis;
  bins: number;
  finalBins: number;
  canaryRowsSince: number;
}

export function startEvidence({ config, sinceMs }: Omit<FoldOptions, 'bins'>): EvidenceFold {
  const boards = new Boards();
  const failures = startFailures(config, boards);
  const metrics = (config.more ?? []).map((metric) =>
    startMetric(metric, { judge: config, boards }),
  );
  const weighed = weigh(failures, metrics);
  const progress = startProgress(config, weighed);
  let previousStartMs = -Infinity;
  let index = -1;
  const fold = (bin: Bin): void => {
    index += 1;
    checkBin(bin, { config, index, previousStartMs });
    previousStartMs = bin.startMs;
    const place = placeOf(bin, index, config);
    progress.basis = place.basis;
    foldRequestFailures(failures, bin, place);
    foldMetrics(metrics, bin, place);
    weighHarm(progress, weighed);
    if (!bin.judged) return;
    progress.bins += 1;
    if (bin.final) progress.finalBins += 1;
    if (bin.startMs >= sinceMs) progress.canaryRowsSince += rowsOf(bin, config);
  };
  const detail = (): EvidenceDetail => toDetail({ config, failures, metrics, progress });
  return { fold, detail };
}

/**
 * Folds all bins afresh.
 * @throws JudgeInputError for a bin whose counts or start are impossible.
 */
export function foldEvidence({ bins, ...start }: FoldOptions): EvidenceDetail {
  const { fold, detail } = startEvidence(start);
  for (const bin of bins) fold(bin);
  return detail();
}

function startProgress({ mode }: JudgeConfig, weighed: readonly Weighed[]): Progress {
  return {
    harm: new EValue(),
    maxHarm: new EValue(),
    by: weighed[0]?.name ?? FAILURES,
    basis: mode === 'ceiling' ? 'ceiling' : 'baseline',
    bins: 0,
    finalBins: 0,
    canaryRowsSince: 0,
  };
}

function weigh(failures: FailureState, metrics: readonly MetricState[]): readonly Weighed[] {
  const { on = 'rollback', share = 1 } = failures.config;
  const first = { name: FAILURES, share, value: failures.harm };
  const others = metrics
    .filter(({ config }) => config.on === 'rollback')
    .map(({ config, harm }) => ({ name: config.name, share: config.share, value: harm }));
  return on === 'rollback' ? [first, ...others] : others;
}

function foldMetrics(metrics: readonly MetricState[], bin: Bin, place: Place): void {
  let i = 0;
  for (const metric of metrics) {
    foldMetric(metric, bin.more?.[i] ?? null, place);
    i += 1;
  }
}

/**
 * What a step cannot be without: rows of the metrics that can roll back. People's requests, or the
 * probes that stand for them; without either the others say too little.
 */
function rowsOf(bin: Bin, { on = 'rollback', more = [] }: JudgeConfig): number {
  const people = on === 'rollback' || more.every((metric) => metric.on === 'notify');
  return more.reduce(
    (rows, metric, i) => {
      const counts = metric.on === 'rollback' && (!people || metric.kind === 'probes');
      return counts ? rows + (bin.more?.[i]?.canary.n ?? 0) : rows;
    },
    people ? bin.canary.requests : 0,
  );
}

/**
 * The weighted mean of the e-values of all metrics that can roll back: valid under any dependence
 * between them, and better than dividing alpha (statistics.md 3, several metrics).
 */
function weighHarm(progress: Progress, weighed: readonly Weighed[]): void {
  if (weighed.length === 0) return;
  const { harm, maxHarm } = progress;
  setMean(harm, weighed);
  if (!harm.isAbove(maxHarm)) return;
  maxHarm.takeOver(harm);
  progress.by = heaviest(weighed)?.name ?? progress.by;
}

interface Folded {
  readonly config: JudgeConfig;
  readonly failures: FailureState;
  readonly metrics: readonly MetricState[];
  readonly progress: Progress;
}

function toDetail({ config, failures: state, metrics: states, progress }: Folded): EvidenceDetail {
  const { harm, maxHarm, by, basis, bins, finalBins, canaryRowsSince } = progress;
  const failures = failureDetail(state);
  const metrics = states.map(metricDetail);
  // Left out where harm is of request failures alone: then these would only repeat it.
  const alone = metrics.length === 0 && (config.on ?? 'rollback') === 'rollback';
  const parts = {
    own: { harm: failures.harm, maxHarm: failures.maxHarm },
    more: metrics.map(({ evidence }) => evidence),
  };
  const evidence: Evidence = {
    harm: harm.ln,
    maxHarm: maxHarm.ln,
    harmThreshold: -Math.log(config.alpha),
    concurrent: failures.concurrent,
    ceiling: failures.ceiling,
    certify: failures.certify,
    certifyCeiling: failures.certifyCeiling,
    certifyThreshold: -Math.log(config.beta),
    canary: failures.seen.all.canary,
    baseline: failures.seen.all.baseline,
    bins,
    finalBins,
    ...(alone ? {} : parts),
  };
  return { evidence, failures, metrics, by, basis, canaryRowsSince };
}

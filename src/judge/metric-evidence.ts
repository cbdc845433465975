import { lnShares, startCeilingHarm, type LnShares } from './ceiling.ts';
import { certifiedOf, foldTable, startTable, type CertifyTable } from './certify-table.ts';
import {
  foldBlind,
  foldFailures,
  setOdds,
  firstShareOf,
  startHarm,
  startOdds,
  type HarmState,
  type Odds,
} from './harm.ts';
import { logAddExp } from './log-math.ts';
import { addTally, newTally, totalOf, type TallyTotal } from './metric-tally.ts';
import type { Basis, Place } from './place.ts';
import type { JudgeConfig, MetricConfig, MetricEvidence, MetricTally } from './types.ts';

/** One measure of a metric: latency has one an edge, all others have one. */
interface Measure {
  /** Null: this metric is never compared. */
  readonly concurrent: HarmState | null;
  /** Null: no ceiling, or not yet judged by it. */
  ceiling: HarmState | null;
  /** Log e-value of the two together. */
  harm: number;
}

/** Evidence of one metric besides request failures. Changed in place. */
export interface MetricState {
  readonly config: MetricConfig;
  readonly judge: JudgeConfig;
  readonly lnShares: LnShares;
  readonly cappedFromStart: boolean;
  /** Shared by all measures, as their requests are. */
  readonly odds: Odds;
  readonly measures: readonly Measure[];
  readonly certify: CertifyTable;
  harm: number;
  maxHarm: number;
  /** Which measure, and against what, made `maxHarm`. */
  worst: number;
  harmBasis: Basis;
  /** What the newest bin is held against. */
  basis: Basis;
  /** Judged bins, by the basis of the release's bins. */
  readonly totals: Readonly<Record<Basis, TallyTotal>>;
}

/** Evidence of one metric and what the sentences about it need besides. */
export interface MetricDetail {
  readonly config: MetricConfig;
  readonly evidence: MetricEvidence;
  readonly harmBasis: Basis;
  /** What its newest bin is held against: probes are compared in the watch too. */
  readonly basis: Basis;
  /** What was compared with the baseline, and what was held against ceilings. */
  readonly compared: { readonly all: MetricTally; readonly final: MetricTally };
  readonly capped: { readonly all: MetricTally; readonly final: MetricTally };
  /** The measure that is furthest from being certified, one a step. */
  readonly shortest: readonly number[];
}

export function startMetric(config: MetricConfig, judge: JudgeConfig): MetricState {
  const { rho, delta, phi, ceilings } = config;
  const { horizonBins } = judge;
  const alone = judge.mode === 'ceiling';
  const cappedFromStart = alone || config.ceilingFrom === 'start';
  const firstShare = firstShareOf(judge.watchFollows);
  const odds = startOdds({ rho, delta, phi, horizonBins, firstShare });
  const follows = ceilings.length > 0 && (cappedFromStart || judge.watchFollows !== false);
  // Without a baseline and with a ceiling nothing is kept for a comparison that cannot come.
  const compares = !alone || config.comparesInWatch || ceilings.length === 0;
  const measures = Array.from({ length: config.measures }, () => ({
    concurrent: compares ? startHarm(odds.null, odds) : null,
    ceiling: null,
    harm: 0,
  }));
  return {
    config,
    judge,
    lnShares: lnShares(follows),
    cappedFromStart,
    odds,
    measures,
    certify: startTable(config.margins, config),
    harm: 0,
    maxHarm: 0,
    worst: 0,
    harmBasis: compares ? 'baseline' : 'ceiling',
    basis: compares ? 'baseline' : 'ceiling',
    totals: { baseline: newTally(config.measures), ceiling: newTally(config.measures) },
  };
}

/** Folds one bin, O(measures). `null`, not measured, changes nothing but the index of the mixture. */
export function foldMetric(state: MetricState, tally: MetricTally | null, place: Place): void {
  const { config } = state;
  const seen = place.judged ? tally : null;
  const compares = place.basis === 'baseline' || config.comparesInWatch;
  const compared = compares ? seen : null;
  const mayCap = place.basis === 'ceiling' || state.cappedFromStart;
  if (mayCap) beginCeilings(state, place.index);
  state.basis = compares || config.ceilings.length === 0 ? 'baseline' : 'ceiling';
  foldComparison(state, compared);
  foldCeilings(state, mayCap ? seen : null);
  if (seen === null) return;
  combine(state);
  addTally(state.totals[place.basis], seen, place.final);
  if (compared !== null && place.final) foldTable(state.certify, compared);
}

function beginCeilings({ config, judge, measures }: MetricState, index: number): void {
  for (const [i, ceiling] of config.ceilings.entries()) {
    const measure = measures[i];
    if (measure === undefined) continue;
    measure.ceiling ??= startCeilingHarm({ ...judge, ceiling, phi: config.phi }, index);
  }
}

function foldComparison({ odds, measures }: MetricState, compared: MetricTally | null): void {
  if (compared !== null) setOdds(odds, compared.canary.n, compared.baseline.n);
  for (let i = 0; i < measures.length; i += 1) {
    const process = measures[i]?.concurrent ?? null;
    if (process === null) continue;
    if (compared === null) foldBlind(process);
    else foldFailures(process, compared.canary.x[i] ?? 0, compared.baseline.x[i] ?? 0);
  }
}

function foldCeilings({ measures }: MetricState, capped: MetricTally | null): void {
  for (let i = 0; i < measures.length; i += 1) {
    const process = measures[i]?.ceiling ?? null;
    if (process === null) continue;
    if (capped === null) {
      foldBlind(process);
      continue;
    }
    setOdds(process.odds, capped.canary.n, capped.baseline.n);
    foldFailures(process, capped.canary.x[i] ?? 0, 0);
  }
}

/** The mean of the measures' e-values: an e-value under any dependence (statistics.md 5.5). */
function combine(state: MetricState): void {
  const { measures } = state;
  let max = -Infinity;
  let worst = 0;
  for (let i = 0; i < measures.length; i += 1) {
    const measure = measures[i];
    if (measure === undefined) continue;
    measure.harm = harmOf(measure, state.lnShares);
    if (measure.harm <= max) continue;
    max = measure.harm;
    worst = i;
  }
  state.harm = measures.length === 1 ? max : logMean(measures, max);
  if (state.harm <= state.maxHarm) return;
  state.maxHarm = state.harm;
  state.worst = worst;
  state.harmBasis = basisOf(measures[worst], state.lnShares);
}

function harmOf({ concurrent, ceiling }: Measure, { concurrent: a, ceiling: b }: LnShares): number {
  const against = ceiling?.logE ?? 0;
  if (concurrent === null) return against;
  return b === -Infinity ? concurrent.logE : logAddExp(a + concurrent.logE, b + against);
}

function logMean(measures: readonly Measure[], max: number): number {
  let sum = 0;
  for (const { harm } of measures) sum += Math.exp(harm - max);
  return max + Math.log(sum / measures.length);
}

function basisOf(measure: Measure | undefined, shares: LnShares): Basis {
  const { concurrent = null, ceiling = null } = measure ?? {};
  if (concurrent === null) return 'ceiling';
  if (ceiling === null) return 'baseline';
  const compared = shares.concurrent + concurrent.logE;
  return compared >= shares.ceiling + ceiling.logE ? 'baseline' : 'ceiling';
}

export function metricDetail(state: MetricState): MetricDetail {
  const { config, harm, maxHarm, worst, harmBasis, totals } = state;
  const steps = config.margins.map((_, step) => certifiedOf(state.certify, step));
  const { baseline: ramp, ceiling: watch } = totals;
  const all = totalOf([ramp, watch]);
  const { canary, baseline } = all.all;
  return {
    config,
    evidence: {
      name: config.name,
      kind: config.kind,
      on: config.on,
      harm,
      maxHarm,
      worst,
      certify: steps.map(({ logE }) => logE),
      canary,
      baseline,
    },
    harmBasis,
    basis: state.basis,
    compared: config.comparesInWatch ? all : totalOf([ramp]),
    capped: state.cappedFromStart ? all : totalOf([watch]),
    shortest: steps.map(({ measure }) => measure),
  };
}

import type { Boards } from './boards.ts';
import { type BasedPart, partsOf, sharesOf, startCeilingHarm, type Shares } from './ceiling.ts';
import { certifiedOf, foldTable, startTable, type CertifyTable } from './certify-table.ts';
import { EValue, heaviest, type Part, setMean } from './e-value.ts';
import {
  foldBlind,
  foldFailures,
  setOdds,
  startHarm,
  startOdds,
  type HarmState,
  type Odds,
} from './harm.ts';
import { addTally, newTally, totalOf, type TallyTotal } from './metric-tally.ts';
import { mixtureOf } from './mixture.ts';
import type { Basis, Place } from './place.ts';
import type { JudgeConfig, MetricConfig, MetricEvidence, MetricTally } from './types.ts';

/** One measure of a metric: latency has one an edge, all others have one. */
interface Measure extends Part {
  /** Of the two processes together. */
  readonly value: EValue;
  /** Null: this metric is never compared. */
  readonly concurrent: HarmState | null;
  /** Null: no ceiling, or not yet judged by it. */
  ceiling: HarmState | null;
  /** The two as they count in `value`. */
  parts: readonly BasedPart[];
}

/** Evidence of one metric besides request failures. Changed in place. */
export interface MetricState {
  readonly config: MetricConfig;
  readonly judge: JudgeConfig;
  readonly shares: Shares;
  readonly cappedFromStart: boolean;
  /** Shared by all measures, as their requests are. */
  readonly odds: Odds;
  readonly measures: readonly Measure[];
  readonly certify: CertifyTable;
  readonly harm: EValue;
  readonly maxHarm: EValue;
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

export function startMetric(
  config: MetricConfig,
  { judge, boards }: { readonly judge: JudgeConfig; readonly boards: Boards },
): MetricState {
  const { rho, delta, ceilings, measures } = config;
  const alone = judge.mode === 'ceiling';
  const cappedFromStart = alone || config.ceilingFrom === 'start';
  const mixture = mixtureOf(judge.watchFollows);
  const harmNull = { ...config, horizonBins: judge.horizonBins, mixture };
  const odds = startOdds(boards.stakes({ rho, delta, mixture }));
  const follows = ceilings.length > 0 && (cappedFromStart || judge.watchFollows !== false);
  const shares = sharesOf(follows);
  // Without a baseline and with a ceiling nothing is kept for a comparison that cannot come.
  const compares = !alone || config.comparesInWatch || ceilings.length === 0;
  const measure = (): Measure => {
    const concurrent = compares ? startHarm(harmNull, odds) : null;
    const parts = partsOf({ concurrent, ceiling: null }, shares);
    return { share: 1 / measures, value: new EValue(), concurrent, ceiling: null, parts };
  };
  return {
    config,
    judge,
    shares,
    cappedFromStart,
    odds,
    measures: Array.from({ length: measures }, measure),
    certify: startTable(config.margins, { ...config, board: boards.gains(config.margins) }),
    harm: new EValue(),
    maxHarm: new EValue(),
    worst: 0,
    harmBasis: compares ? 'baseline' : 'ceiling',
    basis: compares ? 'baseline' : 'ceiling',
    totals: { baseline: newTally(measures), ceiling: newTally(measures) },
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

function beginCeilings({ config, judge, measures, shares }: MetricState, index: number): void {
  for (const [i, ceiling] of config.ceilings.entries()) {
    const measure = measures[i];
    if (measure?.ceiling !== null) continue;
    measure.ceiling = startCeilingHarm({ ...judge, ceiling, phi: config.phi }, index);
    measure.parts = partsOf(measure, shares);
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
  const { measures, harm, maxHarm } = state;
  for (const { value, parts } of measures) setMean(value, parts);
  setMean(harm, measures);
  if (!harm.isAbove(maxHarm)) return;
  maxHarm.takeOver(harm);
  const worst = heaviest(measures);
  if (worst === undefined) return;
  state.worst = measures.indexOf(worst);
  state.harmBasis = heaviest(worst.parts)?.basis ?? state.harmBasis;
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
      harm: harm.ln,
      maxHarm: maxHarm.ln,
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

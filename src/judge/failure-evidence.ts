import type { Boards } from './boards.ts';
import {
  type BasedPart,
  partsOf,
  sharesOf,
  startCeilingCertify,
  startCeilingHarm,
  type Shares,
} from './ceiling.ts';
import { certifiedOf, foldTable, startTable, type CertifyTable } from './certify-table.ts';
import { certifyLogE, foldCertify, type CertifyState } from './certify.ts';
import { EValue, heaviest, setMean } from './e-value.ts';
import { startHarm, startOdds, stepHarm, type Arms, type HarmState } from './harm.ts';
import { mixtureOf } from './mixture.ts';
import type { Basis, Place } from './place.ts';
import type { Bin, Counts, JudgeConfig } from './types.ts';

/** Counts of both arms, over all bins of a kind and over the final ones. */
export interface Totals {
  readonly all: Arms;
  readonly final: Arms;
}

/** Evidence of request failures, the metric that every release has. Changed in place. */
export interface FailureState {
  readonly config: JudgeConfig;
  readonly shares: Shares;
  /** Null: never compared, because no baseline exists or failures are not judged. */
  readonly concurrent: HarmState | null;
  /** Null until the ceiling is judged by. */
  ceiling: HarmState | null;
  /** The two as they count in `harm`. */
  parts: readonly BasedPart[];
  readonly certify: CertifyTable;
  /** The counts of a bin as the table takes them: written for each bin, so that none makes garbage. */
  readonly tally: ReturnType<typeof newTally>;
  readonly certifyCeiling: CertifyState;
  readonly harm: EValue;
  readonly maxHarm: EValue;
  /** Which of the two processes made `maxHarm`. */
  harmBasis: Basis;
  /** Judged bins of either basis. */
  readonly totals: Readonly<Record<Basis, ReturnType<typeof newTotals>>>;
}

/** What sentences about request failures are made of. */
export interface FailureDetail {
  readonly harm: number;
  readonly maxHarm: number;
  readonly harmBasis: Basis;
  readonly concurrent: number;
  readonly ceiling: number;
  readonly certify: readonly number[];
  readonly certifyCeiling: number;
  /** What was compared with the baseline: judged bins before the canary became production. */
  readonly compared: Totals;
  /** What was held against the ceiling: judged bins of the watch, or all from the start. */
  readonly capped: Totals;
  /** All judged bins. */
  readonly seen: Totals;
}

export function startFailures(config: JudgeConfig, boards: Boards): FailureState {
  const comparing = config.mode === 'concurrent';
  const fromStart = cappedFromStart(config);
  const judged = config.on !== 'off';
  const { rho, delta, phi, margins } = config;
  const mixture = mixtureOf(config.watchFollows);
  const harmNull = { ...config, mixture };
  const odds = startOdds(boards.stakes({ rho, delta, mixture }));
  const shares = sharesOf(fromStart || config.watchFollows !== false);
  const concurrent = comparing && judged ? startHarm(harmNull, odds) : null;
  const ceiling = fromStart && judged ? startCeilingHarm(config, 0) : null;
  return {
    config,
    shares,
    concurrent,
    ceiling,
    parts: partsOf({ concurrent, ceiling }, shares),
    certify: startTable(margins, { phi, measures: 1, board: boards.gains(margins) }),
    tally: newTally(),
    certifyCeiling: startCeilingCertify(config),
    harm: new EValue(),
    maxHarm: new EValue(),
    harmBasis: comparing ? 'baseline' : 'ceiling',
    totals: { baseline: newTotals(), ceiling: newTotals() },
  };
}

/** Folds one bin, O(1). One that is not judged changes nothing but the index of the mixture. */
export function foldRequestFailures(state: FailureState, bin: Bin, place: Place): void {
  if (state.config.on !== 'off') {
    if (place.basis === 'ceiling') beginCeiling(state, place.index);
    foldHarms(state, bin, place);
  }
  if (!place.judged) return;
  const totals = state.totals[place.basis];
  addArms(totals.all, bin);
  if (!place.final) return;
  addArms(totals.final, bin);
  foldTable(state.certify, tallyOf(state, bin));
  if (place.basis === 'ceiling') foldCertify(state.certifyCeiling, bin);
}

function beginCeiling(state: FailureState, index: number): void {
  if (state.ceiling !== null) return;
  state.ceiling = startCeilingHarm(state.config, index);
  state.parts = partsOf(state, state.shares);
}

function foldHarms(state: FailureState, bin: Bin, place: Place): void {
  const { concurrent, ceiling, parts, harm, maxHarm } = state;
  const seen = place.judged ? bin : null;
  const capped = place.basis === 'ceiling' || cappedFromStart(state.config) ? seen : null;
  if (ceiling !== null) stepHarm(ceiling, capped);
  // In the watch too: without baseline rows its increments are exactly 0.
  if (concurrent !== null) stepHarm(concurrent, seen);
  setMean(harm, parts);
  if (!harm.isAbove(maxHarm)) return;
  maxHarm.takeOver(harm);
  state.harmBasis = heaviest(parts)?.basis ?? state.harmBasis;
}

function tallyOf({ tally }: FailureState, { canary, baseline }: Bin): FailureState['tally'] {
  tally.canary.n = canary.requests;
  tally.canary.x[0] = canary.failures;
  tally.baseline.n = baseline.requests;
  tally.baseline.x[0] = baseline.failures;
  return tally;
}

export function failureDetail(state: FailureState): FailureDetail {
  const { harm, maxHarm, harmBasis, totals } = state;
  const seen = { all: addedArms(totals, 'all'), final: addedArms(totals, 'final') };
  return {
    harm: harm.ln,
    maxHarm: maxHarm.ln,
    harmBasis,
    concurrent: state.concurrent?.value.ln ?? 0,
    ceiling: state.ceiling?.value.ln ?? 0,
    certify: state.certify.margins.map((_, step) => certifiedOf(state.certify, step).logE),
    certifyCeiling: certifyLogE(state.certifyCeiling),
    compared: totals.baseline,
    capped: cappedFromStart(state.config) ? seen : totals.ceiling,
    seen,
  };
}

function cappedFromStart({ mode, ceilingFrom }: JudgeConfig): boolean {
  return mode === 'ceiling' || ceilingFrom === 'start';
}

function newTally() {
  return { canary: { n: 0, x: [0] }, baseline: { n: 0, x: [0] } };
}

function newTotals() {
  return { all: newArms(), final: newArms() };
}

function newArms() {
  return {
    canary: { requests: 0, failures: 0, items: 0 },
    baseline: { requests: 0, failures: 0, items: 0 },
  };
}

function addArms(total: ReturnType<typeof newArms>, { canary, baseline }: Arms): void {
  total.canary.requests += canary.requests;
  total.canary.failures += canary.failures;
  total.canary.items += canary.items;
  total.baseline.requests += baseline.requests;
  total.baseline.failures += baseline.failures;
  total.baseline.items += baseline.items;
}

function addedArms({ baseline, ceiling }: FailureState['totals'], kind: keyof Totals): Arms {
  return {
    canary: sum(baseline[kind].canary, ceiling[kind].canary),
    baseline: sum(baseline[kind].baseline, ceiling[kind].baseline),
  };
}

function sum(a: Counts, b: Counts): Counts {
  return {
    requests: a.requests + b.requests,
    failures: a.failures + b.failures,
    items: a.items + b.items,
  };
}

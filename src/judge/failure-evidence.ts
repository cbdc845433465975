import { lnShares, startCeilingCertify, startCeilingHarm, type LnShares } from './ceiling.ts';
import { certifyLogE, foldCertify, startCertify, type CertifyState } from './certify.ts';
import { firstShareOf, foldHarm, startHarm, type Arms, type HarmState } from './harm.ts';
import { logAddExp } from './log-math.ts';
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
  readonly lnShares: LnShares;
  /** Null: never compared, because no baseline exists or failures are not judged. */
  readonly concurrent: HarmState | null;
  /** Null until the ceiling is judged by. */
  ceiling: HarmState | null;
  readonly certify: readonly CertifyState[];
  readonly certifyCeiling: CertifyState;
  harm: number;
  maxHarm: number;
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

export function startFailures(config: JudgeConfig): FailureState {
  const comparing = config.mode === 'concurrent';
  const fromStart = cappedFromStart(config);
  const judged = config.on !== 'off';
  const firstShare = firstShareOf(config.watchFollows);
  return {
    config,
    lnShares: lnShares(fromStart || config.watchFollows !== false),
    concurrent: comparing && judged ? startHarm({ ...config, firstShare }) : null,
    ceiling: fromStart && judged ? startCeilingHarm(config, 0) : null,
    certify: config.margins.map((margin) => startCertify(margin, config.phi)),
    certifyCeiling: startCeilingCertify(config),
    harm: 0,
    maxHarm: 0,
    harmBasis: comparing ? 'baseline' : 'ceiling',
    totals: { baseline: newTotals(), ceiling: newTotals() },
  };
}

/** Folds one bin, O(1). One that is not judged changes nothing but the index of the mixture. */
export function foldRequestFailures(state: FailureState, bin: Bin, place: Place): void {
  const { config } = state;
  if (config.on !== 'off') {
    if (place.basis === 'ceiling') state.ceiling ??= startCeilingHarm(config, place.index);
    foldHarms(state, bin, place);
  }
  if (!place.judged) return;
  const totals = state.totals[place.basis];
  addArms(totals.all, bin);
  if (!place.final) return;
  addArms(totals.final, bin);
  for (const step of state.certify) foldCertify(step, bin);
  if (place.basis === 'ceiling') foldCertify(state.certifyCeiling, bin);
}

function foldHarms(state: FailureState, bin: Bin, place: Place): void {
  const { concurrent, ceiling } = state;
  const seen = place.judged ? bin : null;
  const capped = place.basis === 'ceiling' || cappedFromStart(state.config) ? seen : null;
  const logCeiling = ceiling === null ? 0 : foldHarm(ceiling, capped);
  if (concurrent === null) {
    state.harm = logCeiling;
  } else {
    // In the watch too: without baseline rows its increments are exactly 0.
    const compared = state.lnShares.concurrent + foldHarm(concurrent, seen);
    const against = state.lnShares.ceiling + logCeiling;
    state.harm = logAddExp(compared, against);
    if (state.harm > state.maxHarm) state.harmBasis = compared >= against ? 'baseline' : 'ceiling';
  }
  state.maxHarm = Math.max(state.maxHarm, state.harm);
}

export function failureDetail(state: FailureState): FailureDetail {
  const { harm, maxHarm, harmBasis, totals } = state;
  const seen = { all: addedArms(totals, 'all'), final: addedArms(totals, 'final') };
  return {
    harm,
    maxHarm,
    harmBasis,
    concurrent: state.concurrent?.logE ?? 0,
    ceiling: state.ceiling?.logE ?? 0,
    certify: state.certify.map(certifyLogE),
    certifyCeiling: certifyLogE(state.certifyCeiling),
    compared: totals.baseline,
    capped: cappedFromStart(state.config) ? seen : totals.ceiling,
    seen,
  };
}

function cappedFromStart({ mode, ceilingFrom }: JudgeConfig): boolean {
  return mode === 'ceiling' || ceilingFrom === 'start';
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

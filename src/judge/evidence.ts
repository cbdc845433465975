import { startCeilingCertify, startCeilingHarm } from './ceiling.ts';
import { certifyLogE, foldCertify, startCertify, type CertifyState } from './certify.ts';
import { foldHarm, startHarm, type Arms, type HarmState } from './harm.ts';
import { checkBin } from './input.ts';
import { logAddExp } from './log-math.ts';
import type { Bin, Counts, Evidence, JudgeConfig } from './types.ts';

/** What the evidence is measured against. */
export type Basis = 'baseline' | 'ceiling';

/** Evidence and what the sentence about it needs besides. */
export interface EvidenceDetail {
  readonly evidence: Evidence;
  /** What was compared with the baseline: judged bins before the canary became production. */
  readonly compared: Totals;
  /** What was held against the ceiling: judged bins of the watch, in `ceiling` mode all. */
  readonly capped: Totals;
  /** Which of the two processes made `maxHarm`. */
  readonly harmBasis: Basis;
  /** What the newest bin is measured against. */
  readonly basis: Basis;
  /** Canary rows in judged bins that start at or after `sinceMs`. */
  readonly canaryRowsSince: number;
}

/** Counts of both arms, over all bins of a kind and over the final ones. */
export interface Totals {
  readonly all: Arms;
  readonly final: Arms;
}

export interface FoldOptions {
  readonly config: JudgeConfig;
  readonly bins: readonly Bin[];
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/**
 * One e-process for harm over the whole release: 0.8 against the baseline, 0.2 against the ceiling.
 * The ceiling's e-value is 1 until the canary is production, so before that harm needs
 * 0.8 e^concurrent + 0.2 >= 1 / alpha. Alpha is spent once over ramp and watch (design section 6).
 */
const CEILING_SHARE = 0.2;

interface Processes {
  /** ln of what the two processes count for. */
  readonly lnShares: { readonly concurrent: number; readonly ceiling: number };
  readonly concurrent: HarmState | null;
  /** Null until the ceiling is judged by. */
  ceiling: HarmState | null;
  readonly certify: readonly CertifyState[];
  readonly certifyCeiling: CertifyState;
}

/** The mutable side of EvidenceDetail while bins are folded. */
interface Progress {
  harm: number;
  maxHarm: number;
  harmBasis: Basis;
  basis: Basis;
  bins: number;
  finalBins: number;
  canaryRowsSince: number;
  readonly compared: ReturnType<typeof newTotals>;
  readonly capped: ReturnType<typeof newTotals>;
}

/** Evidence that grows bin by bin. */
export interface EvidenceFold {
  /**
   * Folds one bin, O(1). One that is not judged changes nothing but the index of the start-time mixture.
   * @throws JudgeInputError for a bin whose counts or start are impossible.
   */
  readonly fold: (bin: Bin) => void;
  /** The evidence after the last bin; its totals are live until the next one. */
  readonly detail: () => EvidenceDetail;
}

export function startEvidence({ config, sinceMs }: Omit<FoldOptions, 'bins'>): EvidenceFold {
  const processes = startProcesses(config);
  const progress = startProgress(config);
  let previousStartMs = -Infinity;
  let index = -1;
  const fold = (bin: Bin): void => {
    index += 1;
    checkBin(bin, index, previousStartMs);
    previousStartMs = bin.startMs;
    if (config.mode === 'concurrent' && bin.watch && processes.ceiling === null) {
      processes.ceiling = startCeilingHarm(config, index);
    }
    progress.basis = config.mode === 'ceiling' || bin.watch ? 'ceiling' : 'baseline';
    foldHarms(processes, progress, bin);
    if (!bin.judged) return;
    countBin(progress, bin, sinceMs);
    if (bin.final) foldCertifications(processes, bin, progress.basis);
  };
  const detail = (): EvidenceDetail => {
    const { compared, capped, harmBasis, basis, canaryRowsSince } = progress;
    const evidence = toEvidence(config, processes, progress);
    return { evidence, compared, capped, harmBasis, basis, canaryRowsSince };
  };
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

function startProcesses(config: JudgeConfig): Processes {
  const comparing = config.mode === 'concurrent';
  const share = config.watchFollows === false ? 0 : CEILING_SHARE;
  return {
    lnShares: { concurrent: Math.log(1 - share), ceiling: Math.log(share) },
    concurrent: comparing ? startHarm(config) : null,
    ceiling: comparing ? null : startCeilingHarm(config, 0),
    certify: config.margins.map((margin) => startCertify(margin, config.phi)),
    certifyCeiling: startCeilingCertify(config),
  };
}

function startProgress({ mode }: JudgeConfig): Progress {
  const basis = mode === 'ceiling' ? 'ceiling' : 'baseline';
  return {
    harm: 0,
    maxHarm: 0,
    harmBasis: basis,
    basis,
    bins: 0,
    finalBins: 0,
    canaryRowsSince: 0,
    compared: newTotals(),
    capped: newTotals(),
  };
}

function foldHarms(processes: Processes, progress: Progress, bin: Bin): void {
  const { concurrent, ceiling, lnShares } = processes;
  const seen = bin.judged ? bin : null;
  const capped = progress.basis === 'ceiling' ? seen : null;
  const logCeiling = ceiling === null ? 0 : foldHarm(ceiling, capped);
  if (concurrent === null) {
    progress.harm = logCeiling;
  } else {
    // In the watch too: without baseline rows its increments are exactly 0.
    const compared = lnShares.concurrent + foldHarm(concurrent, seen);
    const against = lnShares.ceiling + logCeiling;
    progress.harm = logAddExp(compared, against);
    if (progress.harm > progress.maxHarm) {
      progress.harmBasis = compared >= against ? 'baseline' : 'ceiling';
    }
  }
  progress.maxHarm = Math.max(progress.maxHarm, progress.harm);
}

function foldCertifications(processes: Processes, bin: Bin, basis: Basis): void {
  for (const state of processes.certify) foldCertify(state, bin);
  if (basis === 'ceiling') foldCertify(processes.certifyCeiling, bin);
}

function countBin(progress: Progress, bin: Bin, sinceMs: number): void {
  progress.bins += 1;
  if (bin.final) progress.finalBins += 1;
  if (bin.startMs >= sinceMs) progress.canaryRowsSince += bin.canary.requests;
  const totals = progress.basis === 'ceiling' ? progress.capped : progress.compared;
  addArms(totals.all, bin);
  if (bin.final) addArms(totals.final, bin);
}

function toEvidence(config: JudgeConfig, processes: Processes, progress: Progress): Evidence {
  const { compared, capped } = progress;
  return {
    harm: progress.harm,
    maxHarm: progress.maxHarm,
    harmThreshold: -Math.log(config.alpha),
    concurrent: processes.concurrent?.logE ?? 0,
    ceiling: processes.ceiling?.logE ?? 0,
    certify: processes.certify.map(certifyLogE),
    certifyCeiling: certifyLogE(processes.certifyCeiling),
    certifyThreshold: -Math.log(config.beta),
    canary: sum(compared.all.canary, capped.all.canary),
    baseline: sum(compared.all.baseline, capped.all.baseline),
    bins: progress.bins,
    finalBins: progress.finalBins,
  };
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

function sum(a: Counts, b: Counts): Counts {
  return {
    requests: a.requests + b.requests,
    failures: a.failures + b.failures,
    items: a.items + b.items,
  };
}

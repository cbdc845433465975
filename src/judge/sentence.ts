import type { Basis, EvidenceDetail } from './evidence.ts';
import {
  formatChance,
  formatCount,
  formatEvidence,
  formatFactor,
  formatPercent,
  formatShare,
} from './format.ts';
import type { Arms } from './harm.ts';
import type { Counts, JudgeConfig, VerdictOutcome } from './types.ts';

/** Names as they stand in telemetry (AppVersion). The baseline is null when there is none. */
export interface VersionNames {
  readonly canary: string;
  readonly baseline: string | null;
}

/** Everything a sentence says something about. */
export interface SentenceFacts {
  readonly outcome: VerdictOutcome;
  readonly config: JudgeConfig;
  readonly detail: EvidenceDetail;
  /** The step whose margin decides, null when nothing is to be certified. */
  readonly step: number | null;
  readonly versions: VersionNames;
  /** Why telemetry is unavailable. */
  readonly reason: string | null;
}

/** One plain sentence with both rates, what was compared with what, and how sure that is. */
export function sentence(facts: SentenceFacts): string {
  switch (facts.outcome) {
    case 'harm':
      return harmSentence(facts);
    case 'certified':
      return certifiedSentence(facts);
    case 'undecided':
      return undecidedSentence(facts);
    case 'no-data':
      return noDataSentence(facts);
    case 'unavailable':
      return unavailableSentence(facts);
    default: {
      const never: never = facts.outcome;
      return never;
    }
  }
}

function harmSentence(facts: SentenceFacts): string {
  const { harmBasis, evidence } = facts.detail;
  const seen = `${rates(facts, harmBasis, 'all')}${pooledLooksFine(facts) ? COMPARED_BY_BIN : ''}`;
  const chance = formatChance(evidence.maxHarm);
  if (chance === null) return `${seen}; that is harm by the plan's alpha.`;
  return `${seen}; the chance of evidence this strong from a harmless canary is below ${chance}.`;
}

/** The totals of a ramp mix times with different rates, the evidence does not (statistics.md 3). */
const COMPARED_BY_BIN = ', the canary being the worse when compared interval by interval';

function pooledLooksFine({ detail }: SentenceFacts): boolean {
  const { canary, baseline } = detail.compared.all;
  if (detail.harmBasis !== 'baseline') return false;
  return canary.failures * baseline.requests <= baseline.failures * canary.requests;
}

function certifiedSentence(facts: SentenceFacts): string {
  const { config, detail, step } = facts;
  const capped = config.mode === 'ceiling';
  const { certify, certifyCeiling } = detail.evidence;
  const chance = formatChance(capped ? certifyCeiling : (certify[step ?? -1] ?? 0));
  const worse = capped ? 'above that ceiling' : `worse than ${margin(facts)}`;
  const seen = rates(facts, capped ? 'ceiling' : 'baseline', 'final');
  if (chance === null) return `${seen}; that is certified by the plan's beta.`;
  return `${seen}; the chance of evidence this good from a canary ${worse} is below ${chance}.`;
}

function undecidedSentence(facts: SentenceFacts): string {
  const { config, detail, step } = facts;
  const { evidence } = detail;
  const harm = `evidence of harm is ${against(evidence.harm, evidence.harmThreshold)}`;
  const seen = rates(facts, detail.basis, 'all');
  if (config.mode !== 'ceiling' && step === null) return `${seen}; no harm is shown: ${harm}.`;
  const good = config.mode === 'ceiling' ? evidence.certifyCeiling : certifyOf(facts);
  const bound = config.mode === 'ceiling' ? 'that ceiling' : margin(facts);
  const safety = `evidence of safety (not above ${bound}) ${against(good, evidence.certifyThreshold)}`;
  return `${seen}; undecided: ${harm}, ${safety}.`;
}

function noDataSentence({ detail, config, versions }: SentenceFacts): string {
  const ever = detail.evidence.canary.requests;
  const missing =
    ever === 0
      ? `No requests of canary ${versions.canary} have been seen`
      : `No requests of canary ${versions.canary} have been seen since this step began (${formatCount(ever)} before it)`;
  const { requests } = detail.evidence.baseline;
  if (config.mode === 'ceiling') return `${missing}, so nothing is judged.`;
  return `${missing}, ${formatCount(requests)} of ${baselineName(versions)}, so nothing is judged.`;
}

function unavailableSentence(facts: SentenceFacts): string {
  const { detail, reason, versions } = facts;
  const why = `Telemetry is unavailable (${reason ?? 'no reason given'})`;
  if (detail.evidence.canary.requests === 0) {
    return `${why}, and no requests of canary ${versions.canary} have been seen so far, so nothing is judged.`;
  }
  return `${why}, so nothing is judged now; so far: ${rates(facts, detail.basis, 'all')}.`;
}

function rates(
  { config, detail, versions }: SentenceFacts,
  basis: Basis,
  kind: 'all' | 'final',
): string {
  const arms: Arms = basis === 'ceiling' ? detail.capped[kind] : detail.compared[kind];
  const canary = `Canary ${versions.canary} ${failing(arms.canary)}`;
  if (basis === 'baseline') {
    return `${canary}, ${baselineName(versions)} ${share(arms.baseline)}`;
  }
  const where = config.mode === 'ceiling' ? '' : ' in production';
  const ceiling = formatPercent(config.ceiling);
  return `${canary}${where}, judged against a ceiling of ${ceiling}, not against a baseline`;
}

function baselineName({ baseline }: VersionNames): string {
  return baseline === null ? 'the baseline' : `baseline ${baseline}`;
}

function failing({ requests, failures }: Counts): string {
  if (requests === 0) return 'has no requests';
  const of = `(${formatCount(failures)} of ${formatCount(requests)})`;
  return `fails ${formatShare(failures, requests)} of requests ${of}`;
}

function share({ requests, failures }: Counts): string {
  if (requests === 0) return 'has no requests';
  const of = `(${formatCount(failures)} of ${formatCount(requests)})`;
  return `${formatShare(failures, requests)} ${of}`;
}

/** An e-value means nothing to most readers; next to the one that is needed it does. */
function against(logE: number, threshold: number): string {
  return `${formatEvidence(logE)} of the ${formatEvidence(threshold)} needed`;
}

function certifyOf({ detail, step }: SentenceFacts): number {
  return detail.evidence.certify[step ?? -1] ?? 0;
}

function margin({ config, step }: SentenceFacts): string {
  const { rho, delta } = config.margins[step ?? -1] ?? { rho: 1, delta: 0 };
  const times = `${formatFactor(rho)} times the baseline's rate`;
  return delta === 0 ? times : `${times} plus ${formatFactor(delta * 100)} percentage points`;
}

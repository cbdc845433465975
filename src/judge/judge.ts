import { foldEvidence, startEvidence, type EvidenceDetail } from './evidence.ts';
import { checkConfig, checkStep } from './input.ts';
import { sentence, type VersionNames } from './sentence.ts';
import type { Bin, JudgeConfig, Verdict, VerdictOutcome } from './types.ts';

/** Whether telemetry could be read at all this time. */
export type DataState =
  { readonly kind: 'ok' } | { readonly kind: 'unavailable'; readonly reason: string };

export interface JudgeInput {
  readonly config: JudgeConfig;
  /** All bins of the release, in order, from the confirmed read-back of the first step. */
  readonly bins: readonly Bin[];
  /**
   * Index of the step whose margin decides `certified`; null when nothing is to be certified (the
   * watch). Not used in `ceiling` mode, where the ceiling certifies.
   */
  readonly step: number | null;
  readonly data: DataState;
  /** Start of the step, milliseconds since the epoch: without canary rows since then, `no-data`. */
  readonly sinceMs?: number;
  /** For the sentence. */
  readonly versions: VersionNames;
}

/**
 * What the evidence says now: a pure fold over all bins, so that any past verdict can be computed
 * again from the store (design section 6).
 *
 * Order: `unavailable` (never harm, never certified) > `harm` > `no-data` > `certified` >
 * `undecided`. Harm is latched: once the evidence reached the threshold at the end of any bin, more
 * bins do not take it back, and neither does a step without canary rows.
 *
 * @throws JudgeInputError when the configuration, the step or a bin cannot be true.
 */
export function judge(input: JudgeInput): Verdict {
  const { config, bins, step, sinceMs = -Infinity } = input;
  checkConfig(config);
  checkStep(config, step);
  return verdictOn(input, foldEvidence({ config, bins, sinceMs }));
}

/**
 * The verdict after each bin: what `judge` says of all bins up to and including it.
 * @throws JudgeInputError as `judge` does.
 */
export function* judgeEach(input: JudgeInput): Generator<Verdict> {
  const { config, bins, step, sinceMs = -Infinity } = input;
  checkConfig(config);
  checkStep(config, step);
  const { fold, detail } = startEvidence({ config, sinceMs });
  for (const bin of bins) {
    fold(bin);
    yield verdictOn(input, detail());
  }
}

function verdictOn(input: JudgeInput, detail: EvidenceDetail): Verdict {
  const { config, step, data, versions } = input;
  const outcome = data.kind === 'unavailable' ? 'unavailable' : decide(config, detail, step);
  const reason = data.kind === 'unavailable' ? data.reason : null;
  return {
    outcome,
    evidence: detail.evidence,
    sentence: sentence({ outcome, config, detail, step, versions, reason }),
  };
}

function decide(config: JudgeConfig, detail: EvidenceDetail, step: number | null): VerdictOutcome {
  const { evidence } = detail;
  if (evidence.maxHarm >= evidence.harmThreshold) return 'harm';
  if (detail.canaryRowsSince === 0) return 'no-data';
  const certified = config.mode === 'ceiling' ? evidence.certifyCeiling : certifyAt(detail, step);
  return certified >= evidence.certifyThreshold ? 'certified' : 'undecided';
}

function certifyAt({ evidence }: EvidenceDetail, step: number | null): number {
  // No margin is no way to certify.
  return (step === null ? undefined : evidence.certify[step]) ?? -Infinity;
}

import { alerts } from './alerts.ts';
import { certificates } from './certificates.ts';
import { foldEvidence, startEvidence, type EvidenceDetail } from './evidence.ts';
import { forward } from './forward.ts';
import { checkConfig, checkStep } from './input.ts';
import { ratioInterval } from './interval.ts';
import { sentence, type SentenceFacts } from './sentence.ts';
import type { Bin, JudgeConfig, Verdict, VerdictOutcome } from './types.ts';
import type { VersionNames } from './metric-words.ts';

/**
 * Whether telemetry could be read this time. `incomplete`: all but a metric that can roll back, which is
 * null in the bins that it was not read for. Harm that the others show is harm; nothing is certified.
 */
export type DataState =
  | { readonly kind: 'ok' }
  | { readonly kind: 'unavailable' | 'incomplete'; readonly reason: string };

export interface JudgeInput {
  readonly config: JudgeConfig;
  /** All bins of the release, in order, from the confirmed read-back of the first step. */
  readonly bins: readonly Bin[];
  /**
   * Index of the step whose margin decides `certified`; null when nothing is to be certified (the
   * watch). In `ceiling` mode the ceiling certifies request failures whatever the step.
   */
  readonly step: number | null;
  readonly data: DataState;
  /** Start of the step, milliseconds since the epoch: without canary rows since then, `no-data`. */
  readonly sinceMs?: number;
  /** For the sentence. */
  readonly versions: VersionNames;
  /**
   * True: the verdict has `ratio` and `outlook` and its sentence says them. They cost about 20 folds of
   * request failures over all bins (`ratioInterval`) and one for each metric that is not certified yet,
   * some ten times what the evidence itself costs. Only `judge` reads it.
   */
  readonly details?: boolean;
}

/**
 * What the evidence says now: a pure fold over all bins, so that any past verdict can be computed
 * again from the store (design section 6).
 *
 * Order: `unavailable` (never harm, never certified) > `harm` > `unavailable` because incomplete >
 * `no-data` > `certified` > `undecided`. Harm is latched: once the evidence reached the threshold at the end of any bin, more
 * bins do not take it back, and neither does a step without canary rows. Harm is of all metrics that
 * can roll back together; certified is what each of them certifies.
 *
 * @throws JudgeInputError when the configuration, the step or a bin cannot be true.
 */
export function judge(input: JudgeInput): Verdict {
  const { config, bins, step, sinceMs = -Infinity } = input;
  checkConfig(config);
  checkStep(config, step);
  return verdictOn(input, foldEvidence({ config, bins, sinceMs }), input.details === true);
}

/**
 * The verdict after each bin: what `judge` says of all bins up to and including it, without details.
 * @throws JudgeInputError as `judge` does.
 */
export function* judgeEach(input: JudgeInput): Generator<Verdict> {
  const { config, bins, step, sinceMs = -Infinity } = input;
  checkConfig(config);
  checkStep(config, step);
  const { fold, detail } = startEvidence({ config, sinceMs });
  for (const bin of bins) {
    fold(bin);
    yield verdictOn(input, detail(), false);
  }
}

function verdictOn(input: JudgeInput, detail: EvidenceDetail, details: boolean): Verdict {
  const { config, step, data, versions, bins } = input;
  const outcome = outcomeOf(input, detail);
  const reason = data.kind === 'ok' ? null : data.reason;
  const incomplete = data.kind === 'incomplete';
  const facts: SentenceFacts = { outcome, config, detail, step, versions, reason, incomplete };
  const told = {
    outcome,
    evidence: detail.evidence,
    by: detail.by,
    alerts: alerts(facts),
  };
  if (!details) return { ...told, sentence: sentence(facts) };
  const { alpha, phi, horizonBins } = config;
  // Also where the ceiling judges: rows of another version may have come all the same.
  const ratio = ratioInterval(bins, { alpha, phi, delta: 0, horizonBins });
  const missing = outcome === 'undecided' ? forward({ config, detail, step, bins }) : undefined;
  return {
    ...told,
    sentence: sentence({ ...facts, ratio, missing, binMs: binMsOf(bins) }),
    ratio,
    outlook: missing?.outlook,
  };
}

function outcomeOf({ config, step, data }: JudgeInput, detail: EvidenceDetail): VerdictOutcome {
  if (data.kind === 'unavailable') return 'unavailable';
  const outcome = decide(config, detail, step);
  return data.kind === 'incomplete' && outcome !== 'harm' ? 'unavailable' : outcome;
}

function decide(config: JudgeConfig, detail: EvidenceDetail, step: number | null): VerdictOutcome {
  const { evidence } = detail;
  if (evidence.maxHarm >= evidence.harmThreshold) return 'harm';
  if (detail.canaryRowsSince === 0) return 'no-data';
  const asked = certificates(config, evidence, step);
  // No margin is no way to certify.
  const certified =
    asked.length > 0 && asked.every(({ logE }) => logE >= evidence.certifyThreshold);
  return certified ? 'certified' : 'undecided';
}

/** Bins are contiguous; a stored gap makes one distance larger, never smaller. */
function binMsOf(bins: readonly Bin[]): number | undefined {
  let least = Infinity;
  for (let i = 1; i < bins.length; i += 1) {
    least = Math.min(least, (bins[i]?.startMs ?? 0) - (bins[i - 1]?.startMs ?? 0));
  }
  return Number.isFinite(least) ? least : undefined;
}

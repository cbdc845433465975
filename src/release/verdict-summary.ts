/** What people are told of the evidence: a part of the verdict, as JSON can hold it. */
import { certificates, weakest } from '../judge/certificates.ts';
import type { JudgeConfig, MetricEvidence, Verdict } from '../judge/types.ts';
import type { Draft } from './draft.ts';
import type { MetricSummary, Release, VerdictSummary } from './release.ts';
import { standing } from './transition.ts';

/** Null while nothing is to be certified: in the watch, and without steps. */
export function stepOf(release: Release): number | null {
  const at = standing(release.stage);
  return at.phase === 'ramping' ? at.step : null;
}

export function summarize(draft: Draft, config: JudgeConfig, verdict: Verdict): VerdictSummary {
  const { evidence } = verdict;
  const step = stepOf(draft.release);
  // Of the metric that is furthest from certified: all of them must be.
  const certify = weakest(certificates(config, evidence, step))?.logE;
  return {
    at: draft.context.now,
    outcome: verdict.outcome,
    sentence: verdict.sentence,
    harm: evidence.harm,
    harmThreshold: evidence.harmThreshold,
    certify: finite(certify),
    certifyThreshold: evidence.certifyThreshold,
    canary: { requests: evidence.canary.requests, failures: evidence.canary.failures },
    baseline: { requests: evidence.baseline.requests, failures: evidence.baseline.failures },
    ...said(verdict),
    phi: config.phi,
    ...(evidence.more === undefined ? {} : { more: metrics(config, evidence.more, step) }),
  };
}

function said({ ratio, outlook, by }: Verdict): Pick<VerdictSummary, 'ratio' | 'outlook' | 'by'> {
  return {
    ...(ratio === undefined ? {} : { ratio: { low: ratio.low, high: finite(ratio.high) } }),
    ...(outlook === undefined ? {} : { outlook }),
    ...(by === undefined ? {} : { by }),
  };
}

function metrics(
  config: JudgeConfig,
  more: readonly MetricEvidence[],
  step: number | null,
): readonly MetricSummary[] {
  return more.map(({ name, kind, on, harm, certify, canary, baseline }, index) => ({
    name,
    kind,
    on,
    harm,
    certify: finite(at(certify, step)),
    canary,
    baseline,
    phi: config.more?.[index]?.phi ?? 1,
  }));
}

function at(values: readonly number[], step: number | null): number | undefined {
  return step === null ? undefined : values[step];
}

/** JSON has no infinities: "no way to certify", "nothing limits it" is said by leaving the number out. */
function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

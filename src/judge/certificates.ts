import { FAILURES } from './evidence.ts';
import { logAddExp } from './log-math.ts';
import type { Evidence, JudgeConfig, Margin } from './types.ts';

/** What one metric says about a step. */
export interface Certificate {
  /** FAILURES, or a name of `JudgeConfig.more`. */
  readonly name: string;
  /** Position in `JudgeConfig.more`; null: request failures. */
  readonly index: number | null;
  /** Log e-value against "worse than the margin". */
  readonly logE: number;
  /** Null: the ceiling certifies. */
  readonly margin: Margin | null;
  /** `logE` is that of these two together, each of which would need twice the evidence alone. */
  readonly parts?: readonly [Certificate, Certificate];
}

/**
 * The metrics that must certify a step, all of them: those that can roll back and have margins, request
 * failures and the answers of probes together as one. Without
 * a baseline the ceiling certifies request failures, and only what is compared all the same (probes)
 * has a margin to keep. Empty: nothing is to be certified, or nothing can be.
 */
export function certificates(
  config: JudgeConfig,
  evidence: Evidence,
  step: number | null,
): readonly Certificate[] {
  const own = failuresCertificate(config, evidence, step);
  const others = (config.more ?? []).flatMap(({ name, on, margins, comparesInWatch }, index) => {
    const margin = step === null ? undefined : margins[step];
    const logE = step === null ? undefined : evidence.more?.[index]?.certify[step];
    const asked = on === 'rollback' && (config.mode === 'concurrent' || comparesInWatch);
    if (!asked || margin === undefined || logE === undefined) return [];
    return [{ name, index, logE, margin }];
  });
  return together(config, own, others);
}

/** An e-value of a quarter: some two failures of a quiet canary that chance alone may bring. */
const LN_AGAINST = Math.log(0.25);

/**
 * Probes stand for people's requests where there are few: both are held to the same margin, and the
 * mean of two e-values is one again. So probes can certify what people's requests are too few for; the
 * price is ln 2 where people's requests alone would do. Where one of the two speaks against it, the other
 * does not speak for it: probes ask a few addresses only, and where they fail, people's requests, most of
 * which go elsewhere, do not make up for it. Then both must certify: that asks more, so the error stays
 * below beta.
 */
function together(
  { mode, more = [] }: JudgeConfig,
  [own]: readonly Certificate[],
  others: readonly Certificate[],
): readonly Certificate[] {
  const probes = others.find(({ index }) => more[index ?? -1]?.kind === 'probes');
  if (own === undefined) return others;
  if (mode === 'ceiling' || probes === undefined) return [own, ...others];
  if (Math.min(own.logE, probes.logE) < LN_AGAINST) return [own, ...others];
  const logE = logAddExp(own.logE, probes.logE) - Math.LN2;
  return [{ ...own, logE, parts: [own, probes] }, ...others.filter((one) => one !== probes)];
}

function failuresCertificate(
  { mode, margins, on = 'rollback' }: JudgeConfig,
  evidence: Evidence,
  step: number | null,
): Certificate[] {
  if (on !== 'rollback') return [];
  const own = { name: FAILURES, index: null };
  if (mode === 'ceiling') return [{ ...own, logE: evidence.certifyCeiling, margin: null }];
  const margin = step === null ? undefined : margins[step];
  const logE = step === null ? undefined : evidence.certify[step];
  return margin === undefined || logE === undefined ? [] : [{ ...own, logE, margin }];
}

/** The one that is furthest from certified; undefined without any. */
export function weakest(all: readonly Certificate[]): Certificate | undefined {
  return all.reduce<Certificate | undefined>(
    (least, one) => (least === undefined || one.logE < least.logE ? one : least),
    undefined,
  );
}

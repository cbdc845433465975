import { type Certificate, certificates } from './certificates.ts';
import type { EvidenceDetail } from './evidence.ts';
import { outlookOf } from './outlook.ts';
import type { Bin, Counts, JudgeConfig, Outlook, Tally } from './types.ts';

/** When a step can be certified, and which metric is the last to be. */
export interface Forward {
  /** In canary requests and bins, as verdicts give it. */
  readonly outlook: Outlook;
  readonly certificate: Certificate;
  /** In what the metric counts (requests, dependency calls, probes); undefined: never. */
  readonly chances: number | undefined;
}

interface ForwardInput {
  readonly config: JudgeConfig;
  readonly detail: EvidenceDetail;
  readonly step: number | null;
  readonly bins: readonly Bin[];
}

/**
 * What is missing until every metric certifies the step: the outlook of the slowest one, each by the
 * measure that is furthest from certified now. Costs one fold over the bins for each metric that is
 * short, at most 21. Undefined when none is short.
 */
export function forward({ config, detail, step, bins }: ForwardInput): Forward | undefined {
  const threshold = detail.evidence.certifyThreshold;
  const short = certificates(config, detail.evidence, step).filter((one) => one.logE < threshold);
  const outlooks = short.map((certificate) => {
    const ask = (one: Certificate, beta: number): Forward =>
      outlookBy(one, beta, { config, detail, step, bins });
    if (certificate.parts === undefined) return ask(certificate, config.beta);
    const [people, probes] = certificate.parts.map((part) => ask(part, config.beta / 2));
    // Whichever of the two comes first does for both.
    return people !== undefined && probes !== undefined && isLater(people, probes)
      ? probes
      : (people ?? ask(certificate, config.beta));
  });
  return outlooks.reduce<Forward | undefined>(
    (last, one) => (isLater(one, last) ? one : last),
    undefined,
  );
}

function outlookBy(
  certificate: Certificate,
  beta: number,
  { config, detail, step, bins }: ForwardInput,
): Forward {
  const metric = certificate.index === null ? undefined : config.more?.[certificate.index];
  const outlook = outlookOf({
    bins: binsOf(bins, { certificate, detail, step }),
    margin: certificate.margin,
    ceiling: config.ceiling,
    phi: metric?.phi ?? config.phi,
    beta,
    evidence: certificate.logE,
  });
  return {
    certificate,
    chances: outlook.requests,
    outlook: inRequests(outlook, certificate, detail),
  };
}

function isLater(one: Forward, than: Forward | undefined): boolean {
  if (than === undefined) return true;
  return latenessOf(one.outlook) > latenessOf(than.outlook);
}

/** Never is later than nobody-knows, and that is later than any number of bins. */
function latenessOf({ bins, early }: Outlook): number {
  return bins ?? (early === true ? Number.MAX_VALUE : Infinity);
}

interface Measured {
  readonly certificate: Certificate;
  readonly detail: EvidenceDetail;
  readonly step: number | null;
}

/** The bins of one measure in the shape of request failures; those not measured are left out. */
function binsOf(bins: readonly Bin[], { certificate, detail, step }: Measured): readonly Bin[] {
  const { index } = certificate;
  if (index === null) return bins;
  const measure = detail.metrics[index]?.shortest[step ?? -1] ?? 0;
  return bins.flatMap((bin) => {
    const tally = bin.more?.[index] ?? null;
    if (tally === null) return [];
    const canary = countsOf(tally.canary, measure);
    return [{ ...bin, canary, baseline: countsOf(tally.baseline, measure) }];
  });
}

function countsOf({ n, x }: Tally, measure: number): Counts {
  return { requests: n, failures: x[measure] ?? 0, items: n };
}

/** A verdict's outlook is in canary requests, whatever the metric counts. */
function inRequests(outlook: Outlook, { index }: Certificate, detail: EvidenceDetail): Outlook {
  const chances = index === null ? 0 : (detail.metrics[index]?.compared.final.canary.n ?? 0);
  if (outlook.requests === undefined || chances === 0) return outlook;
  const { requests } = detail.failures.seen.final.canary;
  return { ...outlook, requests: Math.ceil((outlook.requests * requests) / chances) };
}

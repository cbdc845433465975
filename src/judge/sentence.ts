import { certificates, weakest, type Certificate } from './certificates.ts';
import { against, compose, marginText, outlookText, probesText, ratioText } from './clauses.ts';
import { FAILURES, type EvidenceDetail } from './evidence.ts';
import { formatChance, formatCount, formatText } from './format.ts';
import type { Forward } from './forward.ts';
import type { MetricDetail } from './metric-evidence.ts';
import {
  baselineName,
  canaryName,
  looksFine,
  rates,
  ratesBeside,
  requestsOf,
  seenFailures,
  seenMetric,
  shortName,
  type Seen,
  type SeenOptions,
  type VersionNames,
} from './metric-words.ts';
import type { JudgeConfig, RatioInterval, VerdictOutcome } from './types.ts';

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
  /** True: only for a metric, while harm by the others counts. Left out: for all of it. */
  readonly incomplete?: boolean;
  /** Of request failures; undefined: not asked for, or nothing to compare. */
  readonly ratio?: RatioInterval | undefined;
  /** Undefined: not asked for, or nothing is missing. */
  readonly missing?: Forward | undefined;
  /** Length of a bin; undefined: not known. */
  readonly binMs?: number | undefined;
}

/** An Azure error may be pages long. */
const REASON_CHARS_MAX = 150;
const OTHERS_CHARS_MAX = 60;

/**
 * One plain sentence, under 500 characters, with both rates, what was compared with what, and how sure
 * that is.
 */
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
  const { detail, versions } = facts;
  const metric = detail.metrics.find((one) => one.config.name === detail.by);
  const seen = metric === undefined ? failuresSeen(facts) : metricSeen(facts, metric);
  const pooled = seen.basis === 'baseline' && looksFine(seen) ? COMPARED_BY_BIN : '';
  const chance = formatChance(detail.evidence.maxHarm);
  const sure = `the chance of evidence this strong from a harmless canary is below ${chance ?? 1}`;
  return compose([
    { text: `${rates(seen, versions)}${pooled}` },
    { text: ratioOf(facts, seen), rank: 1 },
    { text: besides(facts, metric), rank: 2 },
    { text: chance === null ? "that is harm by the plan's alpha" : sure },
  ]);
}

/** The totals of a ramp mix times with different rates, the evidence does not (statistics.md 3). */
const COMPARED_BY_BIN = ', the canary being the worse when compared interval by interval';

function failuresSeen({ config, detail }: SentenceFacts): Seen {
  return seenFailures(config, detail, { basis: detail.failures.harmBasis, kind: 'all' });
}

function metricSeen({ config }: SentenceFacts, metric: MetricDetail): Seen {
  const { worst: measure } = metric.evidence;
  return seenMetric(config, metric, { basis: metric.harmBasis, kind: 'all', measure });
}

/** The interval is of request failures, compared with the baseline. */
function ratioOf({ ratio, outcome }: SentenceFacts, seen: Seen): string {
  const isAbout = seen.name === FAILURES && seen.basis === 'baseline';
  return isAbout ? ratioText(ratio, outcome === 'harm') : '';
}

/** Who met what: beside people's requests what probes found, and beside probes what people met. */
function besides({ config, detail }: SentenceFacts, by: MetricDetail | undefined): string {
  if (by?.config.comparesInWatch !== true) return probesText(config, detail);
  return ratesBeside(seenFailures(config, detail, { basis: detail.basis, kind: 'all' }));
}

function certifiedSentence(facts: SentenceFacts): string {
  const { config, detail, step, versions } = facts;
  const all = certificates(config, detail.evidence, step);
  const least = weakest(all);
  const basis = config.mode === 'ceiling' ? 'ceiling' : 'baseline';
  const seen = asked(facts, all, { basis, kind: 'final' });
  return compose([
    { text: rates(seen, versions) },
    { text: ratioOf(facts, seen), rank: 1 },
    { text: probesText(config, detail), rank: 2 },
    { text: least === undefined ? '' : certifiedText(all.length, least) },
  ]);
}

/** Request failures, or where those certify nothing the first metric that does. */
function asked(facts: SentenceFacts, all: readonly Certificate[], options: SeenOptions): Seen {
  const { config, detail, step } = facts;
  const index = all[0]?.index ?? null;
  const metric = index === null ? undefined : detail.metrics[index];
  if (metric === undefined) return seenFailures(config, detail, options);
  const measure = metric.shortest[step ?? -1] ?? 0;
  return seenMetric(config, metric, { basis: 'baseline', kind: options.kind, measure });
}

function certifiedText(count: number, { name, logE, margin }: Certificate): string {
  const all = count === 2 ? 'both' : `all ${count}`;
  const least = `${all} metrics certify it, the least of them ${shortName(name)}: `;
  const which = count === 1 ? '' : least;
  const chance = formatChance(logE);
  if (chance === null) return `${which}that is certified by the plan's beta`;
  const worse = margin === null ? 'above that ceiling' : `worse than ${marginText(margin)}`;
  return `${which}the chance of evidence this good from a canary ${worse} is below ${chance}`;
}

function undecidedSentence(facts: SentenceFacts): string {
  const { config, detail, step, versions } = facts;
  const { harm, harmThreshold } = detail.evidence;
  const all = certificates(config, detail.evidence, step);
  const seen = asked(facts, all, { basis: detail.basis, kind: 'all' });
  const safety = safetyText(all, detail.evidence.certifyThreshold);
  const state = all.length === 0 ? 'no harm is shown' : 'undecided';
  return compose([
    { text: rates(seen, versions) },
    { text: ratioOf(facts, seen), rank: 2 },
    { text: probesText(config, detail), rank: 3 },
    { text: `${state}: evidence of harm is ${against(harm, harmThreshold)}${safety}` },
    { text: outlookText(config, facts.missing, facts.binMs), rank: 1 },
  ]);
}

/** How far the metric is that is furthest from certified, and how many others are short. */
function safetyText(all: readonly Certificate[], threshold: number): string {
  const least = weakest(all);
  if (least === undefined) return '';
  const bound = least.margin === null ? 'that ceiling' : marginText(least.margin);
  const of = all.length === 1 ? '' : ` by ${shortName(least.name)}`;
  const short = all.filter((one) => one.logE < threshold && one !== least);
  const others = short.map(({ name }) => shortName(name)).join(', ');
  const too =
    short.length === 0 ? '' : `, too little by ${formatText(others, OTHERS_CHARS_MAX)} as well`;
  return `, evidence of safety${of} (not above ${bound}) ${against(least.logE, threshold)}${too}`;
}

function noDataSentence({ detail, config, versions }: SentenceFacts): string {
  const { canary, baseline } = detail.evidence;
  const { on = 'rollback' } = config;
  const requests = on === 'rollback' ? 'No requests' : 'No requests that could be judged';
  const missing = `${requests} of ${canaryName(versions)} have been seen`;
  const before = `since this step began (${formatCount(canary.requests)} before it)`;
  const since = on !== 'rollback' || canary.requests === 0 ? '' : ` ${before}`;
  const beside = `, ${formatCount(baseline.requests)} of ${baselineName(versions)}`;
  const compared = config.mode === 'ceiling' ? '' : beside;
  return compose([
    { text: `${missing}${since}${compared}, so nothing is judged` },
    { text: probesText(config, detail), rank: 1 },
  ]);
}

function unavailableSentence(facts: SentenceFacts): string {
  const { config, detail, reason, versions, incomplete = false } = facts;
  const told = formatText(reason ?? 'no reason given', REASON_CHARS_MAX);
  // Somebody who reads that nothing is judged takes the canary back by hand.
  const why = `Telemetry is ${incomplete ? 'incomplete' : 'unavailable'} (${told})`;
  const now = incomplete
    ? 'so nothing is certified now, while harm by the others counts'
    : 'so nothing is judged now';
  if (detail.evidence.canary.requests === 0) {
    const none = `no ${requestsOf(config)} of ${canaryName(versions)} have been seen`;
    return `${why}, and ${none} so far, so nothing is judged.`;
  }
  const seen = rates(seenFailures(config, detail, { basis: detail.basis, kind: 'all' }), versions);
  return `${why}, ${now}; so far: ${seen}.`;
}

import { FAILURES, type EvidenceDetail } from './evidence.ts';
import { formatCount, formatPercent, formatShare, formatText } from './format.ts';
import type { MetricDetail } from './metric-evidence.ts';
import type { Basis } from './place.ts';
import type { JudgeConfig, MetricConfig } from './types.ts';

/** Names as they stand in telemetry (AppVersion). The baseline is null when there is none. */
export interface VersionNames {
  /** Null: counts without a name. */
  readonly canary: string | null;
  readonly baseline: string | null;
}

/** Longer names are cut, so that a sentence stays one that can be read. */
const NAME_CHARS_MAX = 40;

/** Bad ones of all, by one measure. */
interface Tallied {
  readonly n: number;
  readonly x: number;
}

/** What a metric counted of both versions, by one measure, as sentences put it. */
export interface Seen {
  /** FAILURES, or a name of `JudgeConfig.more`. */
  readonly name: string;
  readonly canary: Tallied;
  readonly baseline: Tallied;
  readonly words: Words;
  readonly basis: Basis;
  readonly ceiling: number;
  /** True: the ceiling is held against bins of the watch alone. */
  readonly inProduction: boolean;
}

interface Words {
  /** What is counted: `requests`. */
  readonly things: string;
  /** After the canary's name; `share` is `1.9 %`, `of` is `(19 of 1,000)`. */
  readonly canary: (share: string, of: string) => string;
  /** After the baseline's name. */
  readonly baseline: (share: string, of: string) => string;
}

/** Both rates, or the canary's and the ceiling. */
export function rates(seen: Seen, versions: VersionNames): string {
  const { words, baseline } = seen;
  const named = canaryName(versions);
  const told = `${named.charAt(0).toUpperCase()}${named.slice(1)}${canaryRate(seen)}`;
  if (seen.basis === 'baseline') {
    const name = baselineName(versions);
    if (baseline.n === 0) return `${told}, ${name} has no ${words.things}`;
    return `${told}, ${name} ${words.baseline(shareOf(baseline), countOf(baseline))}`;
  }
  const where = seen.inProduction ? ' in production' : '';
  const ceiling = formatPercent(seen.ceiling);
  return `${told}${where}, judged against a ceiling of ${ceiling}, not against a baseline`;
}

function canaryRate({ canary, words }: Seen): string {
  if (canary.n === 0) return ` has no ${words.things}`;
  return words.canary(shareOf(canary), countOf(canary));
}

/** The same beside another metric's rates: `of Slipway's probes the canary fails …`. */
export function ratesBeside({ canary, baseline, words, basis }: Seen): string {
  const told = `of ${words.things} the canary fails ${shareOf(canary)} ${countOf(canary)}`;
  if (basis === 'ceiling') return told;
  return `${told}, the baseline ${shareOf(baseline)} ${countOf(baseline)}`;
}

export function canaryName({ canary }: VersionNames): string {
  return canary === null ? 'the canary' : `canary ${shortName(canary)}`;
}

export function baselineName({ baseline }: VersionNames): string {
  return baseline === null ? 'the baseline' : `baseline ${shortName(baseline)}`;
}

export function shortName(name: string): string {
  return formatText(name, NAME_CHARS_MAX);
}

function shareOf({ n, x }: Tallied): string {
  return formatShare(x, n);
}

function countOf({ n, x }: Tallied): string {
  return `(${formatCount(x)} of ${formatCount(n)})`;
}

/** True when the canary looks no worse in the totals. */
export function looksFine({ canary, baseline }: Seen): boolean {
  return canary.x * baseline.n <= baseline.x * canary.n;
}

export interface SeenOptions {
  readonly basis: Basis;
  readonly kind: 'all' | 'final';
}

/** Request failures. */
export function seenFailures(
  config: JudgeConfig,
  { failures }: EvidenceDetail,
  { basis, kind }: SeenOptions,
): Seen {
  const arms = basis === 'ceiling' ? failures.capped[kind] : failures.compared[kind];
  const things = requestsOf(config);
  return {
    name: FAILURES,
    canary: { n: arms.canary.requests, x: arms.canary.failures },
    baseline: { n: arms.baseline.requests, x: arms.baseline.failures },
    words: {
      things,
      canary: (share, of) => ` fails ${share} of ${things} ${of}`,
      baseline: (share, of) => `${share} ${of}`,
    },
    basis,
    ceiling: config.ceiling,
    inProduction: config.mode === 'concurrent' && config.ceilingFrom !== 'start',
  };
}

/** Another metric, by one of its measures. */
export function seenMetric(
  config: JudgeConfig,
  metric: MetricDetail,
  { basis, kind, measure }: SeenOptions & { readonly measure: number },
): Seen {
  const tally = basis === 'ceiling' ? metric.capped[kind] : metric.compared[kind];
  const { canary, baseline } = tally;
  return {
    name: metric.config.name,
    canary: { n: canary.n, x: canary.x[measure] ?? 0 },
    baseline: { n: baseline.n, x: baseline.x[measure] ?? 0 },
    words: wordsOf(config, metric.config, measure),
    basis,
    ceiling: metric.config.ceilings[measure] ?? 1,
    inProduction: config.mode === 'concurrent' && metric.config.ceilingFrom !== 'start',
  };
}

function wordsOf(config: JudgeConfig, metric: MetricConfig, measure: number): Words {
  const plain = (share: string, of: string): string => `${share} ${of}`;
  const things = thingsOf(config, metric);
  const edge = metric.edges?.[measure];
  if (edge !== undefined) {
    const slow = `take longer than ${formatCount(edge)} ms`;
    return {
      things,
      canary: (share, of) => `: ${share} of ${things} ${slow} ${of}`,
      baseline: plain,
    };
  }
  if (metric.kind === 'exceptions') {
    return {
      things,
      canary: (share, of) => ` throws in ${share} of ${things} ${of}`,
      baseline: (share, of) => `in ${share} ${of}`,
    };
  }
  if (metric.kind === 'dependencies') {
    return {
      things,
      canary: (share, of) => `: ${share} of its ${things} fail ${of}`,
      baseline: plain,
    };
  }
  return { things, canary: (share, of) => `: ${share} of ${things} fail ${of}`, baseline: plain };
}

/** What the metric counts. */
export function thingsOf(
  config: JudgeConfig,
  { kind, name, comparesInWatch }: MetricConfig,
): string {
  if (comparesInWatch) return "Slipway's probes";
  if (kind === 'dependencies') return 'dependency calls';
  if (kind === 'kql') return `requests by the query ${shortName(name)}`;
  return requestsOf(config);
}

/** With probes in the plan it must be said whose requests are meant. */
export function requestsOf({ more = [] }: JudgeConfig): string {
  return more.some((metric) => metric.comparesInWatch) ? "people's requests" : 'requests';
}

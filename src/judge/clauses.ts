import { FAILURES, type EvidenceDetail } from './evidence.ts';
import {
  formatBound,
  formatDuration,
  formatEvidence,
  formatExpected,
  formatFactor,
} from './format.ts';
import type { Forward } from './forward.ts';
import { ratesBeside, seenMetric, shortName, thingsOf } from './metric-words.ts';
import type { JudgeConfig, Margin, RatioInterval } from './types.ts';

const SENTENCE_CHARS_MAX = 499;

/** A part of a sentence; those with a rank may be left out where it gets too long, the highest first. */
export interface Clause {
  readonly text: string;
  readonly rank?: number;
}

/** Clauses joined by `; `, those that say least left out until it is short enough. */
export function compose(clauses: readonly Clause[]): string {
  const told = clauses.filter(({ text }) => text !== '');
  const whole = `${told.map(({ text }) => text).join('; ')}.`;
  const ranks = told.flatMap(({ rank }) => (rank === undefined ? [] : [rank]));
  if (whole.length <= SENTENCE_CHARS_MAX || ranks.length === 0) return whole;
  const last = Math.max(...ranks);
  return compose(told.filter(({ rank }) => rank !== last));
}

/** An e-value means nothing to most readers; next to the one that is needed it does. */
export function against(logE: number, threshold: number): string {
  return `${formatEvidence(logE)} of the ${formatEvidence(threshold)} needed`;
}

export function marginText({ rho, delta }: Margin): string {
  const times = `${formatFactor(rho)} times the baseline's rate`;
  return delta === 0 ? times : `${times} plus ${formatFactor(delta * 100)} percentage points`;
}

/** `between 2.1 and 9 times as often`; empty when it says nothing (`ratioBounds`). */
export function ratioText(ratio: RatioInterval | undefined, isHarm = false): string {
  if (ratio === undefined) return '';
  const { low, high } = ratioBounds(ratio, isHarm);
  if (low === null) return high === null ? '' : `at most ${high} times as often`;
  return high === null
    ? `at least ${low} times as often`
    : `between ${low} and ${high} times as often`;
}

/** Both ends as people read them; null: not told. */
export interface RatioBounds {
  readonly low: string | null;
  readonly high: string | null;
}

const UNTOLD: RatioBounds = { low: null, high: null };

/**
 * Which ends of an interval tell a reader something. "At least 0.77 times as often" does not: better, equal
 * and far worse are all in it. After harm an interval that begins below 1 does not either: it is wider than
 * the evidence that showed the harm (half of alpha at each end), and reads as if it contradicted it.
 */
export function ratioBounds({ low, high }: RatioInterval, isHarm: boolean): RatioBounds {
  const lowText = formatBound(low, 'low');
  if (isHarm && low < 1) return UNTOLD;
  if (high === Infinity) return low > 1 && lowText !== '1' ? { low: lowText, high: null } : UNTOLD;
  return { low: low === 0 ? null : lowText, high: formatBound(high, 'high') };
}

/** What Slipway's own probes found, beside what people met; empty without probes. */
export function probesText(config: JudgeConfig, detail: EvidenceDetail): string {
  const probes = detail.metrics.find(({ config: { kind, comparesInWatch, edges } }) => {
    return kind === 'probes' && comparesInWatch && edges === undefined;
  });
  if (probes === undefined) return '';
  const { canary, baseline } = probes.compared.all;
  if (canary.n + baseline.n === 0) return '';
  return ratesBeside(seenMetric(config, probes, { basis: 'baseline', kind: 'all', measure: 0 }));
}

/** What is missing until the step is certified; empty when that is not known. */
export function outlookText(
  config: JudgeConfig,
  missing: Forward | undefined,
  binMs: number | undefined,
): string {
  if (missing === undefined) return '';
  const { certificate, chances, outlook } = missing;
  const by = certificate.name === FAILURES ? '' : ` by ${shortName(certificate.name)}`;
  if (outlook.early === true) return `nobody can say yet when it can be certified${by}`;
  if (chances === undefined || outlook.bins === undefined) {
    return `at the rates seen so far it can never be certified${by}`;
  }
  const metric = certificate.index === null ? undefined : config.more?.[certificate.index];
  const what = metric === undefined ? 'requests' : shortThings(thingsOf(config, metric));
  const time = binMs === undefined ? '' : `, some ${formatDuration(outlook.bins * binMs)}`;
  const more = `about ${formatExpected(chances)} more canary ${what}`;
  return `${more}${time} at the present traffic, until it can be certified${by}`;
}

/** `canary Slipway's probes` is no English. */
function shortThings(things: string): string {
  return things.replace(/^(people's|Slipway's) /, '');
}

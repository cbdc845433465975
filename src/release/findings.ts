/** What a release keeps of its evidence, for people and for its next pass. Rates are fractions. */
import type { MetricKind, Outlook, Tally } from '../judge/types.ts';
import type { Difference } from './facts.ts';

export interface VerdictSummary {
  readonly at: number;
  readonly outcome: string;
  readonly sentence: string;
  readonly harm: number;
  readonly harmThreshold: number;
  readonly certify: number | undefined;
  readonly certifyThreshold: number;
  readonly canary: { readonly requests: number; readonly failures: number };
  readonly baseline: { readonly requests: number; readonly failures: number };
  /** Interval of canary rate / baseline rate; `high` undefined: nothing limits it yet. */
  readonly ratio?: { readonly low: number; readonly high: number | undefined } | undefined;
  /** What is missing until the step can be certified, as the judge says it. */
  readonly outlook?: Outlook | undefined;
  /** The metric whose evidence weighs most: `failures`, or a name of `more`. */
  readonly by?: string | undefined;
  /** By which every log increment of request failures is divided; left out: 1. */
  readonly phi?: number | undefined;
  /** The metrics besides request failures; left out: there are none. */
  readonly more?: readonly MetricSummary[] | undefined;
}

export interface MetricSummary {
  readonly name: string;
  readonly kind: MetricKind;
  readonly on: 'rollback' | 'notify';
  /** Log e-value against "harmless" of this metric alone. */
  readonly harm: number;
  /** Of the step it stands at: the least of its measures; left out: nothing is to be certified. */
  readonly certify?: number | undefined;
  readonly canary: Tally;
  readonly baseline: Tally;
  readonly phi: number;
}

/** Harm that hits both versions (design section 6). */
export interface SharedIncident {
  /** Start of the first bin in which both versions failed so often. */
  readonly since: number;
  /** End of the newest bin that it was seen in: without telemetry it gets no longer. */
  readonly seenTo: number;
  /** The baseline's failure rate (fraction) before. */
  readonly rateBefore: number;
  /** It began right after a change of the weight by us. */
  readonly afterChange: boolean;
  /** Both rates, in one line. */
  readonly message: string;
}

/** Looked for after harm only, and only so often. */
export interface Hurts {
  readonly tries: number;
  /** The largest first; undefined: not found out yet. */
  readonly differences: readonly Difference[] | undefined;
}

import type { Margin } from '../judge/types.ts';

/**
 * The normalised plan: every default written out, durations in milliseconds, weights in PERCENT (the
 * judge's fractions are made in `judge-config.ts`, the one place that converts).
 */
export interface Plan {
  /** Name of the preset it came from, or `custom`. */
  readonly name: string;
  readonly strategy: 'canary' | 'blue-green';
  /** Rising weights; empty for blue-green. At most 50. */
  readonly steps: readonly Step[];
  readonly maxBlindMs: number;
  readonly maxPauseMs: number;
  /** From creation to promotion, paused time not counted. */
  readonly deadlineMs: number;
  readonly onUndecided: 'pause' | 'advance' | 'roll-back';
  readonly onBlind: 'pause' | 'roll-back';
  readonly onDeadline: 'pause' | 'roll-back';
  readonly analysis: Analysis;
  readonly validate: readonly HttpValidation[];
  readonly label: { readonly path: string; readonly require: boolean };
  readonly watchMs: number;
  readonly pinned: 'wait' | 'accept';
}

export interface Step {
  /** Percent of production traffic, 1-99. */
  readonly weight: number;
  /** The least judged time at this weight. */
  readonly bakeMs: number;
  /** When it is still undecided after this long, `onUndecided` applies. */
  readonly maxBakeMs: number;
}

export interface Analysis {
  readonly intervalMs: number;
  /** A bin is final no sooner than this after its end. */
  readonly settleMs: number;
  readonly alpha: number;
  readonly beta: number;
  readonly budget: { readonly absolute: number; readonly relative: number };
  /** Failure rate (fraction) that is harm whatever the baseline did; undefined: 3x baseline + budget. */
  readonly ceiling: number | undefined;
  /** Inclusive ranges of result codes that count as failures. */
  readonly failures: readonly StatusRange[];
}

export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** A request against the slot's own host before traffic, and against production's after the swap. */
export interface HttpValidation {
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly status: readonly StatusRange[];
  readonly bodyContains: string | undefined;
  /** Passes in a row that are needed. */
  readonly passes: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export type { Margin };

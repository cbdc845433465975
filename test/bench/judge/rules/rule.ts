import type { Minute } from '../minutes.ts';

/** Takes the next minute and gives the statistic after it; -Infinity: the rule does not look now. */
export type Fold = (minute: Minute) => number;

/** What a rule may know before a run; most look at none of it. */
export interface Known {
  /** The baseline's usual failure rate (fraction). */
  readonly baselineRate: number;
  readonly horizonMinutes: number;
}

/** A rule that rolls back at the first minute whose statistic is ABOVE `threshold`. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** Documented default, in the unit of the statistic. */
  readonly threshold: number;
  /** True: judged a second time with the threshold that gives 1 % false rollback in its cell. */
  readonly tuned: boolean;
  readonly start: (known: Known) => Fold;
}

/** The k-th largest of what it is given so far; -Infinity before there are k. */
export function kthLargest(k: number): (value: number) => number {
  const largest = new Array<number>(k).fill(-Infinity);
  return (value) => {
    let carried = value;
    for (let i = 0; i < k; i += 1) {
      const held = largest[i] ?? -Infinity;
      if (carried <= held) continue;
      largest[i] = carried;
      carried = held;
    }
    return largest[k - 1] ?? -Infinity;
  };
}

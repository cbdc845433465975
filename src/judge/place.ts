import type { Bin, JudgeConfig } from './types.ts';

/** What evidence is measured against. */
export type Basis = 'baseline' | 'ceiling';

/** What all metrics need to know of a bin. */
export interface Place {
  /** Position in the release, from 0, judged or not. */
  readonly index: number;
  readonly judged: boolean;
  readonly final: boolean;
  /** `ceiling` in the watch, and throughout where no baseline exists. */
  readonly basis: Basis;
}

export function placeOf(bin: Bin, index: number, { mode }: JudgeConfig): Place {
  const basis = mode === 'ceiling' || bin.watch ? 'ceiling' : 'baseline';
  return { index, judged: bin.judged, final: bin.final, basis };
}

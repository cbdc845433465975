import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { PlotTime } from './plot.tsx';

/** What the pooled charts are drawn from. */
export interface PooledProps {
  readonly evidence: EvidenceAnswer;
  readonly groups: readonly (readonly number[])[];
  readonly time: PlotTime;
  readonly names: { readonly canary: string; readonly baseline: string };
}

/** Of a whole step of `1, 2, 5 × 10ⁿ` at or above the value, so that an axis does not jump at every look. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 5, 7.5, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

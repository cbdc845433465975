/** What comes first in the list. Pure. */
import type { Phase, ReleaseView } from '../../api/contract.ts';

/** Phases in which a release holds its app; `failed` until somebody acknowledges it. */
export const UNFINISHED: readonly Phase[] = [
  'failed',
  'paused',
  'rolling-back',
  'ramping',
  'promoting',
  'watching',
  'preflight',
  'queued',
];

export function isUnderWay({ finished }: Pick<ReleaseView, 'finished'>): boolean {
  return !finished;
}

type Sorted = Pick<ReleaseView, 'finished' | 'phase' | 'createdAt'>;

/** What waits for a person, then what is under way, then the rest; each newest first. */
export function ordered<T extends Sorted>(releases: readonly T[]): readonly T[] {
  return releases.toSorted(
    (one, other) => rank(one) - rank(other) || other.createdAt.localeCompare(one.createdAt),
  );
}

function rank({ finished, phase }: Sorted): number {
  if (finished) return 2;
  return phase === 'failed' || phase === 'paused' ? 0 : 1;
}

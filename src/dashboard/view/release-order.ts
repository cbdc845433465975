/** What comes first in the list. Pure. */
import type { ReleaseView } from '../../api/contract.ts';

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

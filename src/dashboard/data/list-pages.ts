/** A list that is asked page by page, newest first, while releases come and leave. */
import type { ReleasesAnswer, ReleaseView } from '../../api/contract.ts';

/** So many pages are asked in turn: 400 releases under way. Older ones come on demand. */
const PAGES_IN_TURN = 8;

type Listed = Pick<ReleaseView, 'id' | 'createdAt'>;
type Page<T extends Listed> = Omit<ReleasesAnswer, 'releases'> & {
  readonly releases: readonly T[];
};

/** Where a page begins. */
export interface Place {
  readonly continuation: string | undefined;
  /** When the last release before it was created; undefined: none is before it. */
  readonly after: string | undefined;
}

export const FIRST: Place = { continuation: undefined, after: undefined };

export interface Part<T extends Listed = ReleaseView> {
  readonly page: Page<T>;
  readonly from: Place;
}

/** Undefined: this was the last page. */
export function placeAfter({ page, from }: Part<Listed>): Place | undefined {
  const { continuation, releases } = page;
  if (continuation === null) return undefined;
  return { continuation, after: releases.at(-1)?.createdAt ?? from.after };
}

/**
 * Asks for one page at each call: the one at `first`, the next ones, and at last that at `first` again; there
 * too after a failure.
 */
export function pagesInTurn<T extends Listed>(
  ask: (continuation: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
): (first: Place, signal: AbortSignal) => Promise<Part<T>> {
  let next: Place | undefined;
  let asked = 0;
  return async (first, signal) => {
    const from = next ?? first;
    asked = next === undefined ? 1 : asked + 1;
    next = undefined;
    const part = { page: await ask(from.continuation, signal), from };
    if (asked < PAGES_IN_TURN) next = placeAfter(part);
    return part;
  };
}

/**
 * Whether a release that was in the list is known to have left it: it would stand in this part. Of those beyond
 * its ends, and of those created in the same millisecond as its last one, nothing is known.
 */
export function hasLeft({ id, createdAt }: Listed, { page, from }: Part<Listed>): boolean {
  const { releases, continuation } = page;
  if (releases.some((release) => release.id === id)) return false;
  if (from.after !== undefined && createdAt >= from.after) return false;
  const last = releases.at(-1);
  return continuation === null || (last !== undefined && createdAt > last.createdAt);
}

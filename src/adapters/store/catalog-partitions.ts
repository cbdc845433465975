/**
 * Where an entry of the catalog lies, and where a list reads: a filter is never asked of a whole month,
 * since Azure Tables walks over every row of a partition that a filter leaves out. A release therefore
 * has its row in several partitions, each sorted newest first.
 */
import type { CatalogEntry, CatalogQuery } from '../../controller/ports/catalog.ts';
import type { Phase } from '../../release/release.ts';

/**
 * Releases that go on, and failed ones, acknowledged or not: those who look for a phase look for both. Its
 * size is the number of active releases and of the few that ever failed.
 */
export const UNFINISHED = 'unfinished';

const ENDED: ReadonlySet<Phase> = new Set(['succeeded', 'rolled-back', 'aborted', 'rejected']);

/** Nothing comes after it; after `failed` a person may still go back. */
export function hasEnded(phase: Phase): boolean {
  return ENDED.has(phase);
}

/** Besides its month, and `unfinished` until it ends. */
export function ownPartitions({ appKey, keyHash }: CatalogEntry): readonly string[] {
  return [ofApp(appKey), ...(keyHash === undefined ? [] : [ofKey(keyHash)])];
}

/** The smallest partition that has all that is asked for; undefined: the months, one after the other. */
export function partitionFor({
  appKey,
  keyHash,
  phase,
  finished,
}: CatalogQuery): string | undefined {
  if (keyHash !== undefined) return ofKey(keyHash);
  // Of one app too: what an app has behind it only grows.
  if (finished === false) return UNFINISHED;
  if (appKey !== undefined) return ofApp(appKey);
  return phase === undefined || hasEnded(phase) ? undefined : UNFINISHED;
}

function ofApp(appKey: string): string {
  return `app-${appKey}`;
}

function ofKey(keyHash: string): string {
  return `key-${keyHash}`;
}

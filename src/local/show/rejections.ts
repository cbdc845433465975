/** Starts that were rejected at once: nobody follows them, so they would never be seen. */
import { setTimeout as delay } from 'node:timers/promises';

import { rejectedText } from './lines.ts';
import type { Screen } from './screen.ts';
import type { ShownRelease, SlipwayApi } from './slipway-api.ts';
import { paragraph } from './wrap.ts';

export interface RejectionsOptions {
  readonly api: Pick<SlipwayApi, 'rejectedReleases'>;
  readonly screen: Pick<Screen, 'line' | 'look'>;
  /** Ids of the releases that are shown anyway. */
  readonly followed: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 1_500;

/** Runs until the signal comes. What was rejected before its first look is no news. */
export async function tellRejections(options: RejectionsOptions): Promise<void> {
  const { api, screen, followed, signal } = options;
  let known: Set<string> | undefined;
  while (!signal.aborted) {
    // A look that fails is made up for by the next one.
    const found = await api.rejectedReleases().catch(() => undefined);
    if (known !== undefined) {
      for (const release of newsOf(found ?? [], known)) {
        if (followed.has(release.id)) continue;
        const look = screen.look();
        screen.line(paragraph(rejectedText(release, look.colors), look.columns, '    '));
      }
    }
    if (found !== undefined) known = new Set([...(known ?? []), ...found.map(({ id }) => id)]);
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Those not known yet, oldest first; the API has the newest first. */
export function newsOf(
  found: readonly ShownRelease[],
  known: ReadonlySet<string>,
): readonly ShownRelease[] {
  return found.filter(({ id }) => !known.has(id)).toReversed();
}

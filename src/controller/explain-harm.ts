/**
 * After harm: one look at where the versions differ most. It comes last in a pass, when everything that
 * takes the new version away from visitors was done, and commits by itself: the way back never waits for it.
 */
import { BOUNDS } from '../limits.ts';
import { decideDifferences } from '../release/decide.ts';
import { SYSTEM } from '../release/draft.ts';
import type { Difference } from '../release/facts.ts';
import { wantsDifferences } from '../release/hurts.ts';
import { contextOf } from './context-of.ts';
import { countQuery } from './count-query.ts';
import type { Loaded } from './ports/release-store.ts';
import { ConflictError } from './ports/store-errors.ts';
import type { Ports } from './ports.ts';
import { save } from './save.ts';

/** A conflict drops what was read: another pass of this release looks again. */
export async function explainHarm(ports: Ports, loaded: Loaded): Promise<Loaded> {
  if (!wantsDifferences(loaded.release)) return loaded;
  const differences = await readDifferences(ports, loaded);
  const context = contextOf(ports, loaded, SYSTEM);
  const decision = decideDifferences({ release: loaded.release, differences, context });
  if (decision === undefined) return loaded;
  try {
    return await save(ports, loaded, decision);
  } catch (error) {
    if (error instanceof ConflictError) return loaded;
    throw error;
  }
}

async function readDifferences(
  ports: Ports,
  { release, plan }: Loaded,
): Promise<readonly Difference[] | undefined> {
  const { subject, binsFrom } = release;
  if (subject === undefined || binsFrom === undefined) return undefined;
  const toMs = ports.clock.now();
  // From before the swap on: only there did both versions have visitors.
  const fromMs = Math.max(binsFrom, toMs - BOUNDS.differencesMs);
  try {
    const { slotHost } = subject;
    return await ports.telemetry.differences(countQuery(release, plan, { slotHost, fromMs, toMs }));
  } catch (error) {
    ports.log('warning', 'where the versions differ could not be read', {
      release: release.id,
      error,
    });
    return undefined;
  }
}

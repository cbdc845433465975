/** Which transitions are worth a line on a terminal. The audit has them all. */
import type { ShownRow } from './slipway-api.ts';

type Body = ShownRow['body'];

/** A change to Azure is usually confirmed within this; one that takes longer is said when it is decided. */
const AT_ONCE_MS = 3_000;

export interface Digest {
  /** @returns what is to be shown now, in order */
  take(body: Body, nowMs: number): readonly Body[];
  /** What was held back for longer than a confirmation may take; with Infinity: whatever is left. */
  late(nowMs: number): readonly Body[];
}

/**
 * Holds back what was decided or asked of Azure until it is known what came of it: when the next row
 * follows at once and says that, or says the same, one line is enough.
 */
export function createDigest(): Digest {
  let held: { readonly body: Body; readonly atMs: number } | undefined;
  return {
    take: (body, nowMs) => {
      const before = held === undefined || isCovered(held.body, body) ? [] : [held.body];
      held = undefined;
      if (!isStepOfIntent(body)) return [...before, body];
      held = { body, atMs: nowMs };
      return before;
    },
    late: (nowMs) => {
      if (held === undefined || nowMs - held.atMs < AT_ONCE_MS) return [];
      const { body } = held;
      held = undefined;
      return [body];
    },
  };
}

function isStepOfIntent({ action }: Body): boolean {
  return action.startsWith('intent-') || action === 'azure-answered';
}

function isCovered(held: Body, next: Body): boolean {
  if (next.message === held.message) return true;
  const soon = Date.parse(next.at) - Date.parse(held.at) < AT_ONCE_MS;
  return soon && held.action !== 'intent-confirmed' && isStepOfIntent(next) && !isDropped(next);
}

/** An intent that came to nothing: what it was is worth its line. */
function isDropped({ action }: Body): boolean {
  return action === 'intent-dropped';
}

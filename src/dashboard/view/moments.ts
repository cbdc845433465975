/** When a release moved, for the upright lines of the charts. Pure. */
import type { AuditEntry } from '../data/audit-body.ts';
import { weightText } from './format.ts';

/** A weight that was read back, the swap, the way back, a pause. */
export function momentsOf(
  entries: readonly AuditEntry[],
): readonly { readonly at: number; readonly text: string }[] {
  return entries.flatMap((entry) => {
    const text = momentText(entry);
    return text === undefined ? [] : [{ at: Date.parse(entry.at) / 1000, text }];
  });
}

/**
 * When judging began, milliseconds since the epoch: with the first whole bin after visitors first met the new
 * version. Undefined: they have not.
 */
export function judgedFrom(entries: readonly AuditEntry[], binMs: number): number | undefined {
  const first = entries.find(
    ({ action, from, to, weight }) =>
      (action === 'intent-confirmed' && to.includes('ramping') && weight.confirmed > 0) ||
      (from !== to && to.startsWith('watching')),
  );
  return first === undefined ? undefined : Math.ceil(Date.parse(first.at) / binMs) * binMs;
}

function momentText({ action, from, to, weight }: AuditEntry): string | undefined {
  if (action === 'intent-confirmed' && to.includes('ramping') && weight.confirmed > 0) {
    return weightText(weight.confirmed);
  }
  if (from === to) return undefined;
  if (to.startsWith('watching')) return 'swapped';
  if (to.startsWith('rolling-back')) return 'back';
  return to.startsWith('paused') ? 'paused' : undefined;
}

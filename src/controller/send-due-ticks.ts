import type { ClockView } from './metrics-of-clock.ts';
import type { DueEntry } from './ports/due-table.ts';
import type { Ports } from './ports.ts';

const AT_MOST = 1_000;
/** One after the other, a thousand would outlast the turn on a slow store. */
const AT_ONCE = 16;

/**
 * Timer `clock`: one tick message for each release that is due.
 * @param view hears what was due
 */
export async function sendDueTicks(ports: Ports, view?: Pick<ClockView, 'turn'>): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.due.due(now, AT_MOST);
  view?.turn(due, now);
  for (let from = 0; from < due.length; from += AT_ONCE) {
    await Promise.all(due.slice(from, from + AT_ONCE).map((entry) => sendOne(ports, entry, now)));
  }
  return due.length;
}

async function sendOne(ports: Ports, entry: DueEntry, now: number): Promise<void> {
  await ports.ticks.send(entry.releaseId, 0);
  // Not at every turn while the tick is under way; the tick itself writes the true time.
  await ports.due.put({ ...entry, at: now + ports.limits.retryMs });
}

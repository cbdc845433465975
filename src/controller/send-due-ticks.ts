import type { DueEntry } from './ports/due-table.ts';
import type { Ports } from './ports.ts';

const AT_MOST = 1_000;

/** Timer `clock`: one tick message for each release that is due. */
export async function sendDueTicks(ports: Ports): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.due.due(now, AT_MOST);
  for (const entry of due) await sendOne(ports, entry, now);
  return due.length;
}

async function sendOne(ports: Ports, entry: DueEntry, now: number): Promise<void> {
  if (await isOrphan(ports, entry, now)) {
    await ports.due.remove(entry.releaseId);
    return;
  }
  await ports.ticks.send(entry.releaseId, 0);
  // Not at every turn while the tick is under way; the tick itself writes the true time.
  await ports.due.put({ ...entry, at: now + ports.limits.retryMs });
}

/** The hint is written before its release: without one after ten minutes there will be none. */
async function isOrphan(ports: Ports, entry: DueEntry, now: number): Promise<boolean> {
  if (now < entry.since + ports.limits.dueOrphanMs || now < entry.at + ports.limits.tickAtMostMs)
    return false;
  return (await ports.store.load(entry.releaseId)) === undefined;
}

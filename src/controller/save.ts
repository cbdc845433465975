/** Commits a decision, with the app row when the release ends, and keeps the hints in step. */
import type { Decision } from '../release/decide.ts';
import { nextTickAt } from '../release/next-tick.ts';
import { type AppRecord, type Release, finishedAt, isFinished } from '../release/release.ts';
import type { Context } from '../release/draft.ts';
import { sha256 } from '../release/hash.ts';
import { tellAt } from './notify.ts';
import type { Loaded, Change } from './ports/release-store.ts';
import type { Ports } from './ports.ts';

/** Throws ConflictError and StoreUnavailableError. Returns what is in the store now. */
export async function save(ports: Ports, loaded: Loaded, decision: Decision): Promise<Loaded> {
  const app = await appChange(ports, loaded.release, decision.release);
  const change: Change = {
    release: decision.release,
    etag: loaded.etag,
    audit: decision.rows,
    bins: decision.bins,
    app,
  };
  const etag = await ports.store.commit(change);
  for (const row of decision.rows) {
    // The head in the log is an anchor outside the table: who rewrites the partition cannot rewrite it.
    const facts = { release: row.releaseId, sequence: row.sequence, head: row.hash };
    ports.log('info', messageOf(row.body), facts);
  }
  tellAnchor(ports, loaded.release, decision.release);
  return {
    release: decision.release,
    plan: loaded.plan,
    bins: decision.bins?.all ?? loaded.bins,
    etag,
  };
}

/** docs/security.md names this text: people look for it in the log, and alarms may stand on it. */
const ANCHOR = 'audit anchor at promotion';

/** Once a release, when the swap is confirmed and recorded. */
function tellAnchor({ log }: Ports, before: Release, after: Release): void {
  if (before.swappedAt !== undefined || after.swappedAt === undefined) return;
  const { id: release, sequence, chainHead: head } = after;
  log('info', ANCHOR, { release, sequence, head });
}

function messageOf(body: string): string {
  const { to, message } = JSON.parse(body) as { to: string; message: string };
  return `${to}: ${message}`;
}

/** The end of a release frees the app, in the same transaction. */
async function appChange(ports: Ports, before: Release, after: Release): Promise<Change['app']> {
  if (isFinished(before.stage) || !isFinished(after.stage)) return undefined;
  const loaded = await ports.store.loadApp(after.appKey);
  if (loaded?.app.active !== after.id) return undefined;
  return { record: freed(loaded.app, after, ports), etag: loaded.etag };
}

function freed(app: AppRecord, release: Release, ports: Ports): AppRecord {
  const { stage, subject, updatedAt } = release;
  const touched = subject !== undefined;
  const aftercare = touched
    ? {
        releaseId: release.id,
        from: updatedAt,
        until: updatedAt + ports.limits.aftercareMs,
        slot: release.slot,
        slotHost: subject.slotHost,
      }
    : app.aftercare;
  return {
    ...app,
    active: undefined,
    lastPromoted:
      stage.phase === 'succeeded'
        ? { releaseId: release.id, version: release.version, at: updatedAt }
        : app.lastPromoted,
    aftercare,
    ruleGoneAt: release.ruleGoneAt ?? app.ruleGoneAt,
  };
}

/** Hints: when the next pass is wanted, and where lists find the release. Lost ones only delay. */
export async function keepHints(ports: Ports, release: Release, context: Context): Promise<void> {
  const wishes = [
    nextTickAt(release, context),
    aftercareTickAt(release, context),
    tellAt(ports, release, context.now),
  ].filter((wish) => wish !== undefined);
  const at = wishes.length === 0 ? undefined : Math.min(...wishes);
  if (at === undefined) await ports.due.remove(release.id);
  else {
    const { id: releaseId, createdAt: since, stage } = release;
    await ports.due.put({ releaseId, at, since, phase: stage.phase });
  }
}

/** Every minute at first, then every five, for two hours after the end. */
function aftercareTickAt(release: Release, context: Context): number | undefined {
  const endedAt = finishedAt(release.stage);
  if (endedAt === undefined || release.subject === undefined) return undefined;
  const { now, limits } = context;
  if (now >= endedAt + limits.aftercareMs) return undefined;
  const soon = now < endedAt + limits.aftercareSoonForMs;
  return now + (soon ? limits.aftercareSoonMs : limits.aftercareLateMs);
}

export async function catalogue(ports: Ports, release: Release): Promise<void> {
  await ports.catalog.put({
    releaseId: release.id,
    appKey: release.appKey,
    phase: release.stage.phase,
    finished: isFinished(release.stage),
    keyHash: release.key === undefined ? undefined : sha256(release.key),
    createdAt: release.createdAt,
  });
}

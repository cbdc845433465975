/** The transactions of the store in memory: all of it is written, or nothing. */
import type { Change, Creation } from '../../src/controller/ports/release-store.ts';
import { ConflictError, StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import { BINS_PER_ROW } from '../../src/adapters/store/bin-rows.ts';
import { toJsonText } from '../../src/adapters/store/json-text.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import { copy, type ReleaseRows, type State } from './memory-store-rows.ts';

export function create(state: State, creation: Creation): void {
  const { release, plan, audit, start, app } = copy(creation);
  const startKey = `${release.appKey}/${start.keyHash}`;
  const rows = state.releases.get(release.id);
  if (rows !== undefined && isStored(rows, audit)) return;
  const appEtag = state.apps.get(release.appKey)?.etag;
  const appMovedOn = app !== undefined && appEtag !== app.etag;
  if (rows !== undefined || appMovedOn || state.starts.has(startKey)) {
    throw new ConflictError(`Release ${release.id} was not created: app or start is taken`);
  }
  state.releases.set(release.id, {
    release,
    plan,
    bins: [],
    audit: new Map(audit.map((row) => [row.sequence, row])),
    etag: state.nextEtag(),
  });
  state.starts.set(startKey, start);
  if (app !== undefined) {
    state.apps.set(release.appKey, { app: app.record, etag: state.nextEtag() });
  }
}

export function commit(state: State, change: Change): string {
  const { release, etag, audit, bins, app } = copy(change);
  checkLimits(change);
  const rows = state.releases.get(release.id);
  const appMovedOn = app !== undefined && state.apps.get(release.appKey)?.etag !== app.etag;
  const auditTaken = audit.some((row) => rows?.audit.has(row.sequence) === true);
  if (rows?.etag !== etag || appMovedOn || auditTaken) {
    if (rows === undefined || !isStored(rows, audit)) {
      throw new ConflictError(`Release ${release.id} has moved on`);
    }
    // Our own write. When somebody has written since, the stale etag makes the next commit read again.
    return toJsonText(rows.release) === toJsonText(release) ? rows.etag : etag;
  }
  rows.release = release;
  if (bins !== undefined) {
    rows.bins = [...rows.bins.slice(0, bins.firstNew), ...bins.all.slice(bins.firstNew)];
  }
  for (const row of audit) rows.audit.set(row.sequence, row);
  rows.etag = state.nextEtag();
  if (app !== undefined) {
    state.apps.set(release.appKey, { app: app.record, etag: state.nextEtag() });
  }
  return rows.etag;
}

/** The same refusals as the adapter: a fake that takes more would hide a mistake. */
function checkLimits({ bins, audit, app }: Change): void {
  if (bins?.all.some((bin) => !bin.final) === true) {
    throw new StoreUnavailableError('only final bins are stored');
  }
  const firstChunk = Math.floor((bins?.firstNew ?? 0) / BINS_PER_ROW);
  const chunks = Math.max(0, Math.ceil((bins?.all.length ?? 0) / BINS_PER_ROW) - firstChunk);
  const rows = 1 + chunks + audit.length + (app === undefined ? 0 : 1);
  if (rows > 100) throw new StoreUnavailableError(`${rows} rows; one transaction takes 100`);
}

function isStored(rows: ReleaseRows, audit: readonly AuditRow[]): boolean {
  return audit.length > 0 && audit.every((row) => rows.audit.get(row.sequence)?.hash === row.hash);
}

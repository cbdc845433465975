/**
 * Tells what the audit has and nobody was told of yet (design section 5: `notifiedSeq` says how far, so
 * there is no second outbox). At least once and in order; a crash tells a row again, under the same id.
 */
import { BOUNDS, type Limits } from '../limits.ts';
import type { AuditRow } from '../release/audit.ts';
import { noticeOf } from '../release/notice.ts';
import type { Release, Untold } from '../release/release.ts';
import type { Notifier } from './ports/notifier.ts';
import type { Loaded } from './ports/release-store.ts';
import { ConflictError } from './ports/store-errors.ts';
import type { Ports } from './ports.ts';

/** Where the telling stands: stored with the release. */
type Progress = Pick<Release, 'notifiedSeq' | 'untold'>;

export function hasUntold(ports: Ports, release: Release): boolean {
  return ports.notifier !== undefined && release.notifiedSeq < release.sequence;
}

/** When the next try is due; undefined when everything is told, or nobody wants to be. */
export function tellAt(ports: Ports, release: Release, now: number): number | undefined {
  return hasUntold(ports, release) ? Math.max(now, release.untold?.retryAt ?? now) : undefined;
}

/** Returns what is in the store then. Throws StoreUnavailableError; a receiver's failure is kept. */
export async function tellPending(ports: Ports, loaded: Loaded): Promise<Loaded> {
  const { notifier } = ports;
  const { release } = loaded;
  const now = ports.clock.now();
  if (notifier === undefined || (tellAt(ports, release, now) ?? Infinity) > now) return loaded;
  const progress = await tellRows(ports, notifier, release);
  return keep(ports, loaded, progress);
}

async function tellRows(ports: Ports, notifier: Notifier, release: Release): Promise<Progress> {
  const from = release.notifiedSeq + 1;
  const rows = await ports.audit.readAudit(release.id, { from, max: BOUNDS.noticesPerPass });
  let progress: Progress = { notifiedSeq: release.notifiedSeq, untold: release.untold };
  for (const row of rows) {
    const outcome = await tellOne(notifier, row, release);
    if (!('problem' in outcome)) {
      const untold = outcome.arrived ? arrived(progress.untold) : progress.untold;
      progress = { notifiedSeq: row.sequence, untold };
      continue;
    }
    const { problem } = outcome;
    const untold = failedOnce(progress.untold, problem, ports);
    if (untold.attempts < BOUNDS.noticeAttempts) return { ...progress, untold };
    const facts = { release: release.id, sequence: row.sequence, problem };
    ports.log('error', 'a notice could not be delivered and is given up', facts);
    // One try for each that follows, until one arrives: a dead receiver must not hold them for days.
    return { notifiedSeq: row.sequence, untold: { ...untold, givenUp: untold.givenUp + 1 } };
  }
  return progress;
}

/** `arrived` is false for a row that nobody is told of. */
type Outcome = { readonly arrived: boolean } | { readonly problem: string };

async function tellOne(notifier: Notifier, row: AuditRow, release: Release): Promise<Outcome> {
  try {
    const notice = noticeOf(row, release);
    if (notice === undefined) return { arrived: false };
    await notifier.tell(notice);
    return { arrived: true };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** What was given up stays known. */
function arrived(before: Untold | undefined): Untold | undefined {
  if (before === undefined || before.givenUp === 0) return undefined;
  return { ...before, attempts: 0, retryAt: 0 };
}

function failedOnce(before: Untold | undefined, problem: string, ports: Ports): Untold {
  const attempts = Math.min((before?.attempts ?? 0) + 1, BOUNDS.noticeAttempts);
  const retryAt = ports.clock.now() + backoffMs(attempts, ports.limits);
  const givenUp = before?.givenUp ?? 0;
  return { attempts, retryAt, problem: problem.slice(0, BOUNDS.messageChars), givenUp };
}

/** Doubles from `noticeRetryMs` up to `noticeRetryAtMostMs`. */
function backoffMs(attempts: number, limits: Limits): number {
  return Math.min(limits.noticeRetryAtMostMs, limits.noticeRetryMs * 2 ** (attempts - 1));
}

/** Onto whatever row is newest; never backwards. Lost, it only means that rows are told again. */
async function keep(ports: Ports, loaded: Loaded, progress: Progress): Promise<Loaded> {
  let newest = loaded;
  for (let attempt = 1; attempt <= BOUNDS.commitAttempts; attempt += 1) {
    const { release, etag } = newest;
    if (!isNews(progress, release)) return newest;
    const change = { release: { ...release, ...progress }, etag, audit: [] };
    try {
      const next = await ports.store.commit({ ...change, bins: undefined, app: undefined });
      return { ...newest, release: change.release, etag: next };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
    const reloaded = await ports.store.load(release.id);
    if (reloaded === undefined) return newest;
    newest = reloaded;
  }
  return newest;
}

function isNews(progress: Progress, release: Release): boolean {
  if (progress.notifiedSeq !== release.notifiedSeq)
    return progress.notifiedSeq > release.notifiedSeq;
  return progress.untold?.retryAt !== release.untold?.retryAt;
}

/**
 * Tells each receiver what the audit has and it was not told of yet (design section 5: the release row
 * says how far each is, so there is no second outbox). At least once, and in order for each receiver; a
 * crash tells a row again, under the same id. No receiver waits for another.
 */
import { BOUNDS } from '../limits.ts';
import type { AuditRow } from '../release/audit.ts';
import { noticeOf } from '../release/notice.ts';
import type { Release, Told, ToldByName } from '../release/release.ts';
import type { Receiver } from './ports/notifier.ts';
import type { Loaded } from './ports/release-store.ts';
import { ConflictError } from './ports/store-errors.ts';
import type { Ports } from './ports.ts';
import { isKnown, toldOf, withTold } from './told.ts';
import { Failure, afterFailure, arrived } from './untold.ts';

export function hasUntold(ports: Ports, release: Release): boolean {
  return receiversOf(ports).some(({ name }) => toldOf(release, name).seq < release.sequence);
}

/** When the next try is due; undefined when everything is told, or nobody wants to be. */
export function tellAt(ports: Ports, release: Release, now: number): number | undefined {
  const times = receiversOf(ports).map((receiver) => dueAt(receiver, release, now));
  // Without its row a release that has ended would never be told of, once it is known whom to tell.
  if (ports.notifier?.unread !== undefined && isSomeoneBehind(release)) {
    times.push(now + ports.limits.tickAtMostMs);
  }
  const at = Math.min(...times);
  return Number.isFinite(at) ? at : undefined;
}

function isSomeoneBehind({ told = {}, sequence }: Release): boolean {
  return Object.values(told).some(({ seq }) => seq < sequence);
}

/** Returns what is in the store then. Throws StoreUnavailableError; a receiver's failure is kept. */
export async function tellPending(ports: Ports, loaded: Loaded): Promise<Loaded> {
  const { release } = loaded;
  const now = ports.clock.now();
  const receivers = receiversOf(ports);
  const due = receivers.filter((receiver) => dueAt(receiver, release, now) <= now);
  // Whoever is new begins here: the place is written down, or the next pass would begin later.
  const met = receivers.filter((receiver) => !isKnown(release, receiver));
  if (due.length === 0 && met.length === 0) return loaded;
  const pass: Pass = { ports, release, startedAt: now, rows: new Map(), told: {}, broken: [] };
  const telling = new Map(due.map((one) => [one.name, tellReceiver(pass, one)]));
  let newest = telling.size === 0 ? await keep(ports, loaded, {}) : loaded;
  // Kept as they finish: what a fast one was told must not wait for a slow one, and be told again.
  while (telling.size > 0) {
    telling.delete(await Promise.race(telling.values()));
    for (const name of Object.keys(pass.told)) telling.delete(name);
    newest = await keep(ports, newest, pass.told);
  }
  if (pass.broken.length > 0) throw pass.broken[0];
  return newest;
}

interface Pass {
  readonly ports: Ports;
  readonly release: Release;
  readonly startedAt: number;
  /** Rows by their first sequence: receivers that are equally far read them once. */
  readonly rows: Map<number, Promise<readonly AuditRow[]>>;
  /** Of those who have finished. */
  readonly told: Record<string, Told>;
  /** Why some could not even begin: the store does not answer. */
  readonly broken: unknown[];
}

function receiversOf({ notifier }: Ports): readonly Receiver[] {
  return notifier?.receivers ?? [];
}

/** Infinity: everything is told. */
function dueAt({ name }: Receiver, release: Release, now: number): number {
  const { seq, untold } = toldOf(release, name);
  return seq < release.sequence ? Math.max(now, untold?.retryAt ?? now) : Infinity;
}

/** Returns the name. Never throws: the others go on. */
async function tellReceiver(pass: Pass, receiver: Receiver): Promise<string> {
  try {
    pass.told[receiver.name] = await tellRows(pass, receiver);
  } catch (error) {
    pass.broken.push(error);
  }
  return receiver.name;
}

async function tellRows(pass: Pass, receiver: Receiver): Promise<Told> {
  const { ports, release, startedAt } = pass;
  let told = toldOf(release, receiver.name);
  for (const row of await rowsAfter(pass, told.seq)) {
    const outcome = await tellOne(receiver, row, release);
    if (outcome instanceof Failure) return failed(pass, { receiver, told, row, outcome });
    told = { seq: row.sequence, untold: outcome === 'told' ? arrived(told.untold) : told.untold };
    if (ports.clock.now() - startedAt > ports.limits.noticePassMs) break;
  }
  return told;
}

async function rowsAfter(
  { ports, release, rows }: Pass,
  seq: number,
): Promise<readonly AuditRow[]> {
  const from = seq + 1;
  const read =
    rows.get(from) ?? ports.audit.readAudit(release.id, { from, max: BOUNDS.noticesPerPass });
  rows.set(from, read);
  return read;
}

/** `passed-over`: a row that this receiver is not told of. */
async function tellOne(
  receiver: Receiver,
  row: AuditRow,
  release: Release,
): Promise<'told' | 'passed-over' | Failure> {
  try {
    const notice = noticeOf(row, release);
    if (notice === undefined || !receiver.wants(notice)) return 'passed-over';
    await receiver.tell(notice);
    return 'told';
  } catch (error) {
    return new Failure(error);
  }
}

interface Failed {
  readonly receiver: Receiver;
  readonly told: Told;
  readonly row: AuditRow;
  readonly outcome: Failure;
}

function failed({ ports, release }: Pass, { receiver, told, row, outcome }: Failed): Told {
  const tried = { before: told.untold, row, outcome, now: ports.clock.now() };
  const { untold, isGivenUp } = afterFailure(tried, ports.limits);
  if (!isGivenUp) return { ...told, untold };
  const { problem } = outcome;
  const facts = {
    ...{ receiver: receiver.name, release: release.id, sequence: row.sequence, problem },
  };
  ports.log('error', 'a notice could not be delivered and is given up', facts);
  return { seq: row.sequence, untold };
}

/** Onto whatever row is newest; never backwards. Lost, it only means that rows are told again. */
async function keep(ports: Ports, loaded: Loaded, told: ToldByName): Promise<Loaded> {
  let newest = loaded;
  for (let attempt = 1; attempt <= BOUNDS.commitAttempts; attempt += 1) {
    const release = withTold(newest.release, receiversOf(ports), told);
    if (release === undefined) return newest;
    const change = { release, etag: newest.etag, audit: [] };
    try {
      const etag = await ports.store.commit({ ...change, bins: undefined, app: undefined });
      return { ...newest, release, etag };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
    const reloaded = await ports.store.load(release.id);
    if (reloaded === undefined) return newest;
    newest = reloaded;
  }
  return newest;
}

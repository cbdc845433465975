import type { Bin } from '../../judge/types.ts';
import type { AuditRow } from '../../release/audit.ts';
import type { Plan } from '../../release/plan.ts';
import type { AppRecord, Release } from '../../release/release.ts';

/** A release as it was read, with what a conditional write needs. */
export interface Loaded {
  readonly release: Release;
  readonly plan: Plan;
  /** Final bins only, ascending, contiguous from `release.binsFrom`. */
  readonly bins: readonly Bin[];
  readonly etag: string;
}

export interface LoadedApp {
  readonly app: AppRecord;
  readonly etag: string;
}

/** Written with the release so that a start happens once. */
export interface StartRecord {
  /** SHA-256 of the idempotency key (or of the message and its insertion time). */
  readonly keyHash: string;
  /** SHA-256 of the start's content: same key with other content is refused. */
  readonly contentHash: string;
  readonly releaseId: string;
}

export interface Creation {
  readonly release: Release;
  readonly plan: Plan;
  readonly audit: readonly AuditRow[];
  readonly start: StartRecord;
  /** New state of the app row, when this release takes the app; etag undefined: the row must not exist. */
  readonly app: { readonly record: AppRecord; readonly etag: string | undefined } | undefined;
}

export interface Change {
  readonly release: Release;
  /** Etag of the release row that the decision was made on. */
  readonly etag: string;
  readonly audit: readonly AuditRow[];
  /** ALL final bins, when any were added: the adapter rewrites only the chunks from `firstNewBin`. */
  readonly bins: { readonly all: readonly Bin[]; readonly firstNew: number } | undefined;
  readonly app: { readonly record: AppRecord; readonly etag: string } | undefined;
}

/**
 * The partition of an app. State, bins, app row and audit rows of one call commit together or not at
 * all. Every method may throw StoreUnavailableError (nothing is known to be written).
 */
export interface ReleaseStore {
  /** One range read (release, plan, bins). Undefined when there is no such release. */
  load(releaseId: string): Promise<Loaded | undefined>;
  loadApp(appKey: string): Promise<LoadedApp | undefined>;
  findStart(appKey: string, keyHash: string): Promise<StartRecord | undefined>;
  /** Throws ConflictError when the app row moved on or the start exists already. */
  create(creation: Creation): Promise<void>;
  /**
   * Throws ConflictError when the etag is stale. A conflict whose audit rows are already there with
   * our hashes was our own write (an answer lost on the way): that succeeds. Returns the new etag.
   */
  commit(change: Change): Promise<string>;
}

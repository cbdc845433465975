import type { AuditRow } from '../../release/audit.ts';
import type { WrittenApp } from '../../release/written-app.ts';

/** An entry as it is stored: what was written, checked before. */
export interface StoredApp {
  readonly name: string;
  /** Of its target. */
  readonly appKey: string;
  readonly written: WrittenApp;
}

/** Number of audit rows, and the hash of the newest. */
export interface RegistryHead {
  readonly sequence: number;
  readonly chainHead: string;
}

export interface Registry {
  /** By name, at most 1,000. */
  readonly apps: readonly StoredApp[];
  readonly head: RegistryHead;
  /** Undefined: nothing was ever registered. */
  readonly etag: string | undefined;
}

export interface RegistryChange {
  /** Of the registry that the change was decided on. */
  readonly etag: string | undefined;
  readonly head: RegistryHead;
  /** At most 24; an undefined side: there was, or will be, none. */
  readonly entries: readonly {
    readonly before: StoredApp | undefined;
    readonly after: StoredApp | undefined;
  }[];
  readonly audit: readonly AuditRow[];
}

/**
 * The apps that Slipway may touch. A name has one site and a site one name. Every method may throw
 * StoreUnavailableError (nothing is known to be written).
 */
export interface AppRegistry {
  find(by: { readonly name: string } | { readonly appKey: string }): Promise<StoredApp | undefined>;
  load(): Promise<Registry>;
  /**
   * Entries, head and audit rows commit together or not at all. Throws ConflictError when the etag is
   * stale. A conflict whose audit rows are already there with our hashes was our own write: that succeeds.
   */
  commit(change: RegistryChange): Promise<void>;
  /** Rows with sequence >= `from`, ascending, at most `max` (<= 1000). */
  readAudit(range: { readonly from: number; readonly max: number }): Promise<readonly AuditRow[]>;
}

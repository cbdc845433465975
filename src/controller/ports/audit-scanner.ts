import type { FoundRow } from '../../release/chain.ts';

/** Reads an audit for verification: as it lies there, under suspicion. */
export interface AuditScanner {
  /**
   * What the row of the release says of its chain. Undefined: there is no such row.
   * Throws StoreUnavailableError.
   */
  scanRelease(releaseId: string): Promise<FoundRelease | undefined>;
  /**
   * Everything that lies where the release's audit lies, in the order of its keys; damaged rows are
   * given, not thrown. In pages: never the whole audit in memory. Throws StoreUnavailableError.
   */
  scanRows(releaseId: string): AsyncIterable<FoundRow>;
}

export interface FoundRelease {
  /** Undefined: it cannot be read, and `problem` says why. */
  readonly chain: { readonly sequence: number; readonly head: string } | undefined;
  readonly problem: string | undefined;
}

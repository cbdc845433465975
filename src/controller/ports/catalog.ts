import type { Phase } from '../../release/release.ts';

/** A hint for lists: which releases there are. The release rows are the truth. */
export interface CatalogEntry {
  readonly releaseId: string;
  readonly appKey: string;
  readonly phase: Phase;
  /** Nothing will be decided any more; a `failed` release once it is acknowledged. */
  readonly finished: boolean;
  readonly keyHash: string | undefined;
  readonly createdAt: number;
}

export interface CatalogQuery {
  readonly appKey: string | undefined;
  readonly phase: Phase | undefined;
  readonly finished: boolean | undefined;
  /** SHA-256 of a start's idempotency key. */
  readonly keyHash: string | undefined;
  /** Page size, 1-50. */
  readonly max: number;
  /** Opaque, from the previous page. */
  readonly continuation: string | undefined;
}

export interface CatalogPage {
  readonly entries: readonly CatalogEntry[];
  readonly continuation: string | undefined;
}

export interface Catalog {
  /** Creates or updates; last writer wins, it is a hint. */
  put(entry: CatalogEntry): Promise<void>;
  /** Newest first. */
  list(query: CatalogQuery): Promise<CatalogPage>;
}

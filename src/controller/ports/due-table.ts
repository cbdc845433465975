export interface DueEntry {
  readonly releaseId: string;
  readonly at: number;
  /** When the row was first written: a row without its release goes after 10 minutes. */
  readonly since: number;
  /** Of the release when the row was written, only to be counted; undefined: it did not say. */
  readonly phase?: string | undefined;
}

/** A hint: which release wants its next tick when. Lost or stale rows change nothing but the delay. */
export interface DueTable {
  /** Creates or updates; `since` of an existing row is kept. */
  put(entry: DueEntry): Promise<void>;
  /** Rows due at or before `now`, at most `max`, oldest first where the store can. */
  due(now: number, max: number): Promise<readonly DueEntry[]>;
  /** No error when it is gone already. */
  remove(releaseId: string): Promise<void>;
}

/** A message that could not become a release or a tick. Nothing is dropped in silence. */
export interface PoisonRecord {
  /** Stable for one message, so that recording twice makes one row. */
  readonly id: string;
  readonly queue: string;
  readonly at: number;
  /** The message as it came, cut to 16K characters. */
  readonly message: string;
  readonly code: string;
  readonly problem: string;
}

export interface PoisonBox {
  record(record: PoisonRecord): Promise<void>;
  /** Newest first, at most `max` (<= 100). */
  list(max: number): Promise<readonly PoisonRecord[]>;
}

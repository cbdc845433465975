/** A window of paired probes that somebody is asked to send: all else is in the release's row. */
export interface AskedWindow {
  readonly releaseId: string;
  /** Start of the window, milliseconds since the epoch. */
  readonly fromMs: number;
}

/** Queue `probes`. Messages are hints: repeated, late, lost or reordered ones change nothing. */
export interface ProbeWork {
  /**
   * Sends one message; visible after `delayMs` (0 to 7 days), up to a second sooner. It lives for two
   * minutes after that. Throws StoreUnavailableError.
   */
  send(window: AskedWindow, delayMs: number): Promise<void>;
}

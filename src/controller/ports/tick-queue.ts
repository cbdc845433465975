/** Queue `ticks`. Messages are hints: repeated, late, lost or reordered ones change nothing. */
export interface TickQueue {
  /** Sends one message; visible after `delayMs` (0 to 7 days). */
  send(releaseId: string, delayMs: number): Promise<void>;
}

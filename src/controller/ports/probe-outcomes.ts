import type { PairedBin } from '../../release/facts.ts';
import type { AskedWindow } from './probe-work.ts';

/** The right to send one window, and to write its counts. */
export interface ProbeClaim extends AskedWindow {
  /** Random: whose claim it is. */
  readonly id: string;
  readonly etag: string;
}

/**
 * What paired probes counted, a row a window. Whoever creates the row sends the window; nobody else ever
 * does. A row without counts is lost evidence: its sender died, whatever it had heard by then. Every method
 * may throw StoreUnavailableError.
 */
export interface ProbeOutcomes {
  /** Undefined: somebody has claimed the window. A claim whose answer was lost is recognised by its id. */
  claim(window: AskedWindow, id: string): Promise<ProbeClaim | undefined>;
  /** Writes the counts of a claimed window, once. Throws ConflictError when the row is not as claimed. */
  record(claim: ProbeClaim, counts: PairedBin): Promise<void>;
  /** Counts of the windows that start in [from, to), in their order; windows without counts are left out. */
  read(
    releaseId: string,
    range: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly PairedBin[]>;
}

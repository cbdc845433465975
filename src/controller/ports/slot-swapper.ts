import type { SwapProgress } from '../../release/facts.ts';
import type { Target } from '../../release/start-message.ts';

/** A swap twice undoes itself: nothing here is ever retried. */
export interface SlotSwapper {
  /**
   * POSTs slotsswap of `slot` with production once and returns when Azure accepted it.
   * Throws AzureCallError; `unknown` means that it may be running. Time-out 30 s.
   */
  submitSwap(target: Target, slot: string): Promise<{ readonly poller: string }>;
  /** One GET; never a POST. Throws AzureCallError when the poll itself could not be made. */
  pollSwap(poller: string): Promise<SwapProgress>;
}

export type { SwapProgress };

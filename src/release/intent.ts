import type { Volumes } from './azure-facts.ts';

/**
 * A change to Azure that is decided and recorded but not yet confirmed. At most one exists at a time.
 * It may be carried out only under a claim that was committed before the call (design section 4).
 */
export type Intent = WeightIntent | SwapIntent;

export interface WeightIntent {
  readonly kind: 'set-weight';
  /** Sequence of the audit row that recorded it. */
  readonly id: number;
  /** Percent; 0 removes the rule (a rule of 0 % still honours cookies, azure.md 1.3). */
  readonly weight: number;
  readonly from: number;
  readonly decidedAt: number;
  readonly claim: Claim | undefined;
  /** Not before this time; set after a busy or refused answer. */
  readonly retryAt: number | undefined;
  readonly attempts: number;
}

export interface SwapIntent {
  readonly kind: 'swap';
  readonly id: number;
  readonly direction: 'promote' | 'swap-back';
  readonly decidedAt: number;
  /** Volumes and swap timestamp when it was decided; a newer timestamp means somebody else swapped. */
  readonly before: Volumes;
  readonly claim: Claim | undefined;
  readonly retryAt: number | undefined;
  readonly attempts: number;
  /** Serialized poller of the accepted POST; says when to look, never whether it is done. */
  readonly poller: string | undefined;
  /** Azure said no: for good when the volumes prove that nothing happened. */
  readonly refusal: Refusal | undefined;
  /** First read that showed the old volumes after the claim had ended. */
  readonly unchangedAt: number | undefined;
  /** A no-change rules PATCH was answered 200 at this time: no operation runs on the site. */
  readonly idleAt: number | undefined;
}

export interface Claim {
  readonly id: string;
  readonly at: number;
  readonly notAfter: number;
}

export interface Refusal {
  /** An answer to the POST means that nothing was started; a failed poll does not. */
  readonly of: 'post' | 'poll';
  readonly code: string;
  readonly message: string;
  readonly at: number;
}

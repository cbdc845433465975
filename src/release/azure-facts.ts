/** What Azure says, in Slipway's words. No Azure type crosses into this folder. */

/** One traffic rule of production. Auto-ramp fields are never set by Slipway. */
export interface Rule {
  readonly name: string;
  readonly host: string;
  /** Percent, 0-100. */
  readonly weight: number;
  /** True when the platform's own auto ramp is configured on it (changeStep, callback). */
  readonly autoRamp: boolean;
}

/** Which volume sits in which slot: proves whether a swap happened (azure.md 1.5). */
export interface Volumes {
  readonly production: string;
  readonly slot: string;
  /** `slotSwapStatus.timestampUtc`, newest of both sites; undefined: never swapped. */
  readonly swappedAt: string | undefined;
}

/** What is in a slot: newest deployment id or image name. Proves that nobody pushed other bits. */
export interface Content {
  readonly production: string;
  readonly slot: string;
}

/** Site and slot as preflight and the tick need them. */
export interface SiteFacts {
  readonly volumes: Volumes;
  readonly production: SlotFacts;
  readonly slot: SlotFacts;
  /** The tag that `slipway rescue` leaves on the production site, as it stands there. */
  readonly rescueTag: string | undefined;
}

export interface SlotFacts {
  /** `Running`, `Stopped`, … */
  readonly state: string;
  readonly host: string;
  /** Set while a swap with preview waits for its second phase. */
  readonly targetSwapSlot: string | undefined;
  readonly operationInProgress: string | undefined;
}

/** How a call that changes Azure ended. Belongs to an intent and survives conflicts. */
export type WriteOutcome =
  /** Rules were written and read back. */
  | { readonly kind: 'rules-written'; readonly rules: readonly Rule[] }
  /**
   * A write of the rules as they are, without ours: answered (no operation runs on the site), or told
   * that one runs.
   */
  | {
      readonly kind: 'idle-asked';
      /** The first of the two reads that it was asked for (`unchangedAt`): it proves nothing of others. */
      readonly since: number;
      readonly idle: boolean;
      /** It was recorded that our rule goes with it, so what became of it is recorded too. */
      readonly takesAway: boolean;
      /** Our rule, when it was there and is gone by this write. */
      readonly removed: Rule | undefined;
      readonly message: string;
    }
  /** The swap was accepted; `poller` resumes it in any process. */
  | { readonly kind: 'swap-accepted'; readonly poller: string }
  /** Not done, not refused: another operation, throttling, a busy plan. */
  | {
      readonly kind: 'busy';
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs: number;
    }
  /** Not done and will not be: Azure answered with an error of ours. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** Nobody knows: time-out, reset, 5xx. */
  | { readonly kind: 'unknown'; readonly code: string; readonly message: string }
  /** We did not call: what was checked right before no longer held. */
  | { readonly kind: 'guarded'; readonly code: string; readonly message: string };

import { SlipwayError } from '../../release/errors.ts';
import type { Notice } from '../../release/notice.ts';

/** Tells the outside of transitions. */
export interface Notifier {
  /** Whoever wants to be told, in the order of the settings; at most `BOUNDS.receivers`. */
  readonly receivers: readonly Receiver[];
  /** Why there are more who cannot be told now: nothing of theirs is forgotten. Left out: these are all. */
  readonly unread?: string | undefined;
}

export interface Receiver {
  /** Unique; where telling stands is kept under it. */
  readonly name: string;
  readonly kind: string;
  /** Whether this notice is for it; always the same answer for the same notice. */
  wants(notice: Notice): boolean;
  /**
   * Delivered when it returns. Throws any error when that is not known: the notice is then told again.
   * NotToldError says what is wrong in words without the address, and how long to wait. Bounded in time
   * by itself.
   */
  tell(notice: Notice): Promise<void>;
  /** How the last deliveries of this process went. */
  standing(): Standing;
}

export interface Standing {
  /** The last delivery arrived, or there was none. */
  readonly ok: boolean;
  /** Store time of the last delivery, in ms; undefined: none in this process. */
  readonly toldAt: number | undefined;
  /** The last failure, also one that has passed. */
  readonly problem: { readonly at: number; readonly message: string } | undefined;
}

/** The receiver did not take the notice, as far as is known. */
export class NotToldError extends SlipwayError {
  /** What the receiver asked for (Retry-After); undefined: nothing. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code:
      | 'receiver-answer'
      // It is well, and takes the notice later (429): told again for as long as the notice is young.
      | 'receiver-later'
      | 'receiver-unreachable'
      | 'receiver-refuses'
      | 'notice-too-large',
    message: string,
    retryAfterMs?: number,
  ) {
    super(code, message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A notice that did not arrive: when it is tried again, and when it is given up. */
import { BOUNDS, type Limits } from '../limits.ts';
import type { AuditRow } from '../release/audit.ts';
import type { Untold } from '../release/release.ts';
import { NotToldError } from './ports/notifier.ts';

export class Failure {
  readonly problem: string;
  readonly retryAfterMs: number | undefined;
  /** Nothing is wrong with the receiver, and no other try can succeed. */
  readonly isForGood: boolean;
  /** It is there and only asks to come later. */
  readonly isLater: boolean;

  constructor(error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof NotToldError ? error.code : undefined;
    this.problem = message.slice(0, BOUNDS.noticeProblemChars);
    this.retryAfterMs = error instanceof NotToldError ? error.retryAfterMs : undefined;
    this.isForGood = code === 'notice-too-large';
    this.isLater = code === 'receiver-later';
  }
}

export interface FailedTry {
  readonly before: Untold | undefined;
  readonly row: AuditRow;
  readonly outcome: Failure;
  readonly now: number;
}

export interface AfterFailure {
  readonly untold: Untold;
  /** The row is told no more. */
  readonly isGivenUp: boolean;
}

/**
 * By the tries that failed; where the receiver only asks to come later, by its age as well: what is told late,
 * after days without a receiver, has its tries like any other.
 */
export function afterFailure(tried: FailedTry, limits: Limits): AfterFailure {
  const { before, row, outcome, now } = tried;
  const { problem, isForGood, isLater } = outcome;
  const { givenUp = 0, attempts: failed = 0, later = 0 } = before ?? {};
  if (isForGood) {
    const untold = { attempts: 0, retryAt: 0, problem, givenUp: givenUp + 1 };
    return { untold, isGivenUp: true };
  }
  const tries = isLater ? failed : Math.min(failed + 1, BOUNDS.noticeAttempts);
  const laterNow = isLater ? later + 1 : later;
  const isGivenUp = isLater
    ? tries + laterNow >= BOUNDS.noticeAttempts && now >= row.at + limits.noticeLaterMs
    : tries >= BOUNDS.noticeAttempts;
  // What follows has one try each then, until one arrives.
  const attempts = isGivenUp ? BOUNDS.noticeAttempts : tries;
  // Once it is given up, what follows has one try each: by the hour they would take days.
  const longest = isGivenUp ? limits.noticeRetryAtMostMs : limits.noticeRetryAfterMs;
  const asked = Math.min(outcome.retryAfterMs ?? 0, longest);
  const retryAt = now + Math.max(backoffMs(attempts + laterNow, limits), asked);
  const counts = { attempts, ...(laterNow === 0 ? {} : { later: laterNow }) };
  return {
    untold: { ...counts, retryAt, problem, givenUp: isGivenUp ? givenUp + 1 : givenUp },
    isGivenUp,
  };
}

/** What was given up stays known. */
export function arrived(before: Untold | undefined): Untold | undefined {
  if (before === undefined || before.givenUp === 0) return undefined;
  return { attempts: 0, retryAt: 0, problem: before.problem, givenUp: before.givenUp };
}

/** Doubles from `noticeRetryMs` up to `noticeRetryAtMostMs`. */
function backoffMs(tries: number, limits: Limits): number {
  return Math.min(limits.noticeRetryAtMostMs, limits.noticeRetryMs * 2 ** (tries - 1));
}

/** Follows a release to its end: looks, tells what happened since, and bears with a Slipway that is away. */
import type { AuditRowView, ReleaseAnswer, ReleaseView } from '../api/contract.ts';
import { isTransition } from './audit-lines.ts';
import { backoffMs, passes } from './patience.ts';
import { standingOf } from './release-words.ts';

/** What one look found. */
export interface Seen extends ReleaseAnswer {
  /** Rows since the last look, in order. */
  readonly rows: readonly AuditRowView[];
  /** What time it is over there. */
  readonly at: number | undefined;
}

export type WatchEnd =
  /** It went as it was meant to. */
  | 'promoted'
  /** Rolled back, aborted, rejected or failed. */
  | 'not-promoted'
  /** The release goes on, and nobody watches it any more. */
  | 'stopped'
  | 'timeout'
  | 'paused'
  | 'unreachable';

export interface Ended {
  readonly end: WatchEnd;
  /** As it was seen last; undefined: it never was. */
  readonly release: ReleaseView | undefined;
}

export interface WatchPorts {
  /** @param from the first audit row that was not told yet */
  readonly look: (from: number) => Promise<Seen>;
  /** Waits so long, or until the watch is over. */
  readonly rest: (ms: number, over: AbortSignal) => Promise<void>;
  /** Starts the time that Slipway may be away for; the signal is aborted when it is over. */
  readonly patience: () => AbortSignal;
  /** A person or the system ends the watch. */
  readonly stop: AbortSignal;
  /** The time for all of it is over. */
  readonly timeout: AbortSignal;
  readonly screen: WatchScreen;
}

export interface WatchScreen {
  /** It was seen for the first time. */
  begun(seen: Seen): void;
  /** Something happened. */
  transition(row: AuditRowView, seen: Seen): void;
  /** How it stands now; replaces what was drawn before. */
  moving(seen: Seen): void;
  /** Slipway does not answer: will be asked again. */
  trouble(message: string, waitMs: number): void;
}

export interface WatchOrder {
  readonly everyMs: number;
  /** `promoted`: the swap is proven; `succeeded`: and the watch after it is over. */
  readonly until: 'promoted' | 'succeeded';
  readonly stopAtPause: boolean;
}

/** @throws what does not pass by itself: no such release, no right, an address that is no Slipway */
export async function watch(order: WatchOrder, ports: WatchPorts): Promise<Ended> {
  const over = AbortSignal.any([ports.stop, ports.timeout]);
  const tries = new Tries(ports, over);
  let from = 1;
  let begun = false;
  for (;;) {
    const seen = await tries.look(from);
    if (over.aborted) {
      return { end: ports.stop.aborted ? 'stopped' : 'timeout', release: tries.last?.release };
    }
    if (seen === 'gave-up') return { end: 'unreachable', release: tries.last?.release };
    if (seen !== 'failed') {
      if (!begun) ports.screen.begun(seen);
      begun = true;
      for (const row of seen.rows.filter(isTransition)) ports.screen.transition(row, seen);
      from = Math.max(from, (seen.rows.at(-1)?.sequence ?? 0) + 1);
      const end = endOf(seen.release, order);
      if (end !== undefined) return { end, release: seen.release };
      ports.screen.moving(seen);
    }
    await ports.rest(seen === 'failed' ? tries.waitMs : order.everyMs, over);
  }
}

function endOf(release: ReleaseView, { until, stopAtPause }: WatchOrder): WatchEnd | undefined {
  const standing = standingOf(release.phase);
  if (standing !== 'under-way') return standing;
  if (until === 'promoted' && release.phase === 'watching') return 'promoted';
  return stopAtPause && release.phase === 'paused' ? 'paused' : undefined;
}

/** One try after the other; failures in a row wait longer, and only for so long. */
class Tries {
  readonly #ports: WatchPorts;
  readonly #over: AbortSignal;
  #failures = 0;
  #patience: AbortSignal | undefined;
  /** What was seen last. */
  last: Seen | undefined;

  constructor(ports: WatchPorts, over: AbortSignal) {
    this.#ports = ports;
    this.#over = over;
  }

  get waitMs(): number {
    return backoffMs(this.#failures);
  }

  async look(from: number): Promise<Seen | 'failed' | 'gave-up'> {
    try {
      this.last = await this.#ports.look(from);
      this.#failures = 0;
      this.#patience = undefined;
      return this.last;
    } catch (error) {
      // What was being asked was broken off by the signal.
      if (this.#over.aborted) return 'failed';
      if (!passes(error, this.last !== undefined)) throw error;
      this.#failures += 1;
      this.#patience ??= this.#ports.patience();
      if (this.#patience.aborted) return 'gave-up';
      const message = error instanceof Error ? error.message : String(error);
      this.#ports.screen.trouble(message, this.waitMs);
      return 'failed';
    }
  }
}

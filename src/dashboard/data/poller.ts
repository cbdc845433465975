/** Asks again and again, one question at a time, until it is stopped. */
import { nextDelayMs } from './pace.ts';

export interface PollerOptions {
  /** One round; what it throws counts as a failure. Must end when the signal says so. */
  readonly ask: (signal: AbortSignal) => Promise<void>;
  readonly isActive: () => boolean;
  readonly isVisible: () => boolean;
  readonly failed: (error: unknown) => void;
}

export interface Poller {
  /** Asks at once, or again right after the question that is under way. */
  now(): void;
  /** Breaks off what is under way. Nothing is asked or told any more. */
  stop(): void;
}

export function startPoller({ ask, isActive, isVisible, failed }: PollerOptions): Poller {
  const stopped = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let asking = false;
  let again = false;

  const round = async (): Promise<void> => {
    asking = true;
    try {
      await ask(stopped.signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!stopped.signal.aborted) failed(error);
    }
    asking = false;
    if (stopped.signal.aborted) return;
    const situation = { visible: isVisible(), active: isActive(), failures };
    timer = setTimeout(begin, again ? 0 : nextDelayMs(situation));
    again = false;
  };
  const begin = (): void => {
    clearTimeout(timer);
    void round();
  };

  begin();
  return {
    now: () => {
      if (asking) again = true;
      else if (!stopped.signal.aborted) begin();
    },
    stop: () => {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}

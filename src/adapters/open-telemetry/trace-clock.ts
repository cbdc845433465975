/**
 * Time for spans: they want fractions of a millisecond and never run backwards, and a pass of a few
 * milliseconds is nothing that the store's clock could measure.
 */
export interface TraceClock {
  /** Milliseconds since the epoch, with fractions. */
  now(): number;
}

/** Anchored once a trace: a process lives for days, in which the two clocks drift apart. */
export function startTraceClock(): TraceClock {
  const anchor = Date.now() - performance.now();
  return { now: () => anchor + performance.now() };
}

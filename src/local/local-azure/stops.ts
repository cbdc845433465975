/** What was started is stopped again in the opposite order, whatever one of the stops does. */
export interface Stops {
  /** Remembers how to stop what was just started. */
  add(what: string, stop: () => Promise<void>): void;
  /** Newest first. Never rejects: a stop that fails is logged, and the next one goes on. */
  run(): Promise<void>;
}

export function createStops(log: (line: string) => void): Stops {
  const stops: { readonly what: string; readonly stop: () => Promise<void> }[] = [];
  return {
    add: (what, stop) => {
      stops.push({ what, stop });
    },
    run: async () => {
      for (let next = stops.pop(); next !== undefined; next = stops.pop()) {
        try {
          await next.stop();
        } catch (error) {
          log(`${next.what} did not stop as it should: ${String(error)}`);
        }
      }
    },
  };
}

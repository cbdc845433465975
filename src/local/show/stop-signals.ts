/** Ctrl-C once: stop cleanly. Twice: at once. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a shell reports for a program that Ctrl-C ended. */
export const STOPPED_EXIT_CODE = 130;

/** One press can arrive twice: the terminal signals everybody in it, and npm passes its signal on. */
const SAME_PRESS_MS = 300;

/**
 * @returns aborts at the first signal. At the second the process ends: its children notice that and
 * end too (child-process.ts), Azurite with its data saved.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstMs = 0;
  const stop = (): void => {
    if (!controller.signal.aborted) {
      firstMs = performance.now();
      controller.abort();
    } else if (performance.now() - firstMs > SAME_PRESS_MS) {
      process.exit(STOPPED_EXIT_CODE);
    }
  };
  for (const name of SIGNALS) process.on(name, stop);
  return controller.signal;
}

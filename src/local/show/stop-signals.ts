/** Ctrl-C once: stop cleanly. Twice: at once. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a shell reports for a program that Ctrl-C ended. */
export const STOPPED_EXIT_CODE = 130;

/**
 * @returns aborts at the first signal. At the second the process ends: its children notice that and
 * end too (child-process.ts), Azurite with its data saved.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(STOPPED_EXIT_CODE);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return controller.signal;
}

/** The codes of what can be wrong with a function app, its settings or its host. */
export type HostErrorCode =
  | 'host-json-invalid'
  | 'setting-missing'
  | 'app-not-loaded'
  | 'no-functions'
  | 'function-invalid'
  | 'route-invalid'
  | 'schedule-invalid'
  | 'port-taken'
  | 'host-already-started';

/** Thrown by the local functions host; each message says what to change. */
export class FunctionsHostError extends Error {
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FunctionsHostError';
    this.code = code;
  }
}

/** The text of anything that was thrown, with its stack where it has one. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}

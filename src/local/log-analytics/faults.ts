/** What goes wrong with a request instead of its answer. */
export type FaultAction =
  /** This answer; a body that is an object is sent as JSON. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is closed without an answer. */
  | { readonly kind: 'drop' }
  /** The answer comes later; a query whose `Prefer: wait` is shorter gets 504 then. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Queries only: 200 with half of the rows and a PartialError (azure.md section 2). */
  | { readonly kind: 'partial' };

/** A fault for the next `times` requests of a door. */
export interface Fault {
  readonly times: number;
  /** Which door; queries when left out. A batch counts as one request. */
  readonly on?: 'query' | 'ingestion';
  readonly action: FaultAction;
}

/** Faults on demand, used up in the order in which they were added. */
export class Faults {
  #waiting: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    if (fault.times > 0) {
      this.#waiting.push({ fault, left: fault.times });
    }
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault that this request meets, if any. */
  next(door: 'query' | 'ingestion'): FaultAction | undefined {
    const entry = this.#waiting.find(({ fault }) => (fault.on ?? 'query') === door);
    if (entry === undefined) {
      return undefined;
    }
    entry.left -= 1;
    if (entry.left <= 0) {
      this.#waiting = this.#waiting.filter((candidate) => candidate !== entry);
    }
    return entry.fault.action;
  }
}

function errorBody(code: string, message: string): unknown {
  return { error: { message, code } };
}

/** 429 as Log Analytics says it; the client retries after that many seconds by itself. */
export function throttled(retryAfterSeconds: number): FaultAction {
  return {
    kind: 'answer',
    status: 429,
    headers: { 'retry-after': String(retryAfterSeconds) },
    body: errorBody('ThrottledError', 'Rate limit is exceeded'),
  };
}

/** 403: the identity has no right to the workspace. */
export function forbidden(): FaultAction {
  return {
    kind: 'answer',
    status: 403,
    body: errorBody(
      'InsufficientAccessError',
      'The provided credentials have insufficient access to perform the requested operation',
    ),
  };
}

/** 504: the query took longer than it was given. */
export function gatewayTimeout(): FaultAction {
  return {
    kind: 'answer',
    status: 504,
    body: {
      error: {
        message: 'Gateway timeout',
        code: 'GatewayTimeout',
        innererror: { code: 'GatewayTimeout', message: 'Unable to unzip response' },
      },
    },
  };
}

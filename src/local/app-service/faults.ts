/** Faults on demand: what goes wrong with the next requests to ARM. */

export type FaultAction =
  /** Answers this and changes nothing: 429 with Retry-After, 5xx, 403. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Cuts the connection; nothing has happened. */
  | { readonly kind: 'drop' }
  /** Does what was asked, then cuts the connection: the caller cannot know. */
  | { readonly kind: 'apply-then-drop' }
  /** Waits, then does it, even when the caller has gone: a stalled worker's late write. */
  | { readonly kind: 'delay'; readonly delayMs: number };

export interface Fault {
  readonly match: { readonly method?: string; readonly pathIncludes?: string };
  /** How many requests it meets. */
  readonly times: number;
  readonly action: FaultAction;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The action for this request, used up once; `undefined` when none is due. */
  take(method: string, path: string): FaultAction | undefined;
}

/** First added, first used. Methods and paths are compared without case, as ARM does. */
export function createFaults(): Faults {
  let pending: { fault: Fault; left: number }[] = [];
  return {
    add: (fault) => pending.push({ fault, left: fault.times }),
    clear: () => {
      pending = [];
    },
    take: (method, path) => {
      const entry = pending.find(({ fault, left }) => left > 0 && meets(fault, method, path));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      pending = pending.filter(({ left }) => left > 0);
      return entry.fault.action;
    },
  };
}

function meets({ match }: Fault, method: string, path: string): boolean {
  const sameMethod = match.method === undefined || match.method.toUpperCase() === method;
  const part = match.pathIncludes?.toLowerCase();
  return sameMethod && (part === undefined || path.toLowerCase().includes(part));
}

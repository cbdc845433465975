/** When each of Azure's services was last seen to work, by the calls of this process. */
import { SlipwayError } from '../release/errors.ts';
import { redact } from '../release/redact.ts';
import type { CallOutcome, Service } from './call-outcome.ts';

/** Times are milliseconds since the epoch by the store's clock; undefined: never in this process. */
export interface Sighting {
  readonly okAt: number | undefined;
  readonly error: SeenError | undefined;
  /** Of the calls since the last that worked. */
  readonly failures: number;
  readonly failingSince: number | undefined;
}

export interface SeenError {
  readonly at: number;
  readonly code: string;
  readonly message: string;
}

export interface Sightings {
  of(service: Service): Sighting;
  /** @param error what was thrown; only looked at when the call did not work */
  note(
    service: Service,
    outcome: CallOutcome,
    call: { readonly at: number; readonly error?: unknown },
  ): void;
}

const NEVER: Sighting = { okAt: undefined, error: undefined, failures: 0, failingSince: undefined };
const MESSAGE_CHARS = 500;

export function createSightings(): Sightings {
  const seen = new Map<Service, Sighting>();
  const of = (service: Service): Sighting => seen.get(service) ?? NEVER;
  return {
    of,
    note: (service, { works }, { at, error }) => {
      const before = of(service);
      seen.set(
        service,
        works
          ? { ...before, okAt: at, failures: 0, failingSince: undefined }
          : {
              okAt: before.okAt,
              error: { at, ...saidBy(error) },
              failures: before.failures + 1,
              failingSince: before.failingSince ?? at,
            },
      );
    },
  };
}

function saidBy(error: unknown): Pick<SeenError, 'code' | 'message'> {
  const code = error instanceof SlipwayError ? error.code : 'error';
  const message = error instanceof Error ? error.message : String(error);
  return { code, message: redact(message).slice(0, MESSAGE_CHARS) };
}

import { SlipwayError } from '../../release/errors.ts';

/** Somebody else wrote first. Decisions are made afresh on what is there now; facts are kept. */
export class ConflictError extends SlipwayError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('conflict', message, options);
  }
}

/** Storage did not answer or refused to. Slipway then does nothing at all, rollback included. */
export class StoreUnavailableError extends SlipwayError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('store-unavailable', message, options);
  }
}

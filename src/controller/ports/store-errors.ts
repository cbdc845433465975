import { InvalidInputError, SlipwayError } from '../../release/errors.ts';

/** Somebody else wrote first. Decisions are made afresh on what is there now; facts are kept. */
export class ConflictError extends SlipwayError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('conflict', message, options);
  }
}

/** Storage did not answer or refused to. Slipway then does nothing at all, rollback included. */
export class StoreUnavailableError extends SlipwayError {
  /** Trying again later may help; otherwise somebody has to change something. */
  readonly transient: boolean;

  constructor(message: string, options: ErrorOptions & { readonly transient?: boolean } = {}) {
    super('store-unavailable', message, options);
    this.transient = options.transient ?? true;
  }
}

/** The continuation of a list is not one that Slipway gave out. */
export class BadContinuationError extends InvalidInputError {
  constructor(options: ErrorOptions = {}) {
    const message = 'it is not one of Slipway; leave it out to start with the first page';
    super('continuation', [{ path: 'continuation', code: 'invalid', message }], options);
  }
}

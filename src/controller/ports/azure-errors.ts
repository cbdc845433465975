import { SlipwayError } from '../../release/errors.ts';

/**
 * What became of a call to Azure, in the only terms the controller needs:
 * `busy` not done, try later (409 another operation, 429, plan busy); `refused` not done, will not be
 * (other 4xx); `unknown` may have been done (time-out, reset, 5xx).
 */
export type AzureFailure = 'busy' | 'refused' | 'unknown';

export class AzureCallError extends SlipwayError {
  readonly failure: AzureFailure;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: ErrorOptions & {
      readonly code: string;
      readonly failure: AzureFailure;
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
    },
  ) {
    super(options.code, message, options);
    this.failure = options.failure;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

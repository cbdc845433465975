import { SlipwayError } from '../release/errors.ts';

/** The command was given wrongly: exit code 2. */
export class UsageError extends SlipwayError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('usage', message, options);
  }
}

export function usage(message: string): UsageError {
  return new UsageError(message);
}

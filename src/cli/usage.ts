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

/** What commander says of an argument that was refused, without its own words for it: `"x": why`. */
export function plainly(message: string): string {
  return message.replace(
    /command-argument value '(.*)' is invalid for argument '[^']*'\./s,
    '"$1":',
  );
}

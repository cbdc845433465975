import { InvalidInputError } from '../release/errors.ts';

/** The command was given wrongly: exit code 2. */
export function usage(message: string): InvalidInputError {
  return new InvalidInputError('the command', [{ path: '', code: 'usage', message }]);
}

import { InvalidArgumentError } from 'commander';

import { isReleaseId } from '../release/release-id.ts';

/** A release id on the command line. */
export function releaseIdArgument(text: string): string {
  if (isReleaseId(text)) return text;
  throw new InvalidArgumentError('A release id is 20 hex digits, a hyphen and 19 hex digits.');
}

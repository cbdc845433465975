import { InvalidArgumentError } from 'commander';

import { duration } from '../release/written-plan.ts';

/** A duration as plans write it (`90s`, `10m`, `2h`), in milliseconds. */
export function durationArgument(text: string): number {
  const parsed = duration.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('Write a number and ms, s, m, h or d, such as 10m; at most 7d.');
}

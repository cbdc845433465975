/** Every promise that is watched. */
import { chainsChecker } from './chains.ts';
import { changesChecker } from './changes.ts';
import type { Checker, Eyes } from './checker.ts';
import { exposureChecker } from './exposure.ts';
import { harmChecker } from './harm.ts';
import { noticesChecker } from './notices.ts';
import { onceChecker, oneActiveChecker } from './ownership.ts';
import { probesChecker } from './probes.ts';
import { swapsChecker } from './swaps.ts';
import { trueRowsChecker } from './true-rows.ts';

export function createCheckers(
  eyes: Eyes,
  sentByQueue: () => ReadonlySet<string>,
): readonly Checker[] {
  return [
    exposureChecker(eyes),
    swapsChecker(eyes),
    harmChecker(eyes),
    changesChecker(eyes),
    trueRowsChecker(eyes),
    chainsChecker(eyes),
    oneActiveChecker(eyes),
    onceChecker(eyes, sentByQueue),
    noticesChecker(eyes),
    probesChecker(eyes),
  ];
}

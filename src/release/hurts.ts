/** Where the versions differ most, looked up after harm: what a person needs first to find the cause. */
import { BOUNDS } from '../limits.ts';
import { cut } from './audit-size.ts';
import type { Draft } from './draft.ts';
import type { Difference } from './facts.ts';
import { type Release, isFinished } from './release.ts';

/** After harm, until it is known, given up, or over. */
export function wantsDifferences({ hurts, stage }: Release): boolean {
  if (hurts === undefined || hurts.differences !== undefined) return false;
  return hurts.tries < BOUNDS.differenceTries && !isFinished(stage);
}

/** @param found undefined: could not be read this time; counted, and tried again at the next pass */
export function noteDifferences(draft: Draft, found: readonly Difference[] | undefined): void {
  const { hurts, reason } = draft.release;
  const tries = (hurts?.tries ?? 0) + 1;
  if (found === undefined) {
    draft.set({ hurts: { tries, differences: undefined } });
    return;
  }
  const differences = found.slice(0, BOUNDS.differencesKept).map((difference) => ({
    ...difference,
    name: cut(difference.name, BOUNDS.differenceNameChars),
  }));
  draft.set({ hurts: { tries, differences } });
  const message =
    differences.length === 0
      ? 'the versions differ in no operation, exception, result code or dependency by itself'
      : `where it hurts: ${differences.map(inWords).join('; ')}`;
  draft.note({ action: 'harm-explained', reason, message, facts: { differences } });
}

const WHAT: Readonly<Record<Difference['kind'], string>> = {
  operation: '',
  exception: 'exception ',
  'result-code': 'result code ',
  dependency: 'dependency ',
};

function inWords({ kind, name, canary, baseline }: Difference): string {
  return `${WHAT[kind]}${name}: ${canary.x} of ${canary.n}, baseline ${baseline.x} of ${baseline.n}`;
}

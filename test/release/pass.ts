/** One pass over a ramping release, on answers of telemetry that say one clear thing. */
import type { Bin } from '../../src/judge/types.ts';
import { decide } from '../../src/release/decide.ts';
import type { Facts } from '../../src/release/facts.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Release, Stage } from '../../src/release/release.ts';
import {
  NOW,
  answerOf,
  sampleContext,
  samplePlan,
  sampleRelease,
  stored,
} from '../support/release-samples.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const SINCE = NOW - 30 * MINUTE;

export function pass(
  release: Release,
  facts: Facts,
  options: { at?: number; plan?: Plan; bins?: readonly Bin[] } = {},
) {
  const { at = NOW, plan = samplePlan(), bins = [] } = options;
  return decide({ release: stored(release), bins, facts, context: sampleContext(plan, at) });
}

export const span = { from: SINCE, to: NOW, intervalMs: MINUTE };
export const GOOD = answerOf(span, {
  canary: { requests: 500, failures: 0 },
  baseline: { requests: 9_500, failures: 9 },
});
export const BAD = answerOf(span, {
  canary: { requests: 50, failures: 25 },
  baseline: { requests: 950, failures: 1 },
});
export const UNSURE = answerOf(span, {
  canary: { requests: 4, failures: 0 },
  baseline: { requests: 96, failures: 0 },
});
export const SILENT = answerOf(span, {
  canary: { requests: 0, failures: 0 },
  baseline: { requests: 950, failures: 1 },
});
export const DOWN = { kind: 'unavailable', message: 'throttled' } as const;

export const baking: Stage = {
  phase: 'ramping',
  step: 0,
  since: SINCE,
  confirmedAt: SINCE,
  patienceFrom: SINCE,
};
export const RAMPING = sampleRelease(baking, { weight: 5, wantedWeight: 5, binsFrom: SINCE });

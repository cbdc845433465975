/** The write that asks whether a swap still runs: what is decided of it, and what of a rule of ours. */
import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../src/release/decide.ts';
import type { Facts } from '../../src/release/facts.ts';
import type { Release } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  bodiesOf,
  read,
  sampleContext,
  samplePlan,
  sampleRelease,
  stored,
  swapIntent,
} from '../support/release-samples.ts';

const MINUTE = 60_000;
const BELIEVABLE = NOW + 4 * MINUTE;

function pass(release: Release, facts: Facts): Decision {
  const context = sampleContext(samplePlan(), BELIEVABLE);
  return decide({ release: stored(release), bins: [], facts, context });
}

const PENDING = [
  ['a promotion', sampleRelease(STAGES.promoting, { intent: swapIntent() }), read(0)],
  [
    'a swap back',
    sampleRelease(STAGES['rolling-back'], { intent: swapIntent({ direction: 'swap-back' }) }),
    read(0, 'canary-in-production'),
  ],
] as const;

describe('the proof that no swap runs', () => {
  it.each(PENDING)('of %s changes nothing where no rule of ours is', (_what, release, facts) => {
    const { effect, rows } = pass(release, facts);
    expect(effect).toEqual({
      kind: 'prove-idle',
      intentId: release.intent?.id,
      claimId: release.intent?.claim?.id,
      since: BELIEVABLE,
      takesAway: false,
      notAfter: BELIEVABLE + 2 * MINUTE,
    });
    expect(rows).toEqual([]);
  });

  it.each(PENDING)('of %s takes our rule away, and says so before', (_what, release, facts) => {
    const { rules = [] } = read(50);
    const { effect, rows } = pass(release, { ...facts, rules });
    expect(effect).toMatchObject({ kind: 'prove-idle', takesAway: true });
    expect(bodiesOf(rows)).toMatchObject([
      { action: 'intent-claimed', facts: { takesAway: { name: 'staging', weight: 50 } } },
    ]);
  });

  it.each(PENDING)("of %s leaves other slots' rules as they are", (_what, release, facts) => {
    const beta = { name: 'beta', host: 'b', weight: 7, autoRamp: false };
    const { effect, rows } = pass(release, { ...facts, rules: [beta] });
    expect(effect).toMatchObject({ kind: 'prove-idle', takesAway: false });
    expect(rows).toEqual([]);
  });
});

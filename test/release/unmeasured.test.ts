// A metric that can roll back cannot be read, and the rest can: its silence is no excuse for harm.
import { describe, expect, it } from 'vitest';
import type { Facts, TelemetryFacts } from '../../src/release/facts.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Release } from '../../src/release/release.ts';
import { CHECKOUT, EXCEPTIONS, planWith } from '../support/metric-plans.ts';
import { NOW, read } from '../support/release-samples.ts';
import { BAD, GOOD, MINUTE, RAMPING, pass } from './pass.ts';

const PLAN = planWith([EXCEPTIONS, CHECKOUT]);
const WHY = 'the metric "checkout", which can roll back, could not be read: no such table';

type Answer = Extract<TelemetryFacts, { kind: 'ok' }>;

/** The checkout metric as null in every row; every so many requests throw an exception. */
function withoutCheckout(answer: Answer, throws: (version: string) => number = () => 0): Facts {
  const rows = answer.rows.map((row) => ({
    ...row,
    more: [{ n: row.requests, x: [throws(row.version)] }, null],
  }));
  return { ...read(5), telemetry: { ...answer, rows, unmeasured: WHY } };
}

function after(facts: Facts, at = NOW, release: Release = RAMPING, plan: Plan = PLAN): Release {
  return pass(release, facts, { plan, at }).release;
}

describe('a metric that can roll back and cannot be read', () => {
  it('lets nothing be certified, and no bin be final', () => {
    const next = after(withoutCheckout(GOOD));
    expect(next).toMatchObject({
      stage: { phase: 'ramping', step: 0 },
      reason: 'telemetry-unavailable',
      verdict: { outcome: 'unavailable' },
      finalTo: RAMPING.binsFrom,
    });
    expect(next.message).toContain(WHY);
    expect(next.seen).toMatchObject({ blindSince: NOW, unavailableSince: NOW });
  });

  it('becomes the plan’s case when that lasts', () => {
    const first = after(withoutCheckout(GOOD));
    const later = NOW + PLAN.maxBlindMs;
    expect(after(withoutCheckout(GOOD), later - 1, first).stage.phase).toBe('ramping');
    expect(after(withoutCheckout(GOOD), later, first)).toMatchObject({
      stage: { phase: 'paused' },
      reason: 'telemetry-unavailable',
    });
  });

  it.each([
    ['request failures', withoutCheckout(BAD)],
    ['exceptions', withoutCheckout(GOOD, (version) => (version === '2.0.0' ? 40 : 3))],
  ])('does not hide harm that %s show', (_by, facts) => {
    const next = after(facts);
    expect(next.stage.phase).toBe('rolling-back');
    expect(next.reason).toBe('harm');
  });

  it('is judged in all bins once it can be read again', () => {
    const first = after(withoutCheckout(GOOD));
    const rows = GOOD.rows.map((row) => ({
      ...row,
      more: [
        { n: row.requests, x: [0] },
        { n: row.requests, x: [row.version === '2.0.0' ? 40 : 3] },
      ],
    }));
    const next = after({ ...read(5), telemetry: { ...GOOD, rows } }, NOW + MINUTE, first);
    expect(next).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'harm' });
    expect(next.verdict?.by).toBe('checkout');
    expect(next.seen.unavailableSince).toBeUndefined();
  });
});

// What a start says of the app's own traffic: plain words, and numbers that are those of the forecast.
import { describe, expect, it } from 'vitest';

import type { History } from '../../src/release/dispersion.ts';
import { trafficToCertify } from '../../src/release/prospects.ts';
import { type StartOutlook, startOutlook } from '../../src/release/start-outlook.ts';
import { samplePlan } from '../support/release-samples.ts';

function lately(requestsPerMinute: number, failureRate: number, more: History['more'] = []) {
  const requests = 60 * requestsPerMinute;
  return { bins: 60, requests, failures: requests * failureRate, more };
}

function outlook(plan: Parameters<typeof samplePlan>[0], history: History): StartOutlook {
  const found = startOutlook(samplePlan(plan), history);
  if (found === undefined) throw new Error('there is no outlook');
  return found;
}

describe('the outlook of a start', () => {
  it('says that a quiet app can never be certified, what the plan does then, and what would help', () => {
    const { requestsPerMinute, steps, message } = outlook('standard', lately(60, 0));
    expect(requestsPerMinute).toBe(60);
    expect(steps).toEqual(
      [5, 25, 50].map((weight) => ({ weight, certifiesWithin: null, maxBakeMinutes: 30 })),
    );
    expect(message).toBe(
      "At the app's present 60 requests a minute, none of which fails, no step of this plan can be certified within maxBake, even with a version that never fails; it would go on as not certified after 30 min a step (onUndecided: advance). Add probes, or choose a wider analysis.budget or a longer maxBake; as it is, certifying takes at least 710 requests a minute.",
    );
  });

  it('never asks for less traffic than there is, and for more where failures come in clusters', () => {
    const phi = (failures: number) => ({ failures, more: [1], bins: 60 });
    const asks = (requests: number, failures: number): string | undefined => {
      const found = startOutlook(samplePlan('standard'), lately(requests, 0.001), phi(failures));
      return /takes at least ([\d,]+) requests/.exec(found?.message ?? '')?.[1];
    };
    expect(asks(60, 1)).toBe('710');
    expect(asks(60, 6)).toBe('4,300');
    expect(asks(2_000, 6)).toBe('4,300');
    // What is missing here is calls, and no request more brings any.
    const plan = samplePlan({
      preset: 'standard',
      analysis: { metrics: { dependencies: 'rollback' } },
    });
    const rare = startOutlook(plan, lately(20_000, 0.001, [{ n: 60, x: [0] }]));
    expect(rare?.message).toContain('can be certified within maxBake');
    expect(rare?.message).not.toContain('takes at least');
  });

  it('says how long a busy app takes', () => {
    const { steps, message } = outlook('standard', lately(2_000, 0.001));
    expect(steps.map(({ certifiesWithin }) => certifiesWithin)).toEqual([10, 10, 10]);
    expect(message).toMatch(/of which 0\.1 % fail, .* at every step within maxBake: typically/);
  });

  it('tells what never can be certified from what hardly will be', () => {
    const { message } = outlook('standard', lately(300, 0.004));
    expect(message).toContain('the steps at 5 and 50 % will hardly be certified within maxBake');
    expect(message).not.toContain('takes at least');
  });

  it.each([
    ['pause', 'it would pause for a person after 30 min a step (onUndecided: pause)'],
    ['roll-back', 'it would be rolled back after 30 min a step (onUndecided: roll-back)'],
  ])('says what comes of it: %s', (onUndecided, said) => {
    const { message } = outlook({ preset: 'standard', onUndecided }, lately(60, 0));
    expect(message).toContain(said);
  });

  it('knows that probes certify together with requests', () => {
    const { steps, message } = outlook({ preset: 'standard', probes: {} }, lately(1, 0.001));
    for (const { certifiesWithin } of steps) expect(certifiesWithin).not.toBeNull();
    expect(message).not.toContain('Add probes');
  });

  it('knows that every metric has to certify, as rare as what it counts may be', () => {
    const plan = { preset: 'standard', analysis: { metrics: { dependencies: 'rollback' } } };
    const busy = (calls: number): StartOutlook =>
      outlook(plan, lately(20_000, 0.001, [{ n: 60 * calls, x: [0] }]));
    expect(busy(20_000).steps.every(({ certifiesWithin }) => certifiesWithin === 10)).toBe(true);
    expect(busy(1).message).toContain('no step of this plan can be certified');
  });

  it('says where the old version itself is over the ceiling', () => {
    expect(outlook('standard', lately(2_000, 0.03)).message).toMatch(
      /Besides, the old version itself is over the ceiling/,
    );
  });

  it('is silent where nothing is certified, and without a request', () => {
    expect(startOutlook(samplePlan('blue-green'), lately(60, 0))).toBeUndefined();
    expect(startOutlook(samplePlan('standard'), lately(0, 0))).toBeUndefined();
    expect(startOutlook(samplePlan('standard'), undefined)).toBeUndefined();
  });

  it('agrees with the traffic that the plan is said to need', () => {
    for (const name of ['careful', 'standard', 'fast'] as const) {
      const needed = trafficToCertify(samplePlan(name)) ?? 0;
      expect(outlook(name, lately(1.03 * needed, 0)).message).toContain('at every step');
      expect(outlook(name, lately(0.95 * needed, 0)).message).toContain('can be certified');
    }
  });
});

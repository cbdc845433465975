import { describe, expect, it } from 'vitest';
import { prospects, trafficNeeded, trafficToCertify } from '../../src/release/prospects.ts';
import { samplePlan } from '../support/release-samples.ts';

const history = (requestsPerMinute: number, failureRate: number) => ({
  bins: 360,
  requests: 360 * requestsPerMinute,
  failures: 360 * requestsPerMinute * failureRate,
  more: [],
});

describe('the traffic that certifying takes', () => {
  it('is what the strictest step needs: about ln(6 / beta) / delta canary requests', () => {
    // One step at 50 %, margin 0.001, maxBake 30 minutes: 4,800 canary requests at least.
    const plan = samplePlan({ preset: 'standard', steps: [{ weight: 50, bake: '10m' }] });
    const perMinute = trafficToCertify(plan) ?? 0;
    const canaryRequests = perMinute * 0.5 * 30;
    expect(canaryRequests).toBeGreaterThan(Math.log(1 / 0.05) / 0.001);
    expect(canaryRequests).toBeLessThan(1.7 * (Math.log(1 / 0.05) / 0.001));
  });

  it('is more for a smaller budget, and less for more time', () => {
    const of = (change: object): number => trafficToCertify(samplePlan(change)) ?? Infinity;
    expect(of({ preset: 'careful' })).toBeGreaterThan(of({ preset: 'standard' }));
    expect(of({ preset: 'standard', maxBake: '6x' })).toBeLessThan(of({ preset: 'standard' }));
  });

  it('is none where probes alone certify every step', () => {
    const probing = samplePlan({ preset: 'standard', probes: {} });
    expect(trafficToCertify(probing)).toBe(0);
    expect(trafficNeeded(probing)).toContain('its probes alone can certify every step');
    const told = samplePlan({ preset: 'standard', probes: { on: 'notify' } });
    expect(trafficToCertify(told)).toBe(trafficToCertify(samplePlan('standard')));
  });

  it('is told in two digits that are enough', () => {
    const needed = trafficToCertify(samplePlan('standard')) ?? 0;
    const told = Number(/about ([\d,]+) requests/.exec(trafficNeeded(samplePlan()) ?? '')?.[1]);
    expect(told).toBeGreaterThanOrEqual(needed);
    expect(told).toBeLessThan(1.1 * needed);
  });

  it('is said for plans with steps, and for no others', () => {
    expect(trafficNeeded(samplePlan())).toMatch(/at least about \d+ requests a minute/);
    expect(trafficNeeded(samplePlan('blue-green'))).toBeUndefined();
  });
});

describe('what is known in advance', () => {
  it('is nothing without history, and nothing where all goes well', () => {
    expect(prospects(samplePlan(), undefined, undefined)).toEqual([]);
    expect(prospects(samplePlan(), history(20_000, 0.0001), undefined)).toEqual([]);
    expect(prospects(samplePlan('blue-green'), history(1, 0), undefined)).toEqual([]);
  });

  it.each([
    [60, 0, /the steps at 5 %, 25 %, 50 % can never be certified within maxBake/],
    [300, 0.004, /the steps at 5 %, 50 % will hardly be certified within maxBake, even if/],
  ])('at %s a minute and a failure rate of %s names the steps', (perMinute, rate, words) => {
    const notes = prospects(samplePlan(), history(perMinute, rate), undefined);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(words);
    expect(notes[0]).toContain('the plan will advance, not certified there');
  });

  it('never says of probes, which certify too, what holds of requests alone', () => {
    const probing = samplePlan({ preset: 'standard', probes: {} });
    expect(prospects(probing, history(60, 0), undefined)).toEqual([]);
  });

  it('says where the old version itself is over a ceiling, which would take any new one back', () => {
    const plan = samplePlan({ strategy: 'blue-green', analysis: { ceiling: 0.02 } });
    const [note, ...others] = prospects(plan, history(2_000, 0.03), undefined);
    expect(note).toMatch(/over the ceiling of failures \(3 %, at most 2 %\)/);
    expect(others).toEqual([]);
    expect(prospects(plan, history(2_000, 0.02), undefined)).toEqual([]);
  });

  it('counts clusters, which make evidence smaller', () => {
    const clustered = { failures: 40, more: [], bins: 360 };
    const notes = prospects(samplePlan(), history(20_000, 0.0001), clustered);
    expect(notes[0]).toContain('40.0 times as much as chance alone');
    expect(notes[1]).toContain('certified within maxBake');
  });
});

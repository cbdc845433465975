import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binsUntilCertified, type Expected } from '../../src/judge/certify-growth.ts';
import { certifyLogE, foldCertify, startCertify } from '../../src/judge/certify.ts';
import { outlookOf, type OutlookInput } from '../../src/judge/outlook.ts';
import type { Bin, Margin } from '../../src/judge/types.ts';
import { arms, bin, bins, drawFailures, randomFrom, type Quad } from './support.ts';

const BETA = 0.05;
const THRESHOLD = -Math.log(BETA);
const MARGIN: Margin = { rho: 1.5, delta: 0.001 };

/** Traffic a minute of which a share goes to a canary as good as the baseline. */
function traffic(weight: number, perMinute: number, failureRate: number): Expected {
  return {
    canary: { requests: perMinute * weight, failureRate },
    baseline: { requests: perMinute * (1 - weight), failureRate },
  };
}

function minutes(margin: Margin, expected: Expected, phi = 1): number | undefined {
  return binsUntilCertified(startCertify(margin, phi), expected, THRESHOLD);
}

describe('time to certify a good canary', () => {
  const times = { rho: 1.5, delta: 0 };
  const points = { rho: 1, delta: 0.001 };

  /**
   * Median minutes of statistics.md 5.4, which were simulated. The path of the means is a little longer
   * than the median of the real ones: how lucky half of the releases are is not in it.
   */
  it.each([
    [0.05, 2000, 0.0001, points, 40],
    [0.05, 2000, 0.0001, MARGIN, 38],
    [0.05, 2000, 0.001, times, 347],
    [0.05, 2000, 0.001, points, 105],
    [0.05, 2000, 0.001, MARGIN, 56],
    [0.05, 2000, 0.01, times, 39],
    [0.05, 2000, 0.01, MARGIN, 27],
    [0.05, 20_000, 0.001, MARGIN, 6],
    [0.1, 200, 0.0001, MARGIN, 192],
    [0.1, 200, 0.001, MARGIN, 269],
    [0.1, 200, 0.01, MARGIN, 130],
    [0.1, 2000, 0.0001, MARGIN, 20],
    [0.1, 2000, 0.001, MARGIN, 30],
    [0.1, 2000, 0.01, times, 23],
    [0.1, 2000, 0.01, MARGIN, 17],
    [0.5, 2000, 0.001, times, 81],
    [0.5, 2000, 0.001, MARGIN, 9],
    [0.5, 2000, 0.01, MARGIN, 7],
  ])('w %d, %d a minute, failing %d, margin %o: %d', (weight, perMinute, rate, margin, median) => {
    const found = minutes(margin, traffic(weight, perMinute, rate)) ?? Infinity;
    expect(found / median).toBeGreaterThan(0.95);
    expect(found / median).toBeLessThan(1.5);
  });

  it('is the rule of three when nothing fails, at most 1.6 times it', () => {
    const needed = 100 * (minutes(MARGIN, traffic(0.05, 2000, 0)) ?? Infinity);
    expect(needed).toBeGreaterThan(THRESHOLD / MARGIN.delta);
    expect(needed).toBeLessThan((1.6 * THRESHOLD) / MARGIN.delta);
  });

  it('is never below the bound of statistics.md 1, whatever the rates', () => {
    const anyRate = fc.double({ min: 1e-5, max: 0.05, noNaN: true });
    const anyMargin = fc.record({
      rho: fc.double({ min: 1.05, max: 5, noNaN: true }),
      delta: fc.double({ min: 0, max: 0.01, noNaN: true }),
    });
    const anyWeight = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(anyRate, anyMargin, anyWeight, (rate, margin, weight) => {
        const border = margin.rho * rate + margin.delta;
        const bound = THRESHOLD / (border - rate + rate * Math.log(rate / border));
        const found = (minutes(margin, traffic(weight, 1000, rate)) ?? Infinity) * 1000 * weight;
        expect(found).toBeGreaterThanOrEqual(bound * (1 - 1e-9));
      }),
    );
  });

  it('grows as the overdispersion does', () => {
    const plain = minutes(MARGIN, traffic(0.1, 2000, 0.001)) ?? NaN;
    expect(minutes(MARGIN, traffic(0.1, 2000, 0.001), 3)).toBeCloseTo(3 * plain, 6);
  });

  it('is never for a canary beyond the margin, nor without canary requests', () => {
    const bad: Expected = {
      canary: { requests: 200, failureRate: 0.0026 },
      baseline: { requests: 1800, failureRate: 0.001 },
    };
    expect(minutes(MARGIN, bad)).toBeUndefined();
    expect(minutes(MARGIN, traffic(0, 2000, 0.001))).toBeUndefined();
  });
});

function outlook(over: Partial<OutlookInput> & Pick<OutlookInput, 'bins'>) {
  return outlookOf({ margin: MARGIN, ceiling: 0.02, phi: 1, beta: BETA, evidence: 0, ...over });
}

/** Minutes of good releases: 200 requests to the canary and 1,800 to the baseline, failing 0.1 %. */
function goodRelease(seed: number, count: number): Bin[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, minute) =>
    bin(minute, [200, 1800, drawFailures(random, 200, 0.001), drawFailures(random, 1800, 0.001)]),
  );
}

describe('outlook', () => {
  it('after ten minutes tells the time that is left within a factor of 1.6, at the median', () => {
    const shares = Array.from({ length: 101 }, (_, run) => {
      const all = goodRelease(run + 1, 400);
      const state = startCertify(MARGIN, 1);
      let at = 0;
      let told = NaN;
      for (const one of all) {
        foldCertify(state, one);
        at += 1;
        const evidence = certifyLogE(state);
        if (at === 10) told = outlook({ bins: all.slice(0, 10), evidence }).bins ?? Infinity;
        if (at > 10 && evidence >= THRESHOLD) return told / (at - 10);
      }
      return 0;
    }).toSorted((a, b) => a - b);
    expect(shares[50]).toBeGreaterThan(1 / 1.6);
    expect(shares[50]).toBeLessThan(1.6);
  });

  it('comes down as evidence grows, and is nothing once certified', () => {
    const quads = Array.from({ length: 40 }, (): Quad => [200, 1800, 0, 2]);
    const left = [1, 10, 15].map((count) => {
      const seen = bins(quads.slice(0, count));
      const state = startCertify(MARGIN, 1);
      for (const quad of quads.slice(0, count)) foldCertify(state, arms(quad));
      return outlook({ bins: seen, evidence: certifyLogE(state) }).requests ?? NaN;
    });
    expect(left.toSorted((a, b) => b - a)).toEqual(left);
    const certified = outlook({ bins: bins(quads), evidence: THRESHOLD });
    expect(certified).toEqual({ requests: 0, bins: 0 });
  });

  it('does not take no failures of 3 requests for a spotless canary', () => {
    const baseline = Array.from({ length: 30 }, (): Quad => [0, 2000, 0, 2]);
    const first = outlook({ bins: bins([...baseline, [3, 57, 0, 0]]) });
    const alike = 3 * (minutes(MARGIN, traffic(0.05, 60, 0.001)) ?? NaN);
    // Three requests a minute, seen in one of the last five.
    expect(first.requests).toBeGreaterThan(0.9 * alike);
    const spotless = outlook({ bins: bins(Array.from({ length: 9 }, () => [9000, 9000, 0, 9])) });
    expect(spotless.requests).toBe(0);
  });

  it('counts bins at the traffic of the newest ones', () => {
    const few = Array.from({ length: 10 }, (): Quad => [10, 1990, 0, 2]);
    const more = Array.from({ length: 5 }, (): Quad => [100, 1900, 0, 2]);
    const [slow, fast] = [outlook({ bins: bins(few) }), outlook({ bins: bins([...few, ...more]) })];
    expect(fast.bins).toBeLessThan((slow.bins ?? NaN) / 5);
    expect(fast.bins).toBe(Math.ceil((fast.requests ?? NaN) / 100));
  });

  const NEVER = { requests: undefined, bins: undefined };
  const EARLY = { ...NEVER, early: true };

  it('is never for a canary that is beyond the margin by more than chance', () => {
    const worse = Array.from({ length: 20 }, (): Quad => [500, 1500, 10, 3]);
    expect(outlook({ bins: bins(worse) })).toEqual(NEVER);
  });

  it('is open for one that only looks worse: the baseline saw none, or the wait would be endless', () => {
    const unlucky = Array.from({ length: 9 }, (): Quad => [1_000, 111, 2, 0]);
    expect(outlook({ bins: bins(unlucky) })).not.toEqual(NEVER);
    const narrow = { margin: { rho: 1.000001, delta: 0 } };
    expect(outlook({ bins: bins([[20_000, 180_000, 20, 180]]), ...narrow })).toEqual(EARLY);
  });

  it('is open before there is anything to go by: no final bin, no traffic of one version', () => {
    expect(outlook({ bins: [] })).toEqual(EARLY);
    expect(outlook({ bins: bins([[200, 1800, 0, 2]], { final: false }) })).toEqual(EARLY);
    expect(outlook({ bins: bins([[0, 2000, 0, 2]]) })).toEqual(EARLY);
    expect(outlook({ bins: [], margin: null })).toEqual(EARLY);
  });

  it.each([
    [9, EARLY],
    [10, NEVER],
  ])('with %i failures of a canary beyond the margin is %o', (failures, expected) => {
    const quad: Quad = [failures * 20, 2_000, failures, 2];
    expect(outlook({ bins: bins([quad]) })).toEqual(expected);
    const beyond: Quad = [failures * 20, 0, failures, 0];
    expect(outlook({ bins: bins([beyond]), margin: null })).toEqual(expected);
  });

  it('without a margin is about the ceiling, whatever the baseline', () => {
    const alone = outlook({ bins: bins([[100, 0, 0, 0]]), margin: null });
    const beside = outlook({ bins: bins([[100, 900, 0, 90]]), margin: null });
    expect(alone).toEqual(beside);
    // 0 of 100 where the ceiling is 2 %: at least the rule of three.
    expect((alone.requests ?? NaN) + 100).toBeGreaterThan(THRESHOLD / 0.02);
    expect(alone.requests).toBeLessThan(1000);
    expect(outlook({ bins: bins([[100, 0, 9, 0]]), margin: null }).bins).toBeUndefined();
    const nothing = { margin: null, ceiling: 0 };
    expect(outlook({ bins: bins([[100, 0, 0, 0]]), ...nothing })).toEqual(NEVER);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neverCertifies, type ForecastInput } from '../../src/judge/forecast.ts';
import { margins } from '../../src/judge/margins.ts';

const WEIGHTS = [0.05, 0.25, 0.5];
const BUDGET = { absolute: 0.001, relative: 0.5 };

/** The preset `standard` in bins of a minute. */
const STEPS: ForecastInput['steps'] = margins(WEIGHTS, BUDGET).map((margin, index) => ({
  weight: WEIGHTS[index] ?? 0,
  margin,
  bakeBins: 10,
  maxBakeBins: 30,
}));

const ASKED: ForecastInput = {
  steps: STEPS,
  requestsPerBin: 2000,
  failureRate: 0.001,
  phi: 1,
  beta: 0.05,
};

const anyAsked = fc.record({
  steps: fc.constant(STEPS),
  requestsPerBin: fc.double({ min: 1, max: 1e6, noNaN: true }),
  failureRate: fc.double({ min: 0, max: 0.2, noNaN: true }),
  phi: fc.double({ min: 1, max: 5, noNaN: true }),
  beta: fc.constant(0.05),
});

describe('what a plan can certify', () => {
  it('is every step with enough traffic, the later ones sooner for what came before', () => {
    const [first, second, third] = neverCertifies(ASKED);
    expect(first?.bins).toBeGreaterThan(5);
    expect(first?.bins).toBeLessThan(15);
    expect(second?.bins).toBeLessThan(10);
    expect(third?.bins).toBeLessThan(10);
  });

  it('is no step of a quiet app, however good the new version', () => {
    const quiet = neverCertifies({ ...ASKED, requestsPerBin: 20 });
    expect(quiet).toEqual(STEPS.map(() => ({ bins: undefined, atBest: undefined })));
  });

  it('is what the rule of three allows: about 3 / margin requests without a failure', () => {
    const [step] = STEPS;
    if (step === undefined) throw new Error('the plan has steps');
    const needed = Math.log(20) / step.margin.delta;
    const one = (requests: number): ForecastInput => ({
      ...ASKED,
      failureRate: 0,
      steps: [{ ...step, weight: 0.5, maxBakeBins: 1 }],
      requestsPerBin: 2 * requests,
    });
    expect(neverCertifies(one(needed))).toEqual([{ bins: undefined, atBest: undefined }]);
    expect(neverCertifies(one(1.6 * needed))[0]?.atBest).toBeLessThanOrEqual(1);
  });

  it('counts what an earlier step gave: longer there is shorter here', () => {
    const [first, ...others] = STEPS;
    if (first === undefined) throw new Error('the plan has steps');
    const longer = { ...ASKED, steps: [{ ...first, bakeBins: 25 }, ...others] };
    const [, before] = neverCertifies(ASKED);
    const [, after] = neverCertifies(longer);
    expect(after?.bins).toBeLessThan(before?.bins ?? NaN);
  });

  it('is never better for a typical canary than for one without a failure', () => {
    fc.assert(
      fc.property(anyAsked, (asked) => {
        for (const { bins, atBest } of neverCertifies(asked)) {
          if (bins !== undefined) expect(atBest).toBeLessThanOrEqual(bins);
        }
      }),
    );
  });

  it('takes half the time at twice the traffic, and twice at twice the overdispersion', () => {
    fc.assert(
      fc.property(anyAsked, (asked) => {
        const endless = { ...asked, steps: STEPS.map((step) => ({ ...step, maxBakeBins: 1e9 })) };
        const [once] = neverCertifies(endless);
        const [fast] = neverCertifies({ ...endless, requestsPerBin: 2 * asked.requestsPerBin });
        const [noisy] = neverCertifies({ ...endless, phi: 2 * asked.phi });
        fc.pre(once?.bins !== undefined && noisy?.bins !== undefined);
        expect((fast?.bins ?? NaN) / once.bins).toBeCloseTo(0.5, 6);
        expect(noisy.bins / once.bins).toBeCloseTo(2, 6);
      }),
    );
  });

  it('is nothing of a plan without steps', () => {
    expect(neverCertifies({ ...ASKED, steps: [] })).toEqual([]);
  });
});

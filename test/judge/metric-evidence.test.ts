import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certifyLogE, foldCertify, startCertify } from '../../src/judge/certify.ts';
import type {
  Bin,
  Evidence,
  JudgeConfig,
  MetricConfig,
  MetricEvidence,
  MetricTally,
} from '../../src/judge/types.ts';
import { anyQuad, arms, bin, bins, CONFIG, metric, tallies, tally, verdict } from './support.ts';
import type { Quad } from './support.ts';

const QUIET: Quad = [100, 100, 0, 0];
const BROKEN: Quad = [500, 1500, 40, 3];

/** Request failures only counted, so that harm is this metric's alone. */
function aloneConfig(over: Partial<MetricConfig>, of: Partial<JudgeConfig> = {}): JudgeConfig {
  return { ...CONFIG, on: 'off', more: [metric({ share: 1, ...over })], ...of };
}

function measured(given: readonly (MetricTally | null)[], over: Partial<Bin> = {}): Bin[] {
  return given.map((one, i) => bin(i, QUIET, { more: [one], ...over }));
}

function evidence(config: JudgeConfig, given: readonly Bin[]): Evidence {
  return verdict({ config, bins: given }).evidence;
}

function own(config: JudgeConfig, given: readonly Bin[]): MetricEvidence {
  const [only] = evidence(config, given).more ?? [];
  if (only === undefined) throw new Error('no metric was judged');
  return only;
}

describe('a metric with one measure', () => {
  it('is judged as request failures are, without the share kept for their ceiling', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { minLength: 1, maxLength: 8 }), (quads) => {
        const asMetric = own(aloneConfig({}), measured(quads.map(tally)));
        const asFailures = evidence(CONFIG, bins(quads));
        expect(asMetric.harm).toBeCloseTo(asFailures.concurrent, 9);
        expect(asMetric.certify[0]).toBeCloseTo(asFailures.certify[0] ?? NaN, 9);
      }),
    );
  });

  it('keeps 0.2 for its ceiling, which begins with the watch or with the first bin', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { minLength: 1, maxLength: 8 }), (quads) => {
        for (const ceilingFrom of ['start', 'watch'] as const) {
          const config = aloneConfig({ ceilings: [CONFIG.ceiling], ceilingFrom });
          const asFailures = evidence({ ...CONFIG, ceilingFrom }, bins(quads));
          expect(own(config, measured(quads.map(tally))).harm).toBeCloseTo(asFailures.harm, 9);
        }
      }),
    );
  });

  it('is blind in the watch, except for its ceiling', () => {
    const seen = [tally(BROKEN)];
    const ramp = own(aloneConfig({}), measured(seen));
    expect(ramp.harm).toBeGreaterThan(10);
    const watch = measured(seen, { watch: true });
    expect(own(aloneConfig({}), watch).harm).toBe(0);
    expect(own(aloneConfig({ ceilings: [0.02] }), watch).harm).toBeGreaterThan(10);
    const probed = own(aloneConfig({ comparesInWatch: true }), watch);
    expect(probed.harm).toBe(ramp.harm);
  });

  it('is compared without a baseline version only where it compares in the watch', () => {
    const ceiling = { mode: 'ceiling', margins: [] } as const;
    const seen = measured([tally(BROKEN)]);
    expect(own(aloneConfig({}, ceiling), seen).harm).toBe(0);
    expect(own(aloneConfig({ comparesInWatch: true }, ceiling), seen).harm).toBeGreaterThan(10);
    const capped = own(aloneConfig({ ceilings: [0.02] }, ceiling), seen);
    const failures = evidence({ ...CONFIG, ...ceiling }, bins([BROKEN]));
    expect(capped.harm).toBeCloseTo(failures.ceiling, 9);
  });

  it('adds up what it counted in judged bins, in ramp and watch', () => {
    const config = aloneConfig({ measures: 2, edges: [100, 500] });
    const more = [tallies([10, 30], [5, 1], [9, 2])];
    const given = [
      bin(0, QUIET, { more }),
      bin(1, QUIET, { more, final: false }),
      bin(2, QUIET, { more, judged: false }),
      bin(3, QUIET, { more, watch: true }),
      bin(4, QUIET, { more: [null] }),
    ];
    const { canary, baseline } = own(config, given);
    expect(canary).toEqual({ n: 30, x: [15, 3] });
    expect(baseline).toEqual({ n: 90, x: [27, 6] });
  });
});

describe('a bin in which a metric was not measured', () => {
  it('changes nothing now, and lets the start-time index advance', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { maxLength: 6 }), anyQuad, (quads, next) => {
        const config = aloneConfig({ ceilings: [0.02], ceilingFrom: 'start' });
        const seen = quads.map(tally);
        const [before, after] = [measured(seen), measured([...seen, null])].map((given) =>
          own(config, given),
        );
        expect(after).toEqual(before);
        const silent = own(config, measured([...seen, tally([0, 0, 0, 0]), tally(next)]));
        const blind = own(config, measured([...seen, null, tally(next)]));
        expect(blind.harm).toBe(silent.harm);
      }),
    );
  });

  it('is the same as one without any measurement', () => {
    const config = aloneConfig({});
    const without = [bin(0, QUIET), bin(1, QUIET, { more: [tally(BROKEN)] })];
    const blind = measured([null, tally(BROKEN)]);
    expect(own(config, without)).toEqual(own(config, blind));
  });
});

describe('a metric with several measures', () => {
  const latency = {
    kind: 'latency',
    name: 'latency',
    measures: 3,
    edges: [100, 500, 1000],
  } as const;

  it('counts the mean of their e-values, and says which is the worst', () => {
    const quads: Quad[] = [
      [500, 1500, 300, 900],
      [500, 1500, 60, 60],
      [500, 1500, 2, 6],
    ];
    const x = quads.map(([, , canary]) => canary);
    const baseX = quads.map(([, , , baseline]) => baseline);
    const together = own(aloneConfig(latency), measured([tallies([500, 1500], x, baseX)]));
    const apart = quads.map((quad) => Math.exp(own(aloneConfig({}), measured([tally(quad)])).harm));
    const mean = apart.reduce((sum, one) => sum + one, 0) / apart.length;
    expect(together.harm).toBeCloseTo(Math.log(mean), 9);
    expect(together.worst).toBe(1);
    expect(together.maxHarm).toBe(together.harm);
  });

  it('are all certified, or the metric is not', () => {
    const given = measured([
      tallies([3000, 3000], [900, 0, 0], [1800, 30, 30]),
      tallies([100, 3000], [10, 0, 3], [900, 0, 3]),
    ]);
    const margin = { rho: 2, delta: 0.001 };
    const found = own(aloneConfig({ ...latency, margins: [margin] }), given).certify[0];
    const apart = [0, 1, 2].map((measure) => {
      const state = startCertify(margin, 1);
      for (const { more } of given) {
        const one = more?.[0];
        if (one === undefined || one === null) continue;
        const [x = 0, baseX = 0] = [one.canary.x[measure], one.baseline.x[measure]];
        foldCertify(state, arms([one.canary.n, one.baseline.n, x, baseX]));
      }
      return certifyLogE(state);
    });
    expect(found).toBeCloseTo(Math.min(...apart), 9);
  });
});

describe('a metric: properties', () => {
  const phi = fc.double({ min: 1, max: 20, noNaN: true });

  it('does not change when both versions have a factor more chances and delta is 0', () => {
    fc.assert(
      fc.property(
        fc.array(anyQuad, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 2, max: 99 }),
        (quads, factor) => {
          const scaled = quads.map(([n, baseN, x, baseX]): Quad => [
            n * factor,
            baseN * factor,
            x,
            baseX,
          ]);
          const before = own(aloneConfig({}), measured(quads.map(tally))).harm;
          const after = own(aloneConfig({}), measured(scaled.map(tally))).harm;
          expect(Math.abs(after - before)).toBeLessThan(1e-9 * (1 + Math.abs(before)));
        },
      ),
    );
  });

  it('is shrunk by its own phi, and not by that of request failures', () => {
    fc.assert(
      fc.property(anyQuad, phi, (quad, by) => {
        const seen = measured([tally(quad)]);
        const plain = own(aloneConfig({}, { horizonBins: 1 }), seen).harm;
        const shrunk = own(aloneConfig({ phi: by }, { horizonBins: 1 }), seen).harm;
        // Each bet to the power of 1/phi; their mean is at most the plain mean to that power.
        expect(shrunk).toBeLessThanOrEqual(plain / by + 1e-9);
        expect(own(aloneConfig({}, { horizonBins: 1, phi: by }), seen).harm).toBe(plain);
      }),
    );
  });

  it('is the same when a bin is split at the same ratio and the mixture has no later starts', () => {
    const share = fc.nat(20);
    fc.assert(
      fc.property(share, share, fc.nat(20), fc.nat(20), (a, b, x, baseX) => {
        const early = Math.min(x, a);
        // Of a release some starts are kept for what comes after its planned bins.
        const at = { horizonBins: 1, watchFollows: false };
        const whole = [tally([(a + b + 2) * 20, (a + b + 2) * 300, x, baseX])];
        const split = [
          tally([(a + 1) * 20, (a + 1) * 300, early, 0]),
          tally([(b + 1) * 20, (b + 1) * 300, x - early, baseX]),
        ];
        const [one, two] = [whole, split].map((given) => own(aloneConfig({}, at), measured(given)));
        expect(two?.harm).toBeCloseTo(one?.harm ?? NaN, 9);
        expect(two?.certify[0]).toBeCloseTo(one?.certify[0] ?? NaN, 9);
      }),
    );
  });
});

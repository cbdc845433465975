// The linear totals against the formulas as they are written, in logarithms, where doubles end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startEvidence } from '../../src/judge/evidence.ts';
import { foldHarm, startHarm, type HarmNull } from '../../src/judge/harm.ts';
import { judgeEach } from '../../src/judge/judge.ts';
import { logSumExp } from '../../src/judge/log-math.ts';
import { type Mixture, mixtureOf, REFERENCE_MIXTURE } from '../../src/judge/mixture.ts';
import type { Bin, JudgeConfig, MetricConfig, MetricTally } from '../../src/judge/types.ts';
import { arms, bin, CONFIG, drawFailures, metric, randomFrom, type Quad } from './support.ts';

const RELEASE = mixtureOf(true);

/** Share of all starts that begins with bin `index`, counted from 0. */
function startOf(index: number, horizon: number, { firstShare, beyondShare }: Mixture): number {
  if (index >= horizon)
    return (beyondShare * horizon) / index - (beyondShare * horizon) / (index + 1);
  if (horizon === 1) return 1 - beyondShare;
  return index === 0 ? firstShare : (1 - firstShare - beyondShare) / (horizon - 1);
}

/** One e-process as statistics.md 3 has it: every term a logarithm, every term added in each bin. */
class Slow {
  readonly #null: HarmNull;
  readonly #mixture: Mixture;
  readonly #logs: number[];
  #index = 0;
  /** Of all terms ever added, the largest: what rounding is measured by. */
  reached = 1;
  ln = 0;

  constructor(harmNull: HarmNull) {
    this.#null = harmNull;
    this.#mixture = harmNull.mixture ?? REFERENCE_MIXTURE;
    this.#logs = this.#mixture.effects.map(() => -Infinity);
  }

  fold(quad: Quad | null): number {
    const { rho, delta, phi, horizonBins } = this.#null;
    const { effects, beyondShare } = this.#mixture;
    const start = Math.log(startOf(this.#index, horizonBins, this.#mixture));
    this.#index += 1;
    const [nc, nb, xc, xb] = quad ?? [0, 0, 0, 0];
    const compared = nc > 0 && (rho === 0 || nb > 0);
    const pi = compared ? (rho * nc) / (rho * nc + nb || 1) : 0;
    const rest = rho === 0 ? 1 : nb / (rho * nc + nb || 1);
    const logs = effects.map(({ psi }, j) => {
      const k = ((psi - 1) * rest) / (1 + pi * (psi - 1));
      const cost = (xc + xb) * Math.log1p(pi * (psi - 1)) + k * nc * delta;
      this.reached = Math.max(this.reached, compared ? cost + xc * Math.log(psi) : 0);
      const gain = compared ? xc * Math.log(psi) - cost : 0;
      return logSumExp([this.#logs[j] ?? NaN, start]) + gain / phi;
    });
    this.#logs.splice(0, logs.length, ...logs);
    this.reached = logs.reduce((most, log) => {
      return Number.isFinite(log) ? Math.max(most, Math.abs(log)) : most;
    }, this.reached);
    let reserve = (beyondShare * horizonBins) / this.#index;
    if (this.#index < horizonBins) {
      const later = 1 - this.#mixture.firstShare - beyondShare;
      reserve = beyondShare + (later * (horizonBins - this.#index)) / (horizonBins - 1);
    }
    const weighed = effects.map(({ weight }, j) => Math.log(weight) + (logs[j] ?? NaN));
    this.ln = logSumExp([Math.log(reserve), ...weighed]);
    return this.ln;
  }
}

function near(found: number, expected: number, reached: number): boolean {
  return Math.abs(found - expected) <= 1e-11 * reached + 1e-9;
}

/** From nobody to a million requests a minute, from never failing to always, one version or both. */
const requests = fc.oneof(fc.constantFrom(0, 1), fc.nat(100), fc.nat(10_000), fc.nat(1_000_000));
const share = fc.oneof(
  fc.constantFrom(0, 0, 0.5, 1),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 0.01, noNaN: true }),
);
const anyExtreme: fc.Arbitrary<Quad> = fc
  .tuple(requests, requests, share, share)
  .map(([nc, nb, c, b]) => [nc, nb, Math.round(nc * c), Math.round(nb * b)]);
/** Spans of like bins: long ones are what makes evidence sink. */
const spans = fc.array(
  fc.tuple(fc.option(anyExtreme, { freq: 9 }), fc.constantFrom(1, 1, 3, 200)),
  {
    minLength: 1,
    maxLength: 12,
  },
);
const anyNull: fc.Arbitrary<HarmNull> = fc.record({
  rho: fc.constantFrom(0, 0.01, 1, 1, 1.1, 40),
  delta: fc.constantFrom(0, 0, 1e-9, 0.0002, 0.02, 1),
  phi: fc.constantFrom(1, 1, 1.7, 30),
  horizonBins: fc.constantFrom(1, 2, 30, 510, 20_000),
  mixture: fc.constantFrom(RELEASE, RELEASE, REFERENCE_MIXTURE),
});

describe('harm where doubles end', () => {
  it('is what the formulas say, bin by bin, whatever came before', () => {
    fc.assert(
      fc.property(anyNull, spans, (harmNull, all) => {
        const slow = new Slow(harmNull);
        const state = startHarm(harmNull);
        for (const [quad, times] of all) {
          for (let i = 0; i < times; i += 1) {
            const expected = slow.fold(quad);
            const found = foldHarm(state, quad === null ? null : arms(quad));
            if (!near(found, expected, slow.reached)) expect(found).toBe(expected);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is it after 20,000 bins of a million requests a minute, half of which fail', () => {
    for (const mixture of [RELEASE, REFERENCE_MIXTURE]) {
      const harmNull = { rho: 1, delta: 0, phi: 1, horizonBins: 10_000, mixture };
      const slow = new Slow(harmNull);
      const state = startHarm(harmNull);
      for (let i = 0; i < 20_000; i += 1) {
        const more = i > 19_990 ? 5_000 : 0;
        const quad: Quad = [500_000, 500_000, 250_000 + more, 250_000];
        const expected = slow.fold(quad);
        const found = foldHarm(state, arms(quad));
        if (!near(found, expected, slow.reached)) expect(found).toBe(expected);
      }
    }
  });
});

describe('harm that begins after the planned time', () => {
  it('keeps a whole stake: what has started and what has not sum to 1 in every bin', () => {
    for (const horizonBins of [1, 2, 3, 60, 510]) {
      const state = startHarm({ rho: 1, delta: 0, phi: 1, horizonBins, mixture: RELEASE });
      let started = 0;
      for (let i = 0; i < 3_000; i += 1) {
        started += startOf(i, horizonBins, RELEASE);
        foldHarm(state, null);
        // What has started and what has not, while nothing was won or lost.
        expect(state.masses[0]).toBeCloseTo(started, 12);
      }
      expect(started).toBeLessThan(1);
      expect(started).toBeGreaterThan(0.99);
    }
  });

  /** Minutes to the verdict; a release of `horizonBins` minutes that was healthy for longer. */
  function delayOf(healthy: number, factor: number): number {
    const random = randomFrom(7);
    const all: Bin[] = [];
    for (let i = 0; i < healthy + 200; i += 1) {
      const rate = 0.001 * (i < healthy ? 1 : factor);
      const [xc, xb] = [drawFailures(random, 2000, rate), drawFailures(random, 18_000, 0.001)];
      all.push(bin(i, [2000, 18_000, xc, xb]));
    }
    const config = { ...CONFIG, horizonBins: 510 };
    const versions = { canary: '2.4.0', baseline: '2.3.9' };
    let seen = 0;
    for (const one of judgeEach({ config, bins: all, step: 0, data: { kind: 'ok' }, versions })) {
      seen += 1;
      if (one.outcome === 'harm') return seen - healthy;
    }
    return Infinity;
  }

  it.each([
    ['within it', 300],
    ['after a pause of 12 hours', 780],
    ['after one of a day', 1_500],
    ['after a week', 10_000],
  ])('is found in minutes %s', (_when, healthy) => {
    expect(delayOf(healthy, 5)).toBeLessThanOrEqual(6);
    expect(delayOf(healthy, 20)).toBeLessThanOrEqual(2);
  });
});

describe('all metrics of a release together', () => {
  const edges = [100, 1_000];
  const others: readonly MetricConfig[] = [
    metric({ name: 'exceptions', share: 0.2, ceilings: [0.05], ceilingFrom: 'start', phi: 3 }),
    metric({
      name: 'latency',
      kind: 'latency',
      share: 0.3,
      measures: 2,
      edges,
      ceilings: [0.3, 0.1],
    }),
    metric({ name: 'probes', kind: 'probes', share: 0.1, comparesInWatch: true }),
  ];
  const config: JudgeConfig = { ...CONFIG, share: 0.4, more: others, horizonBins: 20 };

  /** The evidence after every bin, by the formulas alone. */
  function slowly(all: readonly Bin[]): { ln: number; reached: number }[] {
    const measures = [
      { share: 0.4, part: 0, at: -1, ceiling: 0.02, from: 'watch', watched: false, phi: 1 },
      ...others.flatMap((one, at) =>
        Array.from({ length: one.measures }, (_, part) => ({
          share: one.share / one.measures,
          part,
          at,
          ceiling: one.ceilings[part],
          from: one.ceilingFrom,
          watched: one.comparesInWatch,
          phi: one.phi,
        })),
      ),
    ].map((one) => ({
      ...one,
      concurrent: new Slow({ ...CONFIG, phi: one.phi, horizonBins: 20, mixture: RELEASE }),
      capped: undefined as Slow | undefined,
    }));
    return all.map((now, index) => {
      const logs = measures.map((one) => {
        const quad = quadOf(now, one.at, one.part);
        const compares = !now.watch || one.watched || one.at < 0;
        one.concurrent.fold(compares ? quad : null);
        const mayCap = one.ceiling !== undefined && (now.watch || one.from === 'start');
        if (mayCap && one.ceiling !== undefined) {
          const horizonBins = index === 0 ? 20 : Math.max(20 - index, 30);
          const harmNull = { rho: 0, delta: one.ceiling, phi: one.phi, horizonBins };
          one.capped ??= new Slow({ ...harmNull, mixture: RELEASE });
          one.capped.fold(quad === null ? null : [quad[0], quad[1], quad[2], 0]);
        }
        const kept = one.ceiling === undefined ? 0 : 0.2;
        const mean = logSumExp([
          Math.log(1 - kept) + one.concurrent.ln,
          Math.log(kept) + (one.capped?.ln ?? 0),
        ]);
        return Math.log(one.share) + mean;
      });
      const reached = Math.max(
        ...measures.map(({ concurrent, capped }) =>
          Math.max(concurrent.reached, capped?.reached ?? 1),
        ),
      );
      return { ln: logSumExp(logs), reached };
    });
  }

  function quadOf(now: Bin, at: number, part: number): Quad | null {
    if (!now.judged) return null;
    if (at < 0) {
      const { canary, baseline } = now;
      return [canary.requests, baseline.requests, canary.failures, baseline.failures];
    }
    const tally = now.more?.[at] ?? null;
    if (tally === null) return null;
    const { canary, baseline } = tally;
    return [canary.n, baseline.n, canary.x[part] ?? 0, baseline.x[part] ?? 0];
  }

  const anyTally = (measures: number): fc.Arbitrary<MetricTally | null> =>
    fc.option(
      anyExtreme.map(([nc, nb, xc, xb]) => ({
        canary: { n: nc, x: Array.from({ length: measures }, (_, i) => Math.floor(xc / (i + 1))) },
        baseline: {
          n: nb,
          x: Array.from({ length: measures }, (_, i) => Math.floor(xb / (i + 1))),
        },
      })),
      { freq: 6, nil: null },
    );
  const anyBins = fc
    .tuple(
      fc.array(
        fc.tuple(anyExtreme, anyTally(1), anyTally(2), anyTally(1), fc.boolean(), fc.nat(9)),
        { minLength: 1, maxLength: 45 },
      ),
      fc.nat(45),
    )
    .map(([drawn, swapped]) =>
      drawn.map(([quad, exceptions, latency, probes, final, paused], index) => {
        // Metrics that count the same requests share what is made of them.
        const more = [exceptions, latency, probes];
        return bin(index, quad, { more, final, judged: paused > 0, watch: index >= swapped });
      }),
    );

  it('come to the weighted mean of their e-values, in ramp and watch, and harm is its maximum', () => {
    fc.assert(
      fc.property(anyBins, (all) => {
        const { fold, detail } = startEvidence({ config, sinceMs: 0 });
        const expected = slowly(all);
        let most = 0;
        for (const [index, one] of all.entries()) {
          fold(one);
          const { ln, reached } = expected[index] ?? { ln: NaN, reached: NaN };
          most = Math.max(most, ln);
          const { harm, maxHarm } = detail().evidence;
          if (!near(harm, ln, reached)) expect(harm).toBe(ln);
          if (!near(maxHarm, most, reached)) expect(maxHarm).toBe(most);
        }
      }),
      { numRuns: 200 },
    );
  });
});

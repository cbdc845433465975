import { describe, expect, it } from 'vitest';
import { certifyLogE, foldCertify, startCertify } from '../../src/judge/certify.ts';
import { foldHarm, startHarm } from '../../src/judge/harm.ts';
import { mixtureOf } from '../../src/judge/mixture.ts';
import type { JudgeConfig } from '../../src/judge/types.ts';
import {
  arms,
  bin,
  binomialChance,
  CONFIG,
  metric,
  tallies,
  tally,
  verdict,
  type Quad,
} from './support.ts';

/**
 * The guarantee itself: under the null the expectation of an e-value is at most 1. Every outcome of
 * small bins is enumerated, with its exact probability.
 */
const ROUNDING = 1e-12;

interface Block {
  readonly canary: number;
  readonly baseline: number;
  readonly canaryRate: number;
  readonly baselineRate: number;
}

/** Sum over all outcomes of P(outcome) x value(outcome). */
function expectation(blocks: readonly Block[], value: (quads: readonly Quad[]) => number): number {
  const [block, ...rest] = blocks;
  if (block === undefined) return value([]);
  let total = 0;
  for (let xc = 0; xc <= block.canary; xc += 1) {
    for (let xb = 0; xb <= block.baseline; xb += 1) {
      const chance =
        binomialChance(block.canary, xc, block.canaryRate) *
        binomialChance(block.baseline, xb, block.baselineRate);
      if (chance === 0) continue;
      const quad: Quad = [block.canary, block.baseline, xc, xb];
      total += chance * expectation(rest, (later) => value([quad, ...later]));
    }
  }
  return total;
}

const SIZES = [
  [1, 1],
  [3, 2],
  [1, 6],
  [6, 1],
  [4, 4],
] as const;

const BASELINE_RATES = [0, 0.003, 0.05, 0.3, 0.6];

function blocksAt(rho: number, delta: number): Block[] {
  return SIZES.flatMap(([canary, baseline]) =>
    BASELINE_RATES.map((baselineRate) => {
      const canaryRate = Math.min(1, rho * baselineRate + delta);
      return { canary, baseline, canaryRate, baselineRate };
    }),
  );
}

const NULLS = [
  { rho: 1, delta: 0, phi: 1 },
  { rho: 1.2, delta: 0.03, phi: 1 },
  { rho: 1.3, delta: 0.05, phi: 2 },
  { rho: 1, delta: 0.05, phi: 1 },
];

describe('harm is an e-value', () => {
  it.each(NULLS)('in one bin at the edge of the null, rho $rho, delta $delta, phi $phi', (edge) => {
    for (const block of blocksAt(edge.rho, edge.delta)) {
      const found = expectation([block], (quads) => {
        const state = startHarm({ ...edge, horizonBins: 5 });
        for (const quad of quads) foldHarm(state, arms(quad));
        return Math.exp(state.value.ln);
      });
      expect(found).toBeLessThanOrEqual(1 + ROUNDING);
    }
  });

  it.each(NULLS)('over bins with moving rates and weights, whole mixture, rho $rho', (edge) => {
    const at = (canary: number, baseline: number, baselineRate: number): Block => {
      const canaryRate = Math.min(1, edge.rho * baselineRate + edge.delta);
      return { canary, baseline, canaryRate, baselineRate };
    };
    // A shared incident in the middle, and the weight raised after it.
    const found = expectation([at(1, 4, 0.05), at(2, 3, 0.6), at(4, 2, 0.1)], (quads) => {
      const state = startHarm({ ...edge, horizonBins: 4 });
      for (const quad of quads) foldHarm(state, arms(quad));
      return Math.exp(state.value.ln);
    });
    expect(found).toBeLessThanOrEqual(1 + ROUNDING);
  });

  // With a horizon of one bin the second is beyond it, where starts go on.
  const releases = NULLS.flatMap((edge) => [1, 3].map((horizonBins) => ({ ...edge, horizonBins })));
  it.each(releases)(
    'as a release bets, too, rho $rho, delta $delta, phi $phi, $horizonBins planned bins',
    (edge) => {
      for (const block of blocksAt(edge.rho, edge.delta).filter(({ baseline }) => baseline < 5)) {
        const found = expectation([block, block], (quads) => {
          const state = startHarm({ ...edge, mixture: mixtureOf(true) });
          for (const quad of quads) foldHarm(state, arms(quad));
          return Math.exp(state.value.ln);
        });
        expect(found).toBeLessThanOrEqual(1 + ROUNDING);
      }
    },
  );

  it('and a real one: beyond the null its expectation is above 1', () => {
    const block = { canary: 4, baseline: 4, canaryRate: 0.6, baselineRate: 0.05 };
    const found = expectation([block], ([quad]) => {
      const state = startHarm({ rho: 1, delta: 0, phi: 1, horizonBins: 5 });
      return quad === undefined ? NaN : Math.exp(foldHarm(state, arms(quad)));
    });
    expect(found).toBeGreaterThan(1.5);
  });
});

describe('harm against a ceiling is an e-value', () => {
  it.each([0.01, 0.1, 0.4])(
    'at a rate of exactly the ceiling %d, whatever the baseline',
    (rate) => {
      for (const canary of [1, 3, 8]) {
        const block = { canary, baseline: 2, canaryRate: rate, baselineRate: 0.5 };
        const found = expectation([block, block], (quads) => {
          const state = startHarm({ rho: 0, delta: rate, phi: 1, horizonBins: 3 });
          for (const quad of quads) foldHarm(state, arms(quad));
          return Math.exp(state.value.ln);
        });
        expect(found).toBeLessThanOrEqual(1 + ROUNDING);
      }
    },
  );
});

describe('the judge as a whole is an e-value', () => {
  it('over ramp and watch together, baseline and ceiling mixed, at the edge of both nulls', () => {
    const ramp = { canary: 2, baseline: 4, canaryRate: 0.2, baselineRate: 0.2 };
    const watch = { canary: 5, baseline: 0, canaryRate: 0.1, baselineRate: 0 };
    const config = { ...CONFIG, ceiling: 0.1, horizonBins: 4 };
    const found = expectation([ramp, ramp, watch, watch], (quads) => {
      const judged = quads.map((quad, i) => bin(i, quad, { watch: i >= 2 }));
      return Math.exp(verdict({ config, bins: judged }).evidence.harm);
    });
    expect(found).toBeLessThanOrEqual(1 + ROUNDING);
    expect(found).toBeGreaterThan(0.8);
  });
});

describe('several metrics together are an e-value', () => {
  it('as a weighted mean of two, at the edge of both nulls, through ramp and watch', () => {
    const config: JudgeConfig = {
      ...CONFIG,
      ceiling: 0.1,
      horizonBins: 3,
      share: 0.7,
      more: [metric({ share: 0.3, rho: 1.2, delta: 0.03, ceilings: [0.2], ceilingFrom: 'start' })],
    };
    const requests = { canary: 2, baseline: 3, canaryRate: 0.1, baselineRate: 0.1 };
    const other = { canary: 2, baseline: 2, canaryRate: 0.15, baselineRate: 0.1 };
    const watched = { ...requests, baseline: 0 };
    // Two bins: the first two blocks are one metric and the other in the ramp, then in the watch.
    const found = expectation([requests, other, watched, other], ([a, b, c, d]) => {
      if (a === undefined || b === undefined || c === undefined || d === undefined) return NaN;
      const given = [bin(0, a, { more: [tally(b)] }), bin(1, c, { more: [tally(d)], watch: true })];
      return Math.exp(verdict({ config, bins: given }).evidence.harm);
    });
    expect(found).toBeLessThanOrEqual(1 + ROUNDING);
    expect(found).toBeGreaterThan(0.8);
  });

  it('also when the metrics fail together, request by request', () => {
    const config: JudgeConfig = { ...CONFIG, horizonBins: 3, share: 0.5, more: [metric()] };
    const block = { canary: 4, baseline: 5, canaryRate: 0.3, baselineRate: 0.3 };
    const found = expectation([block, block], (quads) => {
      const given = quads.map((quad, i) => bin(i, quad, { more: [tally(quad)] }));
      return Math.exp(verdict({ config, bins: given }).evidence.harm);
    });
    expect(found).toBeLessThanOrEqual(1 + ROUNDING);
  });

  it('as the mean over nested measures of latency', () => {
    const config: JudgeConfig = {
      ...CONFIG,
      horizonBins: 4,
      on: 'off',
      more: [metric({ share: 1, measures: 2, edges: [100, 500] })],
    };
    // Slower than 100 ms: 0.5 of all; slower than 500 ms: 0.3 of those, in both versions.
    const slow = { canary: 3, baseline: 4, canaryRate: 0.5, baselineRate: 0.5 };
    const found = expectation([slow], ([first]) => {
      if (first === undefined) return NaN;
      const [n, baseN, x, baseX] = first;
      const slower = { canary: x, baseline: baseX, canaryRate: 0.3, baselineRate: 0.3 };
      return expectation([slower], ([second]) => {
        if (second === undefined) return NaN;
        const more = [tallies([n, baseN], [x, second[2]], [baseX, second[3]])];
        const [latency] =
          verdict({ config, bins: [bin(0, [n, baseN, 0, 0], { more })] }).evidence.more ?? [];
        return Math.exp(latency?.harm ?? NaN);
      });
    });
    expect(found).toBeLessThanOrEqual(1 + ROUNDING);
    expect(found).toBeGreaterThan(0.8);
  });
});

describe('certify is an e-value', () => {
  it.each(NULLS)('in one bin at the edge of the margin, rho $rho, delta $delta', (edge) => {
    for (const block of blocksAt(edge.rho, edge.delta)) {
      // Above a rate of 1 the margin is not reached, so the canary would not be worse than it.
      if (edge.rho * block.baselineRate + edge.delta > 1) continue;
      const found = expectation([block, { ...block, canary: 2 }], (quads) => {
        const state = startCertify(edge, edge.phi);
        for (const quad of quads) foldCertify(state, arms(quad));
        return Math.exp(certifyLogE(state));
      });
      expect(found).toBeLessThanOrEqual(1 + ROUNDING);
    }
  });

  it('without baseline rows, and against a ceiling', () => {
    const block = { canary: 5, baseline: 0, canaryRate: 0.1, baselineRate: 0 };
    for (const rho of [0, 1.5]) {
      const found = expectation([block], (quads) => {
        const state = startCertify({ rho, delta: 0.1 }, 1);
        for (const quad of quads) foldCertify(state, arms(quad));
        return Math.exp(certifyLogE(state));
      });
      expect(found).toBeLessThanOrEqual(1 + ROUNDING);
    }
  });
});

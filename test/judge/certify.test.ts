import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certifyLogE, foldCertify, startCertify } from '../../src/judge/certify.ts';
import type { Margin } from '../../src/judge/types.ts';
import { anyQuad, arms, type Quad } from './support.ts';
import { CERTIFY_MARGIN, VECTORS } from './vectors.ts';

function last(margin: Margin, quads: readonly Quad[], phi = 1): number {
  const state = startCertify(margin, phi);
  for (const quad of quads) foldCertify(state, arms(quad));
  return certifyLogE(state);
}

describe('certify', () => {
  it('reproduces the reference vectors (rho 1.5, delta 1e-3) to 1e-9', () => {
    const state = startCertify(CERTIFY_MARGIN, 1);
    for (const { counts, certify } of VECTORS) {
      foldCertify(state, arms(counts));
      expect(certifyLogE(state)).toBeCloseTo(certify, 9);
    }
  });

  it('is 0 before any data', () => {
    expect(certifyLogE(startCertify(CERTIFY_MARGIN, 1))).toBeCloseTo(0, 12);
  });

  it('takes nothing but canary failures from a bin without baseline rows', () => {
    expect(last(CERTIFY_MARGIN, [[100_000, 0, 0, 0]])).toBeCloseTo(0, 12);
    const relative = { rho: 1.5, delta: 0 };
    const failing = last(CERTIFY_MARGIN, [[100_000, 0, 3, 0]]);
    expect(failing).toBe(last(relative, [[3, 1e6, 3, 0]]));
    expect(failing).toBeLessThan(-0.4);
  });

  it('certifies a ceiling without any baseline, and not when the baseline alone fails', () => {
    const ceiling = { rho: 0, delta: 0.02 };
    const alone = last(ceiling, [[300, 0, 0, 0]]);
    expect(alone).toBe(last(ceiling, [[300, 500, 0, 500]]));
    expect(alone).toBeGreaterThan(Math.log(20));
    expect(last(ceiling, [[300, 0, 12, 0]])).toBeLessThan(0);
  });

  it('does not depend on the order of bins', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { maxLength: 8 }), (quads) => {
        const backwards = last(CERTIFY_MARGIN, quads.toReversed());
        expect(Math.abs(backwards - last(CERTIFY_MARGIN, quads))).toBeLessThan(1e-6);
      }),
    );
  });

  it('is never raised by a canary failure', () => {
    fc.assert(
      fc.property(anyQuad, ([nc, nb, xc, xb]) => {
        const before = last(CERTIFY_MARGIN, [[nc + 1, nb, xc, xb]]);
        expect(last(CERTIFY_MARGIN, [[nc + 1, nb, xc + 1, xb]])).toBeLessThan(before);
      }),
    );
  });

  it('needs phi times the evidence when failures come in clusters', () => {
    const good: Quad = [20_000, 20_000, 0, 20];
    const grown: Quad = [40_000, 40_000, 0, 40];
    expect(last(CERTIFY_MARGIN, [grown], 2)).toBeCloseTo(last(CERTIFY_MARGIN, [good]), 9);
  });

  it('stays finite where one baseline row stands against huge canary traffic', () => {
    expect(Number.isFinite(last(CERTIFY_MARGIN, [[1e9, 1, 0, 1]]))).toBe(true);
  });
});

/** Fewer points for a chart, without losing a request. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EvidencePoint } from '../../src/api/contract/evidence.ts';
import { groupSize, groupsOf, pool, wilson } from '../../src/dashboard/view/pool.ts';
import { seenShares, wantedAt, wantedShares } from '../../src/dashboard/view/traffic.ts';
import { rateInterval } from '../../src/release/rate-interval.ts';

const BIN_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1);

const counts = fc
  .record({ requests: fc.nat(500), bad: fc.nat(500) })
  .map(({ requests, bad }) => ({ requests, failures: Math.min(requests, bad), rate: null }));
const points = fc
  .array(
    fc.record({ canary: counts, baseline: counts, share: fc.constantFrom(null, 0, 12.5, 100) }),
    {
      minLength: 1,
      maxLength: 700,
    },
  )
  .map((all) =>
    all.map((one, index): EvidencePoint => ({
      ...one,
      at: new Date(START_MS + index * BIN_MS).toISOString(),
      ...{ bins: 1, final: true, judged: true, harm: 0, certify: null, step: null },
      watch: index > all.length / 2,
    })),
  );

describe('pooling', () => {
  it('keeps every request in exactly one group, in order, within the most', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 6, max: 60 }), (all, max) => {
        const groups = groupsOf(all, groupSize(all, max));
        expect(groups.flat()).toEqual(all.map((_point, index) => index));
        // One more where the swap falls into a group.
        expect(groups.length).toBeLessThanOrEqual(max + 1);
        const pooled = pool({ points: all, binMs: BIN_MS }, groups);
        for (const version of ['canary', 'baseline'] as const) {
          for (const what of ['requests', 'failures'] as const) {
            const sum = (of: readonly Pick<EvidencePoint, 'canary' | 'baseline'>[]): number =>
              of.reduce((total, one) => total + one[version][what], 0);
            expect(pooled.reduce((total, one) => total + one[version][what], 0)).toBe(sum(all));
          }
        }
        expect(pooled.at(-1)?.toMs).toBe(START_MS + all.length * BIN_MS);
      }),
    );
  });

  it('never mixes what was before the swap with what was after it', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 50 }), (all, size) => {
        for (const group of groupsOf(all, size)) {
          expect(new Set(group.map((index) => all[index]?.watch)).size).toBe(1);
        }
      }),
    );
  });

  it('gives the interval that the server gives for the same counts', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (of, some) => {
        const bad = Math.min(of, some);
        const [own, theirs] = [wilson(bad, of), rateInterval(bad, of)];
        expect(own === null).toBe(theirs === null);
        if (own === null || theirs === null) return;
        expect(own.low).toBeCloseTo(theirs.low, 10);
        expect(own.high).toBeCloseTo(theirs.high, 10);
      }),
      { examples: [[1, 1]] },
    );
  });
});

describe('the share of production', () => {
  const entry = (second: number, wanted: number, share = 0) => ({
    ...{
      sequence: second,
      at: new Date(START_MS + second * 1_000).toISOString(),
      action: '',
      actor: '',
    },
    ...{ actorKind: 'system', from: '', to: '', reason: '', message: '', facts: {} },
    weight: { confirmed: 0, wanted, share },
  });

  it('that was wanted changes with the audit, and is everything after the swap', () => {
    const changes = wantedShares([
      entry(0, 0),
      entry(5, 20),
      entry(6, 20),
      entry(9, 0),
      entry(12, 0, 100),
    ]);
    expect(changes.map(({ wanted }) => wanted)).toEqual([0, 20, 0, 100]);
    expect([-1, 4, 5, 9, 60].map((second) => wantedAt(changes, START_MS + second * 1_000))).toEqual(
      [...[0, 0, 20, 0, 100]],
    );
  });

  it('that was seen counts each point by its requests', () => {
    const point = (share: number | null, requests: number) => ({
      ...{ at: new Date(START_MS).toISOString(), bins: 1, final: true, judged: true, watch: false },
      ...{ harm: 0, certify: null, step: null, share },
      canary: { requests, failures: 0, rate: null },
      baseline: { requests: 0, failures: 0, rate: null },
    });
    const all = [point(10, 100), point(40, 50), point(null, 0)];
    expect(seenShares({ points: all, binMs: BIN_MS }, [[0, 1, 2]])[0]?.share).toBe(20);
    expect(seenShares({ points: all, binMs: BIN_MS }, [[2]])[0]?.share).toBeNull();
  });
});

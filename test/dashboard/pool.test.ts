/** Fewer points for a chart, without losing a request. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EvidencePoint } from '../../src/api/contract/evidence.ts';
import type { ReleaseView } from '../../src/api/contract.ts';
import { evidenceLine } from '../../src/dashboard/view/evidence-line.ts';
import { groupSize, groupsOf, p95, pool, wilson } from '../../src/dashboard/view/pool.ts';
import { provisionalPart } from '../../src/dashboard/view/provisional.ts';
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
      ...{ bins: 1, final: true, judged: true, harm: 0, certify: null },
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

  it('finds between which edges the 95th percentile lies', () => {
    const edges = [50, 100, 1_000];
    expect(p95(edges, [{ n: 100, x: [5, 0, 0] }])).toEqual({ low: 0, high: 50 });
    expect(p95(edges, [{ n: 100, x: [6, 5, 0] }])).toEqual({ low: 50, high: 100 });
    const two = [
      { n: 50, x: [50, 20, 1] },
      { n: 50, x: [50, 20, 9] },
    ];
    expect(p95(edges, two)).toEqual({ low: 1_000, high: null });
    expect(p95(edges, [])).toBeNull();
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
      ...{ harm: 0, certify: null, share },
      canary: { requests, failures: 0, rate: null },
      baseline: { requests: 0, failures: 0, rate: null },
    });
    const all = [point(10, 100), point(40, 50), point(null, 0)];
    expect(seenShares({ points: all, binMs: BIN_MS }, [[0, 1, 2]])[0]?.share).toBe(20);
    expect(seenShares({ points: all, binMs: BIN_MS }, [[2]])[0]?.share).toBeNull();
  });
});

describe('the line of the evidence', () => {
  const point = (second: number, harm: number, certify: number | null): EvidencePoint => ({
    ...{
      at: new Date(START_MS + second * 1_000).toISOString(),
      bins: 2,
      final: true,
      judged: true,
    },
    ...{ watch: false, share: null, harm, certify },
    canary: { requests: 0, failures: 0, rate: null },
    baseline: { requests: 0, failures: 0, rate: null },
  });
  const verdict = (second: number, harm: number) => ({
    ...{ at: new Date(START_MS + second * 1_000).toISOString(), harm, certify: 2 },
  });
  const final = { points: [point(0, 1, 0.5), point(2, 3, 1)], binMs: 1_000 };

  it('ends with the verdict, which has seen bins that are not final', () => {
    expect(
      evidenceLine(final, verdict(6, 9)).map(({ atMs, harm }) => [atMs - START_MS, harm]),
    ).toEqual([
      ...[
        [2_000, 1],
        [4_000, 3],
        [6_000, 9],
      ],
    ]);
    expect(evidenceLine(final, verdict(6, 9)).at(-1)).toMatchObject({
      certify: 2,
      provisional: true,
    });
  });

  it('has nothing of a verdict that is older, or of one about a step that is over', () => {
    expect(evidenceLine(final, verdict(4, 9))).toHaveLength(2);
    expect(evidenceLine(final, null)).toHaveLength(2);
    expect(evidenceLine({ points: [], binMs: 1_000 }, verdict(4, 9))).toEqual([]);
    const over = { points: [point(0, 1, null)], binMs: 1_000 };
    expect(evidenceLine(over, verdict(6, 9)).at(-1)?.certify).toBeNull();
  });
});

describe('what is not final yet', () => {
  const counts = (requests: number, failures: number) => ({ requests, failures });
  const point = (canary: number, watch: boolean): EvidencePoint => ({
    ...{ at: new Date(START_MS).toISOString(), bins: 1, final: true, judged: true, watch },
    ...{ share: null, harm: 0, certify: null },
    canary: { ...counts(canary, 1), rate: null },
    baseline: { ...counts(50, 0), rate: null },
  });
  const verdict = (requests: number, failures: number): ReleaseView['verdict'] => ({
    ...{ at: new Date(START_MS + 3 * BIN_MS).toISOString(), outcome: 'harm', sentence: 'worse' },
    ...{
      harm: 5,
      harmThreshold: 4,
      certify: null,
      certifyThreshold: 3,
      ratio: null,
      outlook: null,
    },
    ...{
      by: null,
      phi: 1,
      metrics: [],
      canary: counts(requests, failures),
      baseline: counts(70, 2),
    },
  });
  const points = [point(10, false)];

  it('is what the verdict counts beyond the final bins', () => {
    const evidence = { points, binMs: BIN_MS };
    expect(provisionalPart(evidence, { verdict: verdict(14, 4), swappedAt: null })).toMatchObject({
      ...{ fromMs: START_MS + BIN_MS, toMs: START_MS + 3 * BIN_MS },
      canary: counts(4, 3),
      baseline: counts(20, 2),
    });
  });

  it('is nothing where all is final, or where the two do not count the same', () => {
    const of = (seen: ReleaseView['verdict'], swappedAt: string | null = null): unknown =>
      provisionalPart({ points, binMs: BIN_MS }, { verdict: seen, swappedAt });
    expect(of(null)).toBeUndefined();
    expect(of(verdict(10, 1))).toBeUndefined();
    expect(of(verdict(9, 1))).toBeUndefined();
    expect(of(verdict(14, 0))).toBeUndefined();
    // In production it counts anew.
    expect(of(verdict(5, 0), 'swapped')).toMatchObject({ canary: counts(5, 0) });
  });
});

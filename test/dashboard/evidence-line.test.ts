/** The lines of the evidence: one of harm, one of each step. */
import { describe, expect, it } from 'vitest';

import type { EvidencePoint } from '../../src/api/contract/evidence.ts';
import { lonePlaces } from '../../src/dashboard/charts/lone-points.ts';
import { certifyLines, evidenceLine, type Seen } from '../../src/dashboard/view/evidence-line.ts';

const START_MS = Date.UTC(2026, 0, 1);

describe('the line of the evidence', () => {
  const point = (
    second: number,
    harm: number,
    certify: number | null,
    step: number | null = 1,
  ): EvidencePoint => ({
    ...{
      at: new Date(START_MS + second * 1_000).toISOString(),
      bins: 2,
      final: true,
      judged: true,
    },
    ...{ watch: false, share: null, harm, certify, step },
    canary: { requests: 0, failures: 0, rate: null },
    baseline: { requests: 0, failures: 0, rate: null },
  });
  const verdict = (second: number, harm: number, number: number | null = 1): Seen => ({
    verdict: { at: new Date(START_MS + second * 1_000).toISOString(), harm, certify: 2 },
    step: number === null ? null : { number },
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
    expect(evidenceLine(final, { verdict: null, step: null })).toHaveLength(2);
    expect(evidenceLine({ points: [], binMs: 1_000 }, verdict(4, 9))).toEqual([]);
    const over = { points: [point(0, 1, null)], binMs: 1_000 };
    expect(evidenceLine(over, verdict(6, 9)).at(-1)?.certify).toBeNull();
    // It stands at the next step already: that one's line begins with its first bin.
    expect(evidenceLine(final, verdict(6, 9, 2)).at(-1)?.certify).toBeNull();
    // It went back: the verdict was still of the step.
    expect(evidenceLine(final, verdict(6, 9, null)).at(-1)).toMatchObject({ certify: 2, step: 1 });
  });

  it('begins at 1 : 1 where no bin was final when harm was found', () => {
    const none = { points: [], binMs: 1_000 };
    const line = evidenceLine(none, verdict(6, 9, null), START_MS);
    expect(line).toEqual([
      { atMs: START_MS, harm: 0, certify: null, step: null, provisional: false },
      { atMs: START_MS + 6_000, harm: 9, certify: null, step: null, provisional: true },
    ]);
    // What is final begins where it begins.
    expect(evidenceLine(final, verdict(6, 9), START_MS)).toEqual(
      evidenceLine(final, verdict(6, 9)),
    );
  });

  it('is one line a step: the end of one does not lead to the beginning of the next', () => {
    const all = [
      ...[point(0, 1, 0.5, 1), point(2, 1, 3, 1)],
      ...[point(4, 1, 1, 2), point(6, 1, 4, 2)],
      ...[point(8, 1, 2, 3), point(10, 1, null, null)],
    ];
    const line = evidenceLine({ points: all, binMs: 1_000 }, { verdict: null, step: null });
    expect(certifyLines(line)).toEqual([
      [0.5, 3, null, null, 2, null],
      [null, null, 1, 4, null, null],
    ]);
    expect(certifyLines(line).map(lonePlaces)).toEqual([[4], []]);
  });
});

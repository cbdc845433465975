import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bin } from '../../src/judge/types.ts';
import type { CountAnswer, CountRow } from '../../src/release/facts.ts';
import type { Release } from '../../src/release/release.ts';
import { judgedMetrics } from '../../src/release/judged-metrics.ts';
import { foldTelemetry, lateText, queryFrom, tooLate } from '../../src/release/telemetry-fold.ts';
import { NOW, STAGES, samplePlan, sampleRelease } from '../support/release-samples.ts';

const plan = samplePlan({ analysis: { interval: '1m', settle: '5m' } });
const MINUTE = 60_000;

interface State {
  readonly release: Release;
  readonly bins: readonly Bin[];
}

const START: State = { release: sampleRelease(STAGES.ramping, { binsFrom: NOW }), bins: [] };

interface Asked {
  readonly rows?: readonly CountRow[];
  readonly lag?: CountAnswer['lag'];
}

function fold(state: State, minutes: number, { rows = [], lag }: Asked) {
  const now = NOW + minutes * MINUTE;
  const answer: CountAnswer = { rows, lag, query: 'q', answer: 'a' };
  const folded = foldTelemetry({ release: state.release, plan, bins: state.bins, now }, answer);
  return { ...folded, release: { ...state.release, ...folded.patch }, bins: folded.final };
}

function row(minute: number, version: string, requests: number, failures = 0): CountRow {
  return { startMs: NOW + minute * MINUTE, version, requests, failures, items: 10 * requests };
}

describe('bins', () => {
  it('are final after the settle time, provisional before', () => {
    const rows = [0, 1, 2, 3].map((minute) => row(minute, '2.0.0', 4));
    const folded = fold(START, 7, { rows, lag: { p95Ms: 0, p999Ms: 0 } });
    expect(folded.final.map((bin) => bin.startMs)).toEqual([NOW, NOW + MINUTE]);
    expect(folded.provisional.map((bin) => bin.startMs - NOW)).toEqual(
      [2, 3, 4, 5, 6].map((minute) => minute * MINUTE),
    );
    expect(folded.final.every((bin) => bin.final)).toBe(true);
    expect(folded.provisional.some((bin) => bin.final)).toBe(false);
  });

  it('wait for 99.9 % of the slower version when that takes longer than the settle time', () => {
    const folded = fold(START, 12, { lag: { p95Ms: 0, p999Ms: 10 * MINUTE } });
    expect(folded.patch.finalTo).toBe(NOW + 2 * MINUTE);
  });

  it('hold rows of both versions, and of no other', () => {
    const rows = [row(0, '2.0.0', 4, 1), row(0, '1.0.0', 90, 2), row(0, '0.9.0', 7, 7)];
    const [bin] = fold(START, 6, { rows }).final;
    expect(bin).toMatchObject({
      canary: { requests: 4, failures: 1, items: 40 },
      baseline: { requests: 90, failures: 2, items: 900 },
      judged: true,
      watch: false,
    });
  });

  it('of a first release have no baseline', () => {
    const release = { ...START.release, baseline: null };
    const [bin] = fold({ ...START, release }, 6, { rows: [row(0, '1.0.0', 90)] }).final;
    expect(bin?.baseline.requests).toBe(0);
  });

  it('belong to the watch from the swap on', () => {
    const release = { ...START.release, swappedAt: NOW + 2 * MINUTE };
    const { final } = fold({ ...START, release }, 9, {});
    expect(final.map((bin) => bin.watch)).toEqual([false, false, true, true]);
  });

  it('that are final never change, whatever comes later, and the late rows are counted', () => {
    const first = fold(START, 6, { rows: [row(0, '2.0.0', 100), row(0, '1.0.0', 100, 1)] });
    const late = [row(0, '2.0.0', 103), row(0, '1.0.0', 100, 4)];
    const second = fold(first, 7, { rows: late });
    expect(second.final[0]).toEqual(first.final[0]);
    expect(second.patch.late).toEqual({ requests: 3, failures: 3, of: 203, ofFailures: 4 });
    expect(tooLate(second.patch.late)).toBe(true);
  });

  it('count rows that vanished from an answer as nothing', () => {
    const first = fold(START, 6, { rows: [row(0, '2.0.0', 100)] });
    expect(fold(first, 7, { rows: [] }).patch.late.requests).toBe(0);
  });

  it('count late exceptions and calls of metrics that can roll back, which come by themselves', () => {
    const metrics = { exceptions: 'rollback', dependencies: 'notify', latency: 'rollback' };
    const judging = samplePlan({ preset: 'standard', analysis: { metrics } });
    const [, , latency] = judgedMetrics(judging);
    const slow = Array.from({ length: latency?.measures ?? 0 }, () => 1);
    const of = (minute: number, thrown: number): CountRow => ({
      ...row(minute, '2.0.0', 100),
      more: [
        { n: 100, x: [thrown] },
        { n: 100, x: [thrown] },
        { n: 100, x: slow.map(() => thrown) },
      ],
    });
    const asked = (rows: readonly CountRow[]) => ({
      rows,
      lag: undefined,
      query: 'q',
      answer: 'a',
    });
    const { release } = START;
    const first = foldTelemetry(
      { release, plan: judging, bins: [], now: NOW + 6 * MINUTE },
      asked([of(0, 10)]),
    );
    const later = { ...release, ...first.patch };
    const again = foldTelemetry(
      { release: later, plan: judging, bins: first.final, now: NOW + 7 * MINUTE },
      asked([of(0, 12)]),
    );
    const { late } = again.patch;
    expect(late).toMatchObject({ requests: 0, failures: 0 });
    expect(late.more).toEqual([{ name: 'exceptions', bad: 2, of: 12 }]);
    expect(again.final[0]).toEqual(first.final[0]);
    expect(tooLate(late)).toBe(true);
    expect(lateText(late)).toBe('0 rows (0 failures, 2 of exceptions)');
    expect(tooLate({ ...late, more: [{ name: 'exceptions', bad: 2, of: 1_000 }] })).toBe(false);
  });

  it.each([
    [{ requests: 1, failures: 0, of: 100, ofFailures: 0 }, false],
    [{ requests: 2, failures: 0, of: 100, ofFailures: 0 }, true],
    [{ requests: 0, failures: 1, of: 100_000, ofFailures: 50 }, true],
    [{ requests: 0, failures: 0, of: 0, ofFailures: 0 }, false],
  ])('%j is too late: %s', (late, wanted) => expect(tooLate(late)).toBe(wanted));
});

const pass = fc.record({
  minutes: fc.double({ min: 0, max: 9, noNaN: true }),
  p95: fc.option(fc.nat({ max: 20 * MINUTE }), { nil: undefined }),
  rows: fc.array(
    fc.record({
      minute: fc.integer({ min: -5, max: 60 }),
      version: fc.constantFrom('1.0.0', '2.0.0', ''),
      requests: fc.nat({ max: 50 }),
      failed: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 30 },
  ),
});

describe('a run of answers in any order and of any lag', () => {
  it('keeps bins contiguous, final ones unchanged, and the watermark going up', () => {
    fc.assert(
      fc.property(fc.array(pass, { minLength: 1, maxLength: 12 }), (passes) => {
        let state: State = START;
        let minutes = 0;
        for (const { minutes: step, p95, rows } of passes) {
          minutes += step;
          const lag = p95 === undefined ? undefined : { p95Ms: p95, p999Ms: 2 * p95 };
          const written = rows.map(({ minute, version, requests, failed }) =>
            row(minute, version, requests, Math.floor(requests * failed)),
          );
          const folded = fold(state, minutes, {
            rows: written,
            ...(lag === undefined ? {} : { lag }),
          });
          const { finalTo = 0, provisionalTo = 0 } = folded.patch;
          expect(folded.final.slice(0, state.bins.length)).toEqual(state.bins);
          expect(folded.firstNew).toBe(state.bins.length);
          const all = [...folded.final, ...folded.provisional];
          all.forEach((bin, index) => expect(bin.startMs).toBe(NOW + index * MINUTE));
          expect(finalTo).toBe(NOW + folded.final.length * MINUTE);
          expect(provisionalTo).toBe(NOW + all.length * MINUTE);
          expect(finalTo).toBeGreaterThanOrEqual(state.release.finalTo ?? NOW);
          // Nothing is final before it had its time.
          const settled = NOW + minutes * MINUTE - Math.max(5 * MINUTE, lag?.p999Ms ?? 0);
          if (finalTo > (state.release.finalTo ?? NOW))
            expect(finalTo).toBeLessThanOrEqual(settled);
          const { late } = folded.patch;
          expect(late.requests).toBeLessThanOrEqual(late.of);
          expect(late.failures).toBeLessThanOrEqual(late.ofFailures);
          state = folded;
        }
      }),
    );
  });

  it('does not depend on the order of the rows', () => {
    const rows = [0, 1, 2].flatMap((minute) => [
      row(minute, '2.0.0', minute + 1),
      row(minute, '1.0.0', 9, 1),
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        expect(fold(START, 8, { rows: shuffled }).final).toEqual(fold(START, 8, { rows }).final);
      }),
    );
  });
});

describe('the next query', () => {
  it('reaches back as far as rows may be late, never before the first bin, on whole intervals', () => {
    const at = (minutes: number | undefined): number =>
      queryFrom(
        { ...START.release, finalTo: minutes === undefined ? undefined : NOW + minutes * MINUTE },
        plan,
      );
    expect(at(undefined)).toBe(NOW);
    expect(at(3)).toBe(NOW);
    expect(at(30)).toBe(NOW + 20 * MINUTE);
    const slow = samplePlan({ analysis: { settle: '40m' } });
    expect(queryFrom({ ...START.release, finalTo: NOW + 60 * MINUTE }, slow)).toBe(
      NOW + 20 * MINUTE,
    );
  });
});

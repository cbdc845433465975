import { describe, expect, it } from 'vitest';
import type { Tally } from '../../src/judge/types.ts';
import type { CountRow, PairedCounts } from '../../src/release/facts.ts';
import { binsHash } from '../../src/release/evidence-facts.ts';
import { sha256 } from '../../src/release/hash.ts';
import { foldTelemetry } from '../../src/release/telemetry-fold.ts';
import { EXCEPTIONS, LATENCY, PROBES, planWith } from '../support/metric-plans.ts';
import { NOW, STAGES, bin, counts, samplePlan, sampleRelease } from '../support/release-samples.ts';

const MINUTE = 60_000;
const release = sampleRelease(STAGES.ramping, { binsFrom: NOW });
const plan = planWith([EXCEPTIONS, LATENCY], { plan: { probes: PROBES } });

const row = (version: string, more?: readonly (Tally | null)[]): CountRow => ({
  startMs: NOW,
  version,
  requests: 10,
  failures: 1,
  items: 10,
  ...(more === undefined ? {} : { more }),
});

const tally = (n: number, ...x: readonly number[]): Tally => ({ n, x });
const none = { canary: tally(0, 0), baseline: tally(0, 0) };

function moreOf(rows: readonly CountRow[], paired?: PairedCounts) {
  const answer = { rows, lag: undefined, query: 'q', answer: 'a' };
  const window = { release, plan, bins: [], now: NOW + 6 * MINUTE };
  return foldTelemetry(window, answer, paired).final[0]?.more;
}

describe('the metrics of a bin', () => {
  const both = [tally(10, 2), tally(10, 5, 1)];

  it('are those of both versions', () => {
    const more = moreOf([row('2.0.0', both), row('1.0.0', [tally(90, 3), tally(90, 9, 0)])], []);
    expect(more?.slice(0, 2)).toEqual([
      { canary: tally(10, 2), baseline: tally(90, 3) },
      { canary: tally(10, 5, 1), baseline: tally(90, 9, 0) },
    ]);
  });

  it('are no chances for a version without a row, and nothing for one that could not be measured', () => {
    expect(moreOf([row('2.0.0', both)], [])?.[0]).toEqual({
      canary: tally(10, 2),
      baseline: tally(0, 0),
    });
    expect(moreOf([row('2.0.0', [null, tally(10, 5, 1)])], [])?.slice(0, 2)).toEqual([
      null,
      { canary: tally(10, 5, 1), baseline: tally(0, 0, 0) },
    ]);
    expect(moreOf([row('2.0.0')], [])?.slice(0, 2)).toEqual([null, null]);
  });

  it.each([
    ['more bad than chances', tally(10, 11)],
    ['below zero', tally(10, -1)],
    ['parts of a request', tally(10.5, 1)],
    ['no number', tally(Number.NaN, 0)],
    ['another number of measures', tally(10, 1, 1)],
    ['no measure', tally(10)],
  ])('are nothing when they cannot be true: %s', (_why, broken) => {
    expect(moreOf([row('2.0.0', [broken, tally(10, 5, 1)])], [])?.[0]).toBeNull();
  });

  it('of probes are what they counted, none where none was sent, and nothing while nobody knows', () => {
    const answers = { canary: tally(300, 4), baseline: tally(300, 1) };
    const latency = { canary: tally(296, 9, 1, 0), baseline: tally(299, 8, 0, 0) };
    const paired = [{ startMs: NOW, answers, latency }];
    expect(moreOf([], paired)?.slice(2)).toEqual([answers, latency]);
    expect(moreOf([], [])?.slice(2)).toEqual([
      none,
      { canary: tally(0, 0, 0, 0), baseline: tally(0, 0, 0, 0) },
    ]);
    expect(moreOf([])?.slice(2)).toEqual([null, null]);
    expect(moreOf([], [{ startMs: NOW, answers, latency: undefined }])?.[3]).toBeNull();
  });

  it('are not there at all when the plan names none: stored bins stay as they are', () => {
    const answer = { rows: [row('2.0.0', both)], lag: undefined, query: 'q', answer: 'a' };
    const window = { release, plan: samplePlan(), bins: [], now: NOW + 6 * MINUTE };
    expect(foldTelemetry(window, answer, []).final[0]).not.toHaveProperty('more');
  });

  it('come in fewer bins a pass when there are many of them: all of a pass are one transaction', () => {
    const later = NOW + 10_000 * MINUTE;
    const answer = { rows: [], lag: undefined, query: 'q', answer: 'a' };
    const all = (of: typeof plan): number =>
      foldTelemetry({ release, plan: of, bins: [], now: later }, answer).final.length;
    const edgesMs = Array.from({ length: 20 }, (_, edge) => 100 * (edge + 1));
    const latency = { ...LATENCY, edgesMs };
    const wide = planWith([EXCEPTIONS, latency], { plan: { probes: { ...PROBES, edgesMs } } });
    expect(all(samplePlan())).toBe(3_000);
    expect(all(wide)).toBeGreaterThan(1_000);
    expect(all(wide)).toBeLessThan(1_600);
  });

  it('of probes wait for the last answer before a bin is final', () => {
    const short = samplePlan({ analysis: { settle: '1s' } });
    const probes = { ...PROBES, timeoutMs: 30_000 };
    const quick = {
      ...plan,
      analysis: { ...plan.analysis, settleMs: short.analysis.settleMs },
      probes,
    };
    const at = (ms: number): number | undefined =>
      foldTelemetry(
        { release, plan: quick, bins: [], now: NOW + MINUTE + ms },
        { rows: [], lag: undefined, query: 'q', answer: 'a' },
      ).patch.finalTo;
    expect(at(31_000)).toBe(NOW);
    expect(at(33_000)).toBe(NOW + MINUTE);
  });
});

describe('the hash of the bins', () => {
  const old = bin(NOW, { canary: counts(10, 1), baseline: counts(90) });
  const metric = { canary: tally(10, 1), baseline: tally(90, 2) };

  it('is as ever without metrics', () => {
    expect(binsHash([old, old])).toBe(
      sha256([`${NOW},10,1,10,90,0,90`, `${NOW},10,1,10,90,0,90`].join('\n')),
    );
  });

  it('covers every number of a metric, and whether it was measured', () => {
    const texts = [
      [metric],
      [null],
      [{ ...metric, canary: tally(10, 2) }],
      [{ ...metric, canary: tally(11, 1) }],
      [{ ...metric, baseline: tally(90, 3) }],
      [{ ...metric, canary: tally(10, 1, 0), baseline: tally(90, 2, 0) }],
      [metric, null],
      [null, metric],
      [],
    ].map((more) => binsHash([{ ...old, more }]));
    expect(new Set(texts).size).toBe(texts.length);
  });
});

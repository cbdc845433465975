import { describe, expect, it } from 'vitest';
import { describeStage } from '../../src/release/draft.ts';
import { type Facts, NOTHING_READ } from '../../src/release/facts.ts';
import type { Release, Stage, Suspect } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  answerOf,
  bodiesOf,
  read,
  rulesAt,
  samplePlan,
  sampleRelease,
} from '../support/release-samples.ts';

import {
  BAD,
  DOWN,
  GOOD,
  HOUR,
  MINUTE,
  RAMPING,
  SILENT,
  SINCE,
  UNSURE,
  baking,
  pass,
  span,
} from './pass.ts';

const SUSPECT: Suspect = {
  kind: 'drift',
  since: NOW - MINUTE,
  seen: 'rules: staging=60 %',
  ownWeight: 60,
  foreignRules: [],
  volumes: 'baseline-in-production',
};

interface Case {
  readonly name: string;
  readonly release?: Partial<Release>;
  readonly facts?: Partial<Facts>;
  readonly stands: string;
  readonly reason: string;
}

/** From the strongest to the weakest (design section 2). */
const ORDER: readonly Case[] = [
  { name: 'harm', facts: { telemetry: BAD }, stands: 'rolling-back', reason: 'harm' },
  {
    name: 'slot overwritten',
    facts: { content: { production: 'deploy-old', slot: 'deploy-3' } },
    stands: 'rolling-back',
    reason: 'slot-overwritten',
  },
  {
    name: 'drift',
    release: { suspect: SUSPECT },
    facts: { rules: rulesAt(60) },
    stands: 'paused (ramping 1/3)',
    reason: 'drift',
  },
  {
    name: 'deadline',
    release: { deadlineFrom: NOW - 8 * HOUR },
    stands: 'rolling-back',
    reason: 'deadline',
  },
  {
    name: 'hold',
    release: { probes: { canaryFailures: 3, otherFailures: 3, lastAnswer: 'GET / 503' } },
    stands: 'ramping 1/3',
    reason: 'shared-incident',
  },
  { name: 'advance', facts: { telemetry: GOOD }, stands: 'ramping 2/3', reason: 'certified' },
];

describe('what holds at once is taken in order', () => {
  it.each(ORDER)('$name alone', ({ release, facts, stands, reason }) => {
    const next = pass({ ...RAMPING, ...release }, { ...read(5), ...facts }).release;
    expect(describeStage(next)).toBe(stands);
    expect(next.reason).toBe(reason);
  });

  const pairs = ORDER.flatMap((strong, index) =>
    ORDER.slice(index + 1).map((weak) => ({ strong, weak })),
  );
  it.each(pairs)('$strong.name before $weak.name', ({ strong, weak }) => {
    const release = { ...RAMPING, ...weak.release, ...strong.release };
    const next = pass(release, { ...read(5), ...weak.facts, ...strong.facts }).release;
    expect(describeStage(next)).toBe(strong.stands);
    expect(next.reason).toBe(strong.reason);
  });

  it('all at once is harm, and the audit row keeps the evidence', () => {
    const all = [...ORDER].reverse();
    const release = all.reduce<Release>(
      (whole, { release: patch }) => ({ ...whole, ...patch }),
      RAMPING,
    );
    const facts = all.reduce<Facts>((whole, { facts: patch }) => ({ ...whole, ...patch }), read(5));
    const { release: next, rows, effect } = pass(release, facts);
    expect(next).toMatchObject({
      stage: { phase: 'rolling-back' },
      reason: 'harm',
      wantedWeight: 0,
    });
    expect(effect).toMatchObject({ kind: 'write-weight', weight: 0 });
    expect(bodiesOf(rows)[0]?.facts).toMatchObject({
      verdict: { outcome: 'harm', evidence: { harmThreshold: -Math.log(0.01) } },
      watermark: { finalTo: expect.any(String) as string },
      query: 'AppRequests',
    });
  });
});

describe('protection stays on while paused', () => {
  const paused = { ...RAMPING, stage: { ...STAGES.paused, since: NOW, from: baking } as Stage };

  it.each(ORDER.slice(0, 3))('$name', ({ release, facts, stands, reason }) => {
    const next = pass({ ...paused, ...release }, { ...read(5), ...facts }).release;
    expect(describeStage(next)).toBe(stands);
    expect(next.reason).toBe(reason);
  });

  it('and nothing else moves it: neither deadline nor certification', () => {
    const next = pass({ ...paused, deadlineFrom: 0 }, { ...read(5), telemetry: GOOD }).release;
    expect(next.stage.phase).toBe('paused');
  });
});

describe('a bake', () => {
  it('is over only when the final watermark has passed it', () => {
    const at = SINCE + 15 * MINUTE;
    const telemetry = { ...GOOD, rows: GOOD.rows.filter((row) => row.startMs < at) };
    const early = pass(RAMPING, { ...read(5), telemetry }, { at: at - 1 });
    expect(describeStage(early.release)).toBe('ramping 1/3');
    const over = pass(RAMPING, { ...read(5), telemetry }, { at });
    expect(describeStage(over.release)).toBe('ramping 2/3');
  });

  it('is not judged in a pass without telemetry: nothing advances on what was said before', () => {
    const seen = pass(RAMPING, { ...read(5), telemetry: UNSURE });
    const certified = {
      ...seen.release,
      verdict: { ...verdictOf(seen.release), outcome: 'certified' },
    };
    const bins = seen.bins?.all ?? [];
    expect(describeStage(pass(certified, read(5), { bins, at: NOW + HOUR }).release)).toBe(
      'ramping 1/3',
    );
  });

  it.each([
    ['advance', 'ramping 2/3', 'not-certified'],
    ['pause', 'paused (ramping 1/3)', 'undecided'],
    ['roll-back', 'rolling-back', 'undecided'],
  ] as const)('that stays undecided until maxBake: %s', (onUndecided, stands, reason) => {
    const plan = samplePlan({ preset: 'standard', onUndecided });
    const until = SINCE + 35 * MINUTE;
    const rows = answerOf(
      { ...span, to: until },
      { canary: { requests: 4, failures: 0 }, baseline: { requests: 96, failures: 0 } },
    );
    const before = pass(RAMPING, { ...read(5), telemetry: rows }, { plan, at: until - 1 });
    expect(describeStage(before.release)).toBe('ramping 1/3');
    const next = pass(RAMPING, { ...read(5), telemetry: rows }, { plan, at: until }).release;
    expect(describeStage(next)).toBe(stands);
    expect(next.reason).toBe(reason);
  });

  /** 4 of 100 requests a minute to the canary, its failures in one of the newest bins. */
  const undecided = (failures: number) => {
    const at = NOW + 30 * MINUTE;
    const { rows } = answerOf(
      { ...span, to: at },
      { canary: { requests: 4, failures: 0 }, baseline: { requests: 96, failures: 0 } },
    );
    const late = rows.map((row, n) => (n === rows.length - 4 ? { ...row, failures } : row));
    return pass(RAMPING, { ...read(5), telemetry: { ...UNSURE, rows: late } }, { at }).release;
  };

  it('is advanced undecided only while the harm e-value is at most 1/sqrt(alpha)', () => {
    expect(undecided(1)).toMatchObject({ stage: { phase: 'ramping' }, reason: 'not-certified' });
    expect(verdictOf(undecided(1)).harm).toBeLessThan(Math.log(10));
    expect(undecided(2)).toMatchObject({ stage: { phase: 'paused' }, reason: 'undecided' });
    expect(verdictOf(undecided(2)).harm).toBeGreaterThan(Math.log(10));
    expect(undecided(3)).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'harm' });
  });

  it('is never advanced undecided on a silent canary', () => {
    const at = NOW + 30 * MINUTE;
    const few = answerOf(
      { ...span, to: at },
      { canary: { requests: 0, failures: 0 }, baseline: { requests: 9, failures: 0 } },
    );
    const { release } = pass(RAMPING, { ...read(5), telemetry: few }, { at });
    expect(release).toMatchObject({ stage: { phase: 'paused' }, reason: 'undecided' });
  });

  it('shorter than the settle time has its judged time before it is called undecided', () => {
    const plan = samplePlan({ steps: [{ weight: 5, bake: '1m' }], onUndecided: 'advance' });
    const release = { ...RAMPING, steps: [5] };
    const at = (minutes: number) => {
      const until = SINCE + minutes * MINUTE;
      const telemetry = { ...UNSURE, rows: UNSURE.rows.filter((row) => row.startMs < until) };
      return pass(release, { ...read(5), telemetry }, { plan, at: until }).release;
    };
    for (const minutes of [3, 6, 7]) expect(describeStage(at(minutes))).toBe('ramping 1/1');
    expect(at(8)).toMatchObject({ stage: { phase: 'promoting' } });
  });
});

function verdictOf(release: Release): NonNullable<Release['verdict']> {
  if (release.verdict === undefined) throw new Error('no verdict');
  return release.verdict;
}

describe('blindness', () => {
  const gone = { ...UNSURE, rows: UNSURE.rows.filter((row) => row.startMs < NOW - 9 * MINUTE) };

  it.each([
    ['no rows', gone, 'no-data', 1],
    ['errors', DOWN, 'telemetry-unavailable', 10],
  ] as const)(
    'by %s freezes, and after maxBlind is the plan’s case',
    (_name, telemetry, reason, minutes) => {
      const facts = { ...read(5), telemetry };
      const first = pass(RAMPING, facts);
      expect(describeStage(first.release)).toBe('ramping 1/3');
      expect(first.release.reason).toBe(reason);
      const bins = first.bins?.all ?? [];
      const at = NOW + minutes * MINUTE;
      expect(pass(first.release, facts, { bins, at: at - 1 }).release.stage.phase).toBe('ramping');
      const over = pass(first.release, facts, { bins, at });
      expect(over.release).toMatchObject({ stage: { phase: 'paused' }, reason });
      const plan = samplePlan({ preset: 'standard', onBlind: 'roll-back' });
      const back = pass(first.release, facts, { plan, bins, at });
      expect(back.release).toMatchObject({ stage: { phase: 'rolling-back' }, reason });
    },
  );

  it('keeps its reason in a pass between two queries', () => {
    const first = pass(RAMPING, { ...read(5), telemetry: DOWN });
    const between = pass(first.release, NOTHING_READ, { at: NOW + 30_000 });
    expect(between.release.reason).toBe('telemetry-unavailable');
    const over = pass(first.release, NOTHING_READ, { at: NOW + 10 * MINUTE });
    expect(over.release).toMatchObject({
      stage: { phase: 'paused' },
      reason: 'telemetry-unavailable',
    });
  });

  it('by late rows is unavailable, never certified', () => {
    const seen = pass(RAMPING, { ...read(5), telemetry: UNSURE });
    const late = pass(
      seen.release,
      { ...read(5), telemetry: GOOD },
      { bins: seen.bins?.all ?? [], at: NOW + 1 },
    );
    expect(describeStage(late.release)).toBe('ramping 1/3');
    expect(late.release).toMatchObject({
      reason: 'late-telemetry',
      verdict: { outcome: 'unavailable' },
    });
  });

  it('ends with the first usable answer', () => {
    const first = pass(RAMPING, { ...read(5), telemetry: DOWN });
    const second = pass(first.release, { ...read(5), telemetry: UNSURE }, { at: NOW + 1 });
    expect(second.release.seen).not.toHaveProperty('blindSince', expect.any(Number));
    expect(second.release.reason).toBe('baking');
  });
});

describe('a silent canary', () => {
  it('is harm while the rule is known to stand', () => {
    expect(pass(RAMPING, { ...read(5), telemetry: SILENT }).release).toMatchObject({
      stage: { phase: 'rolling-back' },
      reason: 'canary-silent',
    });
  });

  it('is not told when the rule is gone or could not be read', () => {
    expect(pass(RAMPING, { ...read(0), telemetry: SILENT }).release.stage.phase).toBe('ramping');
    expect(
      pass(RAMPING, { ...read(5), rules: undefined, telemetry: SILENT }).release.stage.phase,
    ).toBe('ramping');
  });
});

describe('harm by probe', () => {
  const ok = { ok: true, host: 'h', path: '/', status: 200, durationMs: 1, problem: undefined };
  const no = { ...ok, ok: false, status: 500, problem: 'expected 200, got 500' };

  it('is three failures in a row on the canary alone', () => {
    let release: Release = RAMPING;
    for (const expected of ['ramping', 'ramping', 'rolling-back']) {
      release = pass(release, {
        ...read(5),
        probes: { canary: [ok, no], other: [ok, ok] },
      }).release;
      expect(release.stage.phase).toBe(expected);
    }
    expect(release.reason).toBe('harm-by-probe');
    expect(release.message).toContain('expected 200, got 500');
  });

  it('is forgotten with one pass', () => {
    let release: Release = RAMPING;
    for (const canary of [no, no, ok, no, no]) {
      release = pass(release, { ...read(5), probes: { canary: [canary], other: [ok] } }).release;
    }
    expect(release.stage.phase).toBe('ramping');
  });

  it('holds as a shared incident when both hosts fail', () => {
    const seen = { canaryFailures: 2, otherFailures: 2, lastAnswer: 'x' };
    const probes = { ...seen, otherPassed: [true] };
    let release: Release = { ...RAMPING, probes };
    for (let n = 0; n < 5; n += 1) {
      release = pass(
        release,
        { ...read(5), telemetry: GOOD, probes: { canary: [no], other: [no] } },
        { at: NOW + n },
      ).release;
    }
    expect(describeStage(release)).toBe('ramping 1/3');
    expect(release.reason).toBe('shared-incident');
  });

  it('is no shared incident when the other host never knew the request that fails there', () => {
    let release: Release = RAMPING;
    for (let n = 0; n < 3; n += 1) {
      const probes = { canary: [no, ok], other: [ok, no] };
      release = pass(release, { ...read(5), telemetry: GOOD, probes }, { at: NOW + n }).release;
    }
    expect(release.reason).toBe('harm-by-probe');
  });

  it('nor when that request fails on both hosts, beside one that only the canary fails', () => {
    let release: Release = RAMPING;
    for (let n = 0; n < 3; n += 1) {
      const probes = { canary: [no, no], other: [ok, no] };
      release = pass(release, { ...read(5), telemetry: GOOD, probes }, { at: NOW + n }).release;
    }
    expect(release.reason).toBe('harm-by-probe');
  });

  it('counts after the swap only when its first minute is over', () => {
    const probes = { canaryFailures: 3, otherFailures: 0, lastAnswer: 'x' };
    const watching = sampleRelease(STAGES.watching, { swappedAt: NOW, probes });
    const there = read(0, 'canary-in-production');
    expect(pass(watching, there, { at: NOW + MINUTE - 1 }).release.stage.phase).toBe('watching');
    expect(pass(watching, there, { at: NOW + MINUTE }).release.reason).toBe('harm-by-probe');
  });
});

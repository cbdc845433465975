import { describe, expect, it } from 'vitest';
import type { Bin } from '../../src/judge/types.ts';
import { decide } from '../../src/release/decide.ts';
import { describeStage } from '../../src/release/draft.ts';
import { type Facts, NOTHING_READ } from '../../src/release/facts.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Release, Stage, Suspect } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  answerOf,
  bin,
  bodiesOf,
  counts,
  read,
  rulesAt,
  sampleContext,
  samplePlan,
  sampleRelease,
  siteAt,
  stored,
  weightIntent,
} from '../support/release-samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SINCE = NOW - 30 * MINUTE;

function pass(
  release: Release,
  facts: Facts,
  options: { at?: number; plan?: Plan; bins?: readonly Bin[] } = {},
) {
  const { at = NOW, plan = samplePlan(), bins = [] } = options;
  return decide({ release: stored(release), bins, facts, context: sampleContext(plan, at) });
}

const span = { from: SINCE, to: NOW, intervalMs: MINUTE };
const GOOD = answerOf(span, {
  canary: { requests: 500, failures: 0 },
  baseline: { requests: 9_500, failures: 9 },
});
const BAD = answerOf(span, {
  canary: { requests: 50, failures: 25 },
  baseline: { requests: 950, failures: 1 },
});
const UNSURE = answerOf(span, {
  canary: { requests: 4, failures: 0 },
  baseline: { requests: 96, failures: 0 },
});
const SILENT = answerOf(span, {
  canary: { requests: 0, failures: 0 },
  baseline: { requests: 950, failures: 1 },
});
const EMPTY = answerOf(span, {
  canary: { requests: 0, failures: 0 },
  baseline: { requests: 0, failures: 0 },
});
const DOWN = { kind: 'unavailable', message: 'throttled' } as const;

const baking: Stage = {
  phase: 'ramping',
  step: 0,
  since: SINCE,
  confirmedAt: SINCE,
  patienceFrom: SINCE,
};
const RAMPING = sampleRelease(baking, { weight: 5, wantedWeight: 5, binsFrom: SINCE });

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

  it('is never advanced undecided when the canary is silent or the harm e-value is above 1/sqrt(alpha)', () => {
    const at = NOW + 30 * MINUTE;
    const slow = { ...span, to: at };
    const few = answerOf(slow, {
      canary: { requests: 0, failures: 0 },
      baseline: { requests: 9, failures: 0 },
    });
    expect(pass(RAMPING, { ...read(5), telemetry: few }, { at }).release.stage.phase).toBe(
      'paused',
    );
    let suspicious: Release | undefined;
    for (let failures = 1; failures < 60 && suspicious === undefined; failures += 1) {
      const rows = answerOf(slow, {
        canary: { requests: 10, failures: 0 },
        baseline: { requests: 990, failures: 5 },
      }).rows.map((row, index) =>
        index === 0 ? { ...row, failures: Math.min(failures, row.requests) } : row,
      );
      const { release } = pass(RAMPING, { ...read(5), telemetry: { ...UNSURE, rows } }, { at });
      const { harm = 0, harmThreshold = 1 } = release.verdict ?? {};
      if (harm > harmThreshold / 2 && harm < harmThreshold) suspicious = release;
    }
    expect(suspicious?.stage.phase).toBe('paused');
    expect(suspicious?.reason).toBe('undecided');
  });

  it('shorter than the settle time has its judged time before it is called undecided', () => {
    const plan = samplePlan({ steps: [{ weight: 5, bake: '1m' }], onUndecided: 'advance' });
    const at = SINCE + 6 * MINUTE;
    const telemetry = { ...GOOD, rows: GOOD.rows.filter((row) => row.startMs < at) };
    const release = { ...RAMPING, steps: [5] };
    expect(
      describeStage(pass(release, { ...read(5), telemetry }, { plan, at: at - 1 }).release),
    ).toBe('ramping 1/1');
    expect(pass(release, { ...read(5), telemetry }, { plan, at }).release).toMatchObject({
      stage: { phase: 'promoting' },
    });
  });
});

function verdictOf(release: Release): NonNullable<Release['verdict']> {
  if (release.verdict === undefined) throw new Error('no verdict');
  return release.verdict;
}

describe('blindness', () => {
  it.each([
    ['no rows', EMPTY, 'no-data'],
    ['errors', DOWN, 'telemetry-unavailable'],
  ] as const)(
    'by %s freezes, and after maxBlind is the plan’s case',
    (_name, telemetry, reason) => {
      const first = pass(RAMPING, { ...read(5), telemetry });
      expect(describeStage(first.release)).toBe('ramping 1/3');
      expect(first.release.reason).toBe(reason);
      const since = first.release.seen.blindSince ?? 0;
      const bins = first.bins?.all ?? [];
      const before = pass(
        first.release,
        { ...read(5), telemetry },
        { bins, at: Math.max(since + 10 * MINUTE - 1, NOW + 1) },
      );
      if (since === NOW) expect(describeStage(before.release)).toBe('ramping 1/3');
      const after = pass(
        first.release,
        { ...read(5), telemetry },
        { bins, at: Math.max(since, SINCE) + 10 * MINUTE + 30 * MINUTE },
      );
      expect(after.release).toMatchObject({ stage: { phase: 'paused' }, reason });
      const plan = samplePlan({ preset: 'standard', onBlind: 'roll-back' });
      const back = pass(
        first.release,
        { ...read(5), telemetry },
        { plan, bins, at: NOW + 40 * MINUTE },
      );
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
    let release: Release = RAMPING;
    for (let n = 0; n < 5; n += 1) {
      release = pass(
        release,
        { ...read(5), telemetry: GOOD, probes: { canary: [no], other: [no] } },
        { at: NOW + n },
      ).release;
    }
    expect(release).toMatchObject({
      stage: { phase: 'ramping', step: expect.any(Number) as number },
    });
    expect(release.reason).toBe('shared-incident');
  });

  it('counts after the swap only when its first minute is over', () => {
    const probes = { canaryFailures: 3, otherFailures: 0, lastAnswer: 'x' };
    const watching = sampleRelease(STAGES.watching, { swappedAt: NOW, probes });
    const there = read(0, 'canary-in-production');
    expect(pass(watching, there, { at: NOW + MINUTE - 1 }).release.stage.phase).toBe('watching');
    expect(pass(watching, there, { at: NOW + MINUTE }).release.reason).toBe('harm-by-probe');
  });
});

describe('drift', () => {
  it('is believed at the second read that differs, a minute after the first, and not before', () => {
    const first = pass(RAMPING, read(60));
    expect(first.release.suspect).toMatchObject({ kind: 'drift', since: NOW, ownWeight: 60 });
    expect(pass(first.release, read(60), { at: NOW + MINUTE - 1 }).release.stage.phase).toBe(
      'ramping',
    );
    const second = pass(first.release, read(60), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({
      stage: { phase: 'paused', found: { ownWeight: 60 } },
      reason: 'drift',
    });
    expect(second.effect).toMatchObject({ kind: 'write-weight', weight: 5 });
  });

  it('is not believed by a pass that could not read', () => {
    const first = pass(RAMPING, read(60));
    for (const facts of [
      NOTHING_READ,
      { ...read(60), site: undefined },
      { ...read(60), rules: undefined },
    ]) {
      const second = pass(first.release, facts, { at: NOW + 10 * MINUTE });
      expect(second.release.stage.phase).toBe('ramping');
      expect(second.release.suspect).toBeDefined();
    }
  });

  it('is over when a read is as it was left', () => {
    const first = pass(RAMPING, read(60));
    const second = pass(first.release, read(5), { at: NOW + MINUTE });
    expect(second.release.stage.phase).toBe('ramping');
    expect(second.release).not.toHaveProperty('suspect', expect.anything());
  });

  it('of a rule that ramps by itself differs at every read, and is believed all the same', () => {
    const first = pass(RAMPING, read(10));
    const second = pass(first.release, read(20), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({ stage: { phase: 'paused', found: { ownWeight: 20 } } });
  });

  it.each([
    [
      'another slot’s rule with weight',
      rulesAt(5, { name: 'beta', host: 'b', weight: 10, autoRamp: false }),
      true,
    ],
    [
      'another slot’s rule that ramps by itself',
      rulesAt(5, { name: 'beta', host: 'b', weight: 0, autoRamp: true }),
      true,
    ],
    [
      'another slot’s rule of 0 %',
      rulesAt(5, { name: 'beta', host: 'b', weight: 0, autoRamp: false }),
      false,
    ],
    [
      'our rule with an auto ramp',
      [{ name: 'staging', host: 'x', weight: 5, autoRamp: true }],
      true,
    ],
    [
      'our rule under another case',
      [{ name: 'STAGING', host: 'x', weight: 5, autoRamp: false }],
      false,
    ],
    [
      'our rule under another name with our host',
      [{ name: 'other', host: 'SHOP-staging.azurewebsites.net', weight: 5, autoRamp: false }],
      false,
    ],
  ])('%s: %s', (_name, rules, drifts) => {
    expect(pass(RAMPING, { ...read(5), rules }).release.suspect !== undefined).toBe(drifts);
  });

  it('is not the weight that was asked for and is not read back yet', () => {
    const pending = { ...RAMPING, wantedWeight: 25, intent: weightIntent({ weight: 25, from: 5 }) };
    expect(pass(pending, read(5)).release.suspect).toBeUndefined();
    expect(pass(pending, read(60)).release.suspect).toBeDefined();
  });

  it('of the volumes pauses as swapped-elsewhere, in the ramp and in the watch', () => {
    const swapped = read(5, 'canary-in-production');
    const first = pass(RAMPING, swapped);
    expect(pass(first.release, swapped, { at: NOW + MINUTE }).release).toMatchObject({
      stage: { phase: 'paused' },
      reason: 'swapped-elsewhere',
    });
    const watching = sampleRelease(STAGES.watching, { swappedAt: NOW });
    const undone = pass(watching, read(0));
    expect(pass(undone.release, read(0), { at: NOW + MINUTE }).release).toMatchObject({
      stage: { phase: 'paused' },
      reason: 'swapped-elsewhere',
    });
  });

  it('found while paused is kept for the choice, and lowered', () => {
    const paused = { ...RAMPING, stage: { ...STAGES.paused, from: baking } as Stage };
    const first = pass(paused, read(60));
    const second = pass(first.release, read(60), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({
      stage: { phase: 'paused', since: NOW, found: { kind: 'drift' } },
    });
    expect(second.effect).toMatchObject({ weight: 5 });
  });

  it('that took our rule away remembers since when visitors are pinned', () => {
    const first = pass(RAMPING, read(0));
    const second = pass(first.release, read(0), { at: NOW + MINUTE });
    expect(second.release).toMatchObject({ weight: 0, ruleGoneAt: NOW + MINUTE });
  });
});

describe('limits: every phase ends', () => {
  const limits = sampleContext().limits;

  it.each([
    ['queued', 8 * HOUR, 'rejected', 'deadline'],
    ['promoting', limits.promoteMs, 'rolling-back', 'azure-refused'],
    ['rolling-back', limits.rollBackMs, 'failed', 'rollback-timeout'],
    ['paused', 24 * HOUR, 'rolling-back', 'pause-expired'],
    ['preflight', limits.preflightMs, 'rejected', 'preflight-timeout'],
  ] as const)('%s after %d ms: %s', (phase, ms, wanted, reason) => {
    const facts =
      phase === 'queued' ? { ...NOTHING_READ, pinnedUntil: NOW + 99 * HOUR } : NOTHING_READ;
    const release = sampleRelease(STAGES[phase], { deadlineFrom: NOW, weight: 0 });
    expect(pass(release, facts, { at: NOW + ms - 1 }).release.stage.phase).toBe(phase);
    const next = pass(release, facts, { at: NOW + ms }).release;
    expect(next).toMatchObject({ stage: { phase: wanted }, reason });
  });

  it('ramping ends with the deadline, whatever holds it', () => {
    const unconfirmed = sampleRelease(
      { ...STAGES.ramping, confirmedAt: undefined, patienceFrom: undefined },
      { deadlineFrom: NOW },
    );
    for (const release of [unconfirmed, { ...RAMPING, deadlineFrom: NOW }]) {
      expect(pass(release, NOTHING_READ, { at: NOW + 8 * HOUR - 1 }).release.stage.phase).toBe(
        'ramping',
      );
      expect(pass(release, NOTHING_READ, { at: NOW + 8 * HOUR }).release).toMatchObject({
        stage: { phase: 'rolling-back' },
        reason: 'deadline',
      });
    }
  });

  it('a swap that may still land when its limit passes calls a person', () => {
    const release = sampleRelease(
      { ...STAGES.promoting, since: NOW - limits.promoteMs },
      {
        intent: {
          kind: 'swap',
          id: 3,
          direction: 'promote',
          decidedAt: NOW,
          before: siteAt('baseline-in-production').volumes,
          claim: { id: 'c', at: 0, notAfter: 1 },
          retryAt: undefined,
          attempts: 1,
          poller: undefined,
          refusal: undefined,
          unchangedAt: undefined,
          idleAt: undefined,
        },
      },
    );
    expect(pass(release, NOTHING_READ).release.stage.phase).toBe('failed');
  });

  it('a watch without telemetry is extended once and then over, not watched', () => {
    const there = read(0, 'canary-in-production');
    const watching = sampleRelease(STAGES.watching, { swappedAt: NOW, binsFrom: NOW });
    const until = NOW + 30 * MINUTE + 10 * MINUTE;
    expect(pass(watching, there, { at: until - 1 }).release.stage).toMatchObject({
      phase: 'watching',
      extended: false,
    });
    const extended = pass(watching, there, { at: until }).release;
    expect(extended.stage).toMatchObject({
      phase: 'watching',
      extended: true,
      until: until + 30 * MINUTE,
    });
    const over = pass(extended, there, { at: until + 40 * MINUTE }).release;
    expect(over).toMatchObject({
      stage: { phase: 'succeeded', watched: false },
      reason: 'not-watched',
    });
  });

  it('a watch with rows of the new version is over when its last bin is final', () => {
    const there = read(0, 'canary-in-production');
    const bins = Array.from({ length: 30 }, (_, n) =>
      bin(NOW + n * MINUTE, { watch: true, canary: counts(50) }),
    );
    const watching = sampleRelease(STAGES.watching, {
      swappedAt: NOW,
      binsFrom: NOW,
      finalTo: NOW + 30 * MINUTE,
    });
    const over = pass(watching, there, { bins, at: NOW + 35 * MINUTE }).release;
    expect(over).toMatchObject({
      stage: { phase: 'succeeded', watched: true },
      reason: 'succeeded',
    });
  });

  it('paused time is not counted by the deadline, and a resume after it starts it anew', () => {
    const release = { ...RAMPING, deadlineFrom: NOW - 9 * HOUR, pausedMs: 2 * HOUR };
    expect(pass(release, read(5)).release.stage.phase).toBe('ramping');
    expect(pass({ ...release, pausedMs: HOUR }, read(5)).release.reason).toBe('deadline');
  });
});

describe('rolled-back', () => {
  const back = sampleRelease(STAGES['rolling-back']);

  it('needs two clear reads, the second later than the first', () => {
    const first = pass(back, read(0));
    expect(first.release.stage).toMatchObject({ phase: 'rolling-back', clearAt: NOW });
    expect(first.rows).toHaveLength(0);
    expect(pass(first.release, read(0)).release.stage.phase).toBe('rolling-back');
    expect(pass(first.release, read(0), { at: NOW + 1 }).release.stage).toMatchObject({
      phase: 'rolled-back',
      at: NOW + 1,
    });
  });

  it('needs the second after the last claim has ended', () => {
    const first = pass({ ...back, claimsEndAt: NOW + 2 * MINUTE }, read(0));
    expect(pass(first.release, read(0), { at: NOW + 2 * MINUTE }).release.stage.phase).toBe(
      'rolling-back',
    );
    expect(pass(first.release, read(0), { at: NOW + 2 * MINUTE + 1 }).release.stage.phase).toBe(
      'rolled-back',
    );
  });

  it.each([
    ['our rule is there', read(5)],
    [
      'our rule of 0 % is there',
      { ...read(0), rules: [{ name: 'staging', host: 'x', weight: 0, autoRamp: false }] },
    ],
    ['the new version is in production', read(0, 'canary-in-production')],
    ['the volumes are mixed', read(0, 'other')],
  ])('begins its two reads anew when %s', (_what, facts) => {
    const first = pass(back, read(0));
    const second = pass(first.release, facts, { at: NOW + MINUTE });
    expect(second.release.stage.phase).toBe('rolling-back');
    expect(second.release.stage).not.toHaveProperty('clearAt', expect.any(Number));
  });

  it('is not reached by a pass that could not read', () => {
    const first = pass(back, read(0));
    for (const facts of [
      NOTHING_READ,
      { ...read(0), rules: undefined },
      { ...read(0), site: undefined },
    ]) {
      expect(pass(first.release, facts, { at: NOW + MINUTE }).release.stage.phase).toBe(
        'rolling-back',
      );
    }
  });

  it('ends under the name that was asked for', () => {
    const aborted = sampleRelease({ ...STAGES['rolling-back'], goal: 'aborted', clearAt: NOW });
    expect(pass(aborted, read(0), { at: NOW + 1 }).release.stage.phase).toBe('aborted');
  });
});

import { describe, expect, it } from 'vitest';
import type { WriteOutcome } from '../../src/release/azure-facts.ts';
import { decide, decideOutcome } from '../../src/release/decide.ts';
import { describeStage } from '../../src/release/draft.ts';
import type { Intent } from '../../src/release/intent.ts';
import type { Phase, Release, Stage } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  bodiesOf,
  read,
  rulesAt,
  sampleContext,
  samplePlan,
  sampleRelease,
  swapIntent,
  weightIntent,
} from '../support/release-samples.ts';

const LATER = NOW + 5_000;
const context = sampleContext(samplePlan(), LATER);
const fresh = { ...STAGES.ramping, confirmedAt: undefined, patienceFrom: undefined };

function answered(release: Release, outcome: WriteOutcome, claimId = 'claim-1') {
  const call = { intentId: release.intent?.id ?? 0, claimId };
  return decideOutcome({ release, call, outcome, context });
}

const BUSY = {
  kind: 'busy',
  code: 'Conflict',
  message: 'another operation',
  retryAfterMs: 0,
} as const satisfies WriteOutcome;
const REFUSED: WriteOutcome = { kind: 'refused', code: 'Forbidden', message: 'no' };
const UNKNOWN: WriteOutcome = { kind: 'unknown', code: 'ETIMEDOUT', message: 'nobody knows' };
const GUARDED: WriteOutcome = { kind: 'guarded', code: 'rules-changed', message: 'not called' };
const ACCEPTED: WriteOutcome = { kind: 'swap-accepted', poller: 'poller-1' };
const IDLE = {
  kind: 'idle-asked',
  since: NOW,
  idle: true,
  takesAway: false,
  removed: undefined,
  message: 'ok',
} as const satisfies WriteOutcome;

/** Raising 0 -> 5 in the ramp. What becomes of the intent, and where the release stands then. */
type Told = readonly [string, WriteOutcome, Intent['claim'] | 'gone', string, number];

const RAISE: readonly Told[] = [
  ['written as wanted', { kind: 'rules-written', rules: rulesAt(5) }, 'gone', 'ramping 1/3', 5],
  [
    'written, read back otherwise',
    { kind: 'rules-written', rules: rulesAt(0) },
    undefined,
    'ramping 1/3',
    0,
  ],
  ['busy', BUSY, undefined, 'ramping 1/3', 0],
  ['refused', REFUSED, 'gone', 'paused (ramping 1/3)', 0],
  ['unknown', UNKNOWN, weightIntent().claim, 'ramping 1/3', 0],
  ['guarded', GUARDED, 'gone', 'ramping 1/3', 0],
];

describe('a raise that was', () => {
  it.each(RAISE)('%s', (_name, outcome, claim, stage, weight) => {
    const release = sampleRelease(fresh, { intent: weightIntent(), wantedWeight: 5 });
    const next = answered(release, outcome)?.release;
    if (claim === 'gone') expect(next?.intent).toBeUndefined();
    else expect(next?.intent?.claim).toEqual(claim);
    expect(next && describeStage(next)).toBe(stage);
    expect(next?.weight).toBe(weight);
  });

  it('confirmed starts the bake and, with the first one, the bins', () => {
    const release = sampleRelease(fresh, { intent: weightIntent(), wantedWeight: 5 });
    const decision = answered(release, { kind: 'rules-written', rules: rulesAt(5) });
    expect(decision?.release).toMatchObject({
      stage: { confirmedAt: LATER, patienceFrom: LATER },
      binsFrom: NOW + 60_000,
      reason: 'baking',
    });
    expect(bodiesOf(decision?.rows ?? []).map(({ action }) => action)).toEqual([
      'intent-confirmed',
    ]);
  });

  it('confirmed while a person has paused keeps the protection: bins begin, the bake is known', () => {
    const paused: Stage = { ...STAGES.paused, from: fresh };
    const release = sampleRelease(paused, { intent: weightIntent(), wantedWeight: 5 });
    const next = answered(release, { kind: 'rules-written', rules: rulesAt(5) })?.release;
    expect(next?.stage).toMatchObject({ phase: 'paused', from: { confirmedAt: LATER } });
    expect(next).toMatchObject({ weight: 5, binsFrom: NOW + 60_000 });
  });

  it('refused while a person has paused is asked for again after the resume', () => {
    const paused: Stage = { ...STAGES.paused, from: fresh };
    const release = sampleRelease(paused, { intent: weightIntent(), wantedWeight: 5 });
    expect(answered(release, REFUSED)?.release).toMatchObject({
      intent: undefined,
      wantedWeight: 5,
    });
  });
});

describe('a lowering that was', () => {
  const back = { ...STAGES['rolling-back'] };
  const lowering = { intent: weightIntent({ weight: 0, from: 25 }), weight: 25, wantedWeight: 0 };

  it.each<readonly [string, WriteOutcome]>([
    ['busy', BUSY],
    ['refused', REFUSED],
    ['read back otherwise', { kind: 'rules-written', rules: rulesAt(25) }],
  ])('%s is asked for again soon, whatever the phase', (_name, outcome) => {
    for (const stage of [back, STAGES.promoting, STAGES.paused]) {
      const next = answered(sampleRelease(stage, lowering), outcome)?.release;
      expect(next?.intent).toMatchObject({ weight: 0, claim: undefined, retryAt: LATER + 30_000 });
      expect(next?.stage).toEqual(stage);
    }
  });

  it('busy with a longer Retry-After waits as long', () => {
    const outcome = { ...BUSY, retryAfterMs: 90_000 } as WriteOutcome;
    expect(answered(sampleRelease(back, lowering), outcome)?.release.intent).toMatchObject({
      retryAt: LATER + 90_000,
    });
  });

  it('unknown keeps its claim until it ends', () => {
    expect(answered(sampleRelease(back, lowering), UNKNOWN)?.release.intent?.claim).toEqual(
      weightIntent().claim,
    );
  });

  it('confirmed remembers since when no rule sends visitors', () => {
    const next = answered(sampleRelease(back, lowering), {
      kind: 'rules-written',
      rules: [],
    })?.release;
    expect(next).toMatchObject({ weight: 0, ruleGoneAt: LATER, intent: undefined });
  });
});

describe('a swap that was', () => {
  const release = sampleRelease(STAGES.promoting, { intent: swapIntent() });

  it.each([
    ['accepted', ACCEPTED, { poller: 'poller-1', claim: { id: 'claim-1' } }],
    ['busy', BUSY, { claim: undefined, retryAt: LATER + 30_000 }],
    ['refused', REFUSED, { refusal: { of: 'post', code: 'Forbidden' }, claim: { id: 'claim-1' } }],
    ['unknown', UNKNOWN, { claim: { id: 'claim-1' }, refusal: undefined }],
  ] as const)('%s', (_name, outcome, intent) => {
    const next = answered(release, outcome);
    expect(next?.release.intent).toMatchObject(intent);
    expect(next?.release.stage).toEqual(release.stage);
    expect(next?.rows).toHaveLength(1);
  });

  it('guarded was never asked for', () => {
    const next = answered(release, GUARDED);
    expect(next?.release.intent).toBeUndefined();
    expect(bodiesOf(next?.rows ?? []).map(({ action }) => action)).toEqual(['intent-dropped']);
  });

  it('is told idle only between two reads', () => {
    expect(answered(release, IDLE)?.release.intent).toMatchObject({ idleAt: undefined });
    const waiting = sampleRelease(STAGES.promoting, { intent: swapIntent({ unchangedAt: NOW }) });
    expect(answered(waiting, IDLE)?.release.intent).toMatchObject({
      unchangedAt: NOW,
      idleAt: LATER,
    });
    const busy = { ...IDLE, idle: false };
    expect(answered(waiting, busy)?.release.intent).toMatchObject({ unchangedAt: undefined });
  });

  it.each([true, false])('is told nothing of reads that began after it was asked: %s', (idle) => {
    const intent = swapIntent({ unchangedAt: NOW + 1 });
    const anew = sampleRelease(STAGES.promoting, { intent });
    expect(answered(anew, { ...IDLE, idle })?.release.intent).toEqual(intent);
  });

  it('that took our rule away has a row, whatever became of the reads', () => {
    const removed = rulesAt(50)[0];
    for (const unchangedAt of [NOW, NOW + 1, undefined]) {
      const waiting = sampleRelease(STAGES.promoting, { intent: swapIntent({ unchangedAt }) });
      const decision = answered(waiting, { ...IDLE, takesAway: true, removed });
      expect(bodiesOf(decision?.rows ?? [])).toMatchObject([
        { action: 'azure-answered', facts: { idle: true, removed: { weight: 50 } } },
      ]);
    }
    const quiet = sampleRelease(STAGES.promoting, { intent: swapIntent({ unchangedAt: NOW }) });
    expect(answered(quiet, IDLE)?.rows).toEqual([]);
  });
});

const OUTCOMES: readonly WriteOutcome[] = [
  { kind: 'rules-written', rules: rulesAt(5) },
  IDLE,
  ACCEPTED,
  BUSY,
  REFUSED,
  UNKNOWN,
  GUARDED,
];

describe('an answer in any phase', () => {
  const phases = (Object.keys(STAGES) as Phase[]).filter((phase) => phase !== 'queued');
  const fits = (intent: Intent, outcome: WriteOutcome): boolean =>
    intent.kind === 'swap'
      ? outcome.kind !== 'rules-written'
      : outcome.kind !== 'swap-accepted' && outcome.kind !== 'idle-asked';
  const pairs = phases.flatMap((phase) =>
    [
      weightIntent(),
      weightIntent({ weight: 0, from: 5 }),
      swapIntent(),
      swapIntent({ direction: 'swap-back' }),
    ].flatMap((intent) =>
      OUTCOMES.filter((outcome) => fits(intent, outcome)).map((outcome) => ({
        phase,
        intent,
        outcome,
      })),
    ),
  );

  it('never moves a release that is over, never starts anything, never fails', () => {
    for (const { phase, intent, outcome } of pairs) {
      const release = sampleRelease(STAGES[phase], { intent, wantedWeight: 5 });
      const decision = answered(release, outcome);
      expect(decision?.effect).toBeUndefined();
      const moved = decision?.release.stage.phase !== phase;
      if (moved) expect([phase, decision?.release.stage.phase]).toEqual(['ramping', 'paused']);
    }
  });

  it('of another claim or intent is history', () => {
    for (const { phase, intent, outcome } of pairs) {
      const release = sampleRelease(STAGES[phase], { intent });
      expect(answered(release, outcome, 'claim-2')).toBeUndefined();
      const call = { intentId: intent.id + 1, claimId: 'claim-1' };
      expect(decideOutcome({ release, call, outcome, context })).toBeUndefined();
      expect(
        answered({ ...release, intent: { ...intent, claim: undefined } }, outcome),
      ).toBeUndefined();
      expect(answered({ ...release, intent: undefined }, outcome)).toBeUndefined();
    }
  });

  it('of the other kind of intent is our own mistake and says so', () => {
    const swap = sampleRelease(STAGES.promoting, { intent: swapIntent() });
    const weight = sampleRelease(fresh, { intent: weightIntent() });
    expect(() => answered(swap, { kind: 'rules-written', rules: [] })).toThrow(TypeError);
    expect(() => answered(weight, ACCEPTED)).toThrow(TypeError);
  });
});

describe('a weight found as wanted by a read', () => {
  it('is confirmed, and its unanswered call keeps the swap and the end waiting', () => {
    const intent = weightIntent({ weight: 0, from: 5 });
    const release = sampleRelease(STAGES['rolling-back'], { intent, weight: 5 });
    const facts = read(0);
    const first = decide({ release, bins: [], facts, context });
    expect(first.release).toMatchObject({
      weight: 0,
      claimsEndAt: NOW + 120_000,
      intent: undefined,
    });
    const at = (now: number) =>
      decide({
        release: first.release,
        bins: [],
        facts,
        context: sampleContext(samplePlan(), now),
      });
    expect(at(NOW + 120_000).release.stage.phase).toBe('rolling-back');
    expect(at(NOW + 120_001).release.stage.phase).toBe('rolled-back');
  });
});

import { describe, expect, it } from 'vitest';
import { type Decision, decide, decideCommand } from '../../src/release/decide.ts';
import type { CommandKind } from '../../src/release/event.ts';
import { type Facts, NOTHING_READ } from '../../src/release/facts.ts';
import type { Intent } from '../../src/release/intent.ts';
import type { Release, Stage, VerdictSummary } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  SUBJECT,
  bodiesOf,
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
const fresh: Stage = { ...STAGES.ramping, confirmedAt: undefined, patienceFrom: undefined };

function pass(release: Release, at = NOW, facts: Facts = read(release.weight)): Decision {
  const context = { ...sampleContext(samplePlan(), at), claimId: `claim-at-${at}` };
  return decide({ release: stored(release), bins: [], facts, context });
}

function order(release: Release, kind: CommandKind, at = NOW): Decision {
  const context = { ...sampleContext(samplePlan(), at), claimId: `claim-at-${at}` };
  const command = { kind, reason: 'r', choice: undefined } as const;
  const decision = decideCommand({ release: stored(release), command, context });
  if ('kind' in decision) throw new Error(decision.message);
  return decision;
}

function verdictAt(at: number, outcome = 'undecided'): VerdictSummary {
  const none = { requests: 0, failures: 0 };
  return {
    at,
    outcome,
    sentence: 's',
    harm: 0,
    harmThreshold: 4.6,
    certify: 0,
    certifyThreshold: 3,
    canary: none,
    baseline: none,
  };
}

describe('a raise', () => {
  const wanting = sampleRelease(fresh, { wantedWeight: 5 });

  it('is decided, recorded and claimed in one commit, for two minutes', () => {
    const { release, effect, rows } = pass(wanting);
    expect(effect).toMatchObject({ kind: 'write-weight', weight: 5, claimId: `claim-at-${NOW}` });
    expect(release.intent).toMatchObject({ id: 2, from: 0, claim: { notAfter: NOW + 2 * MINUTE } });
    const [row] = bodiesOf(rows);
    expect(row).toMatchObject({ action: 'intent-decided', sequence: release.intent?.id });
  });

  it.each([
    ['rules', { rules: undefined }],
    ['site', { site: undefined }],
    ['content', { content: undefined }],
    ['volumes where they should be', { site: siteAt('other') }],
  ])('needs a read of %s in this pass', (_what, patch) => {
    expect(pass(wanting, NOW, { ...read(0), ...patch }).effect).toBeUndefined();
  });

  it('is tried again only on the same reads', () => {
    const retry = weightIntent({ id: 1, claim: undefined, retryAt: NOW + 30_000 });
    const pending = { ...wanting, intent: retry };
    expect(pass(pending, NOW + 29_999).effect).toBeUndefined();
    expect(pass(pending, NOW + 30_000).effect).toMatchObject({ weight: 5, intentId: 1 });
    for (const patch of [{ rules: undefined }, { content: undefined }, { site: siteAt('other') }]) {
      expect(pass(pending, NOW + 30_000, { ...read(0), ...patch }).effect).toBeUndefined();
    }
  });

  it('is not decided on a rule that is not as it was left', () => {
    expect(pass(wanting, NOW, read(3)).effect).toBeUndefined();
  });

  it('expires after two minutes and is decided afresh when its claim has ended', () => {
    const intent = weightIntent({ id: 1 });
    const pending = { ...wanting, intent };
    for (const at of [NOW + 1, NOW + 2 * MINUTE, NOW + 2.5 * MINUTE]) {
      expect(pass(pending, at).effect).toBeUndefined();
    }
    const afresh = pass(pending, NOW + 2.5 * MINUTE + 1);
    expect(bodiesOf(afresh.rows).map(({ action }) => action)).toEqual([
      'intent-dropped',
      'intent-decided',
    ]);
    expect(afresh.release.intent).toMatchObject({ decidedAt: NOW + 2.5 * MINUTE + 1 });
    expect(afresh.release.claimsEndAt).toBe(NOW + 2 * MINUTE);
  });

  it('rests on evidence of now: telemetry that is silent since the step was decided holds it', () => {
    const patch = { wantedWeight: 25, weight: 5, binsFrom: NOW - 30 * MINUTE };
    const next = sampleRelease({ ...fresh, step: 1 }, patch);
    expect(pass(next, NOW + 2 * MINUTE).effect).toMatchObject({ weight: 25 });
    expect(pass(next, NOW + 2 * MINUTE + 1).effect).toBeUndefined();
    const seen = { ...next, verdict: verdictAt(NOW + 9 * MINUTE) };
    expect(pass(seen, NOW + 10 * MINUTE).effect).toMatchObject({ weight: 25 });
    expect(pass(seen, NOW + 12 * MINUTE).effect).toBeUndefined();
    const blind = { ...next, verdict: verdictAt(NOW + 10 * MINUTE, 'unavailable') };
    expect(pass(blind, NOW + 10 * MINUTE).effect).toBeUndefined();
  });

  it.each([
    'paused',
    'promoting',
    'watching',
    'rolling-back',
    'failed',
    'succeeded',
    'rolled-back',
    'aborted',
    'rejected',
    'queued',
    'preflight',
  ] as const)('never happens while %s', (phase) => {
    const { effect } = pass(
      sampleRelease(STAGES[phase], { wantedWeight: 25, weight: 5 }),
      NOW,
      read(5),
    );
    expect(effect?.kind === 'write-weight' ? effect.weight : 0).toBeLessThanOrEqual(5);
  });

  it('under way when a person pauses is waited for: what lands is no drift', () => {
    const pending = { ...wanting, intent: weightIntent({ id: 1 }) };
    const paused = order(pending, 'pause', NOW + 1_000);
    expect(paused.effect).toBeUndefined();
    expect(paused.release.intent).toMatchObject({ weight: 5 });
    const landed = pass(paused.release, NOW + 10_000, read(5));
    expect(landed.release).toMatchObject({ weight: 5, stage: { phase: 'paused' } });
    expect(landed.release.stage).not.toHaveProperty('found');
    expect(landed.release.suspect).toBeUndefined();
    const resumed = order(landed.release, 'resume', NOW + 20_000);
    expect(resumed.release.stage).toMatchObject({ phase: 'ramping', confirmedAt: NOW + 10_000 });
  });

  it('that never landed is dropped in the pause once its claim has ended', () => {
    const pending = {
      ...sampleRelease({ ...STAGES.paused, from: fresh }, { wantedWeight: 5 }),
      intent: weightIntent(),
    };
    expect(pass(pending, NOW + 2.5 * MINUTE, read(0)).release.intent).toBeDefined();
    const dropped = pass(pending, NOW + 2.5 * MINUTE + 1, read(0));
    expect(dropped.release.intent).toBeUndefined();
    expect(dropped.effect).toBeUndefined();
  });
});

describe('a lowering', () => {
  const raising = sampleRelease(
    { ...fresh, step: 1 },
    {
      wantedWeight: 25,
      weight: 5,
      intent: weightIntent({ weight: 25, from: 5 }),
    },
  );

  it.each(['abort', 'rollback', 'promote'] as const)(
    'by %s replaces a pending raise at once, without a read',
    (kind) => {
      const { release, effect, rows } = order(raising, kind, NOW + 1_000);
      expect(effect).toMatchObject({ kind: 'write-weight', weight: 0 });
      expect(release.intent).toMatchObject({ weight: 0, claim: { id: `claim-at-${NOW + 1_000}` } });
      expect(release.claimsEndAt).toBe(NOW + 2 * MINUTE);
      expect(bodiesOf(rows).map(({ action }) => action)).toEqual([
        'command-accepted',
        'intent-dropped',
        'intent-decided',
      ]);
    },
  );

  it('is claimed again only 30 s after its claim has ended', () => {
    const intent = weightIntent({ weight: 0, from: 5 });
    const back = sampleRelease(STAGES['rolling-back'], { weight: 5, intent });
    expect(pass(back, NOW + 2.5 * MINUTE).effect).toBeUndefined();
    const taken = pass(back, NOW + 2.5 * MINUTE + 1);
    expect(taken.effect).toMatchObject({ weight: 0, intentId: intent.id });
    expect(taken.release.intent).toMatchObject({ attempts: 2 });
    expect(taken.release.claimsEndAt).toBe(NOW + 2 * MINUTE);
  });

  it('without a claim is claimed when its wait is over', () => {
    const intent = weightIntent({ weight: 0, from: 5, claim: undefined, retryAt: NOW + 30_000 });
    const back = sampleRelease(STAGES['rolling-back'], { weight: 5, intent });
    expect(pass(back, NOW + 29_999).effect).toBeUndefined();
    expect(pass(back, NOW + 30_000).effect).toMatchObject({ weight: 0 });
  });

  it('of the weight that drift left is made while paused', () => {
    const found = {
      kind: 'drift',
      since: NOW,
      seen: '',
      ownWeight: 60,
      foreignRules: [],
      volumes: 'baseline-in-production',
    } as const;
    const paused = sampleRelease({ ...STAGES.paused, found }, { wantedWeight: 5, weight: 60 });
    expect(pass(paused, NOW, read(60)).effect).toMatchObject({ weight: 5 });
    // It grew meanwhile.
    expect(pass({ ...paused, weight: 5 }, NOW, read(40)).effect).toMatchObject({ weight: 5 });
    expect(pass({ ...paused, weight: 5 }, NOW, read(2)).effect).toBeUndefined();
  });

  it("of our rule after an adopted swap is made in the watch, a stranger's rule is drift first", () => {
    const watching = sampleRelease(STAGES.watching, { swappedAt: NOW });
    const there = read(5, 'canary-in-production');
    expect(pass({ ...watching, weight: 5 }, NOW, there).effect).toMatchObject({ weight: 0 });
    expect(
      pass({ ...watching, weight: 5 }, NOW, { ...there, rules: undefined }).effect,
    ).toMatchObject({ weight: 0 });
    expect(pass(watching, NOW, there).effect).toBeUndefined();
  });
});

describe('a person was called (failed)', () => {
  const intents: readonly Intent[] = [
    weightIntent({ claim: undefined, weight: 0, from: 5 }),
    weightIntent({ claim: { id: 'c', at: 0, notAfter: 1 }, weight: 0, from: 5 }),
  ];

  it.each(intents)('and only reads go on: %o', (intent) => {
    const failed = sampleRelease(STAGES.failed, { weight: 5, intent });
    const { effect, release } = pass(failed, NOW, read(5));
    expect(effect).toBeUndefined();
    expect(release.intent).toEqual(stored(intent));
  });

  it('and what was asked for is still settled by reads', () => {
    const failed = sampleRelease(STAGES.failed, { weight: 5, intent: intents[0] });
    const { release, rows } = pass(failed, NOW, read(0));
    expect(release).toMatchObject({ weight: 0, intent: undefined, stage: { phase: 'failed' } });
    expect(rows).toHaveLength(1);
  });

  it('and rollback takes up the work again, acknowledge ends it', () => {
    const failed = sampleRelease(STAGES.failed, { weight: 5, intent: intents[0] });
    expect(order(failed, 'rollback').effect).toMatchObject({ weight: 0 });
    const acknowledged = order(failed, 'acknowledge');
    expect(acknowledged.effect).toBeUndefined();
    expect(acknowledged.release.intent).toBeUndefined();
  });
});

describe('aftercare', () => {
  const over = [
    STAGES.succeeded,
    STAGES['rolled-back'],
    STAGES.aborted,
    { ...STAGES.failed, acknowledgedAt: NOW },
  ] as const;

  it('removes rules equal to ones that Slipway wrote, and records it', () => {
    for (const stage of over) {
      const { effect, rows } = pass(sampleRelease(stage), NOW, {
        ...NOTHING_READ,
        rules: rulesAt(25),
      });
      expect(effect).toMatchObject({ kind: 'write-weight', weight: 0 });
      expect(bodiesOf(rows)[0]).toMatchObject({ action: 'aftercare', reason: 'aftercare' });
    }
  });

  it('removes them whatever was wanted when a person was called', () => {
    const called = sampleRelease(STAGES.failed, { wantedWeight: 25 });
    expect(pass(called, NOW, read(25, 'canary-in-production')).effect).toBeUndefined();
    const stage = { ...STAGES.failed, acknowledgedAt: NOW };
    for (const weight of [5, 25, 50]) {
      const over = sampleRelease(stage, { weight: 5, wantedWeight: 25 });
      const { effect, release } = pass(over, NOW, { ...NOTHING_READ, rules: rulesAt(weight) });
      expect(effect).toMatchObject({ kind: 'write-weight', weight: 0 });
      // The next pass does not take it for another wish.
      expect(pass(release, NOW + 5_000, NOTHING_READ).release.intent).toEqual(release.intent);
    }
  });

  it.each([
    ['another weight', rulesAt(7)],
    ['another host', [{ name: 'staging', host: 'elsewhere', weight: 25, autoRamp: false }]],
    ['another slot', [{ name: 'beta', host: 'beta', weight: 25, autoRamp: false }]],
    ['nothing', []],
  ])('leaves %s alone', (_what, rules) => {
    for (const stage of over) {
      expect(pass(sampleRelease(stage), NOW, { ...NOTHING_READ, rules }).effect).toBeUndefined();
    }
  });

  it('is not for a release that never touched production', () => {
    const untouched = sampleRelease(STAGES.aborted, { subject: undefined });
    expect(pass(untouched, NOW, { ...NOTHING_READ, rules: rulesAt(25) }).effect).toBeUndefined();
    expect(SUBJECT.slotHost).toBeDefined();
  });
});

describe('a lowering never raises', () => {
  const tooMuch = sampleRelease(STAGES.ramping, { weight: 60, wantedWeight: 5 });
  const pending = sampleRelease(STAGES.ramping, {
    weight: 60,
    wantedWeight: 5,
    intent: weightIntent({ weight: 5, from: 60, claim: undefined }),
  });

  it.each([
    ['60 % was found', 60, 'write-weight'],
    ['the rule was taken away meanwhile', 0, undefined],
    ['the rule was made smaller meanwhile', 1, undefined],
  ])('when %s', (_, own, effect) => {
    const facts = { ...read(own), rules: rulesAt(own) };
    expect(pass(tooMuch, NOW, facts).effect?.kind).toBe(effect);
    expect(pass(pending, NOW, facts).effect?.kind).toBe(effect);
  });
});

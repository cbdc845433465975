import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WriteOutcome } from '../../src/release/azure-facts.ts';
import { type Decision, decide, decideOutcome } from '../../src/release/decide.ts';
import { type Facts, NOTHING_READ } from '../../src/release/facts.ts';
import type { SwapIntent } from '../../src/release/intent.ts';
import type { Release, Whereabouts } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  bodiesOf,
  contentAt,
  read,
  rulesAt,
  sampleContext,
  samplePlan,
  sampleRelease,
  siteAt,
  stored,
  swapIntent,
} from '../support/release-samples.ts';

const CLAIM_END = NOW + 120_000;
const BELIEVABLE = CLAIM_END + 120_000;
const OLD = read(0);
const NEW = read(0, 'canary-in-production');

function pass(release: Release, at: number, facts: Facts = OLD): Decision {
  const context = { ...sampleContext(samplePlan(), at), claimId: `claim-at-${at}` };
  return decide({ release: stored(release), bins: [], facts, context });
}

function answer(release: Release, at: number, outcome: WriteOutcome): Release {
  const { intent } = release;
  const call = { intentId: intent?.id ?? 0, claimId: intent?.claim?.id ?? '' };
  const context = sampleContext(samplePlan(), at);
  return decideOutcome({ release: stored(release), call, outcome, context })?.release ?? release;
}

/** Asked for the reads that begin when "not done" may be believed first. */
const IDLE = {
  kind: 'idle-asked',
  since: BELIEVABLE,
  idle: true,
  takesAway: false,
  removed: undefined,
  message: '200',
} as const satisfies WriteOutcome;
const RUNNING: WriteOutcome = { ...IDLE, idle: false, message: '409' };

function pending(patch: Partial<SwapIntent> = {}): Release {
  return sampleRelease(STAGES.promoting, { intent: swapIntent(patch) });
}

describe('a promotion', () => {
  it('POSTs only when nothing of ours is there and everything was read', () => {
    const release = sampleRelease(STAGES.promoting);
    expect(pass(release, NOW).effect?.kind).toBe('submit-swap');
    for (const facts of [
      NOTHING_READ,
      { ...OLD, rules: undefined },
      { ...OLD, site: undefined },
      { ...OLD, content: undefined },
      { ...OLD, rules: rulesAt(5) },
      { ...OLD, site: siteAt('other') },
      {
        ...OLD,
        site: {
          ...siteAt('baseline-in-production'),
          slot: { ...siteAt('other').slot, operationInProgress: 'Create' },
        },
      },
    ]) {
      expect(pass(release, NOW, facts).effect?.kind).not.toBe('submit-swap');
    }
    expect(pass({ ...release, claimsEndAt: NOW }, NOW).effect).toBeUndefined();
    expect(pass({ ...release, claimsEndAt: NOW - 1 }, NOW).effect?.kind).toBe('submit-swap');
  });

  it('removes a 0 % rule of our slot first, which still honours cookies', () => {
    const zero = { name: 'staging', host: 'x', weight: 0, autoRamp: false };
    const { effect } = pass(sampleRelease(STAGES.promoting), NOW, { ...OLD, rules: [zero] });
    expect(effect).toMatchObject({ kind: 'write-weight', weight: 0 });
  });

  it('remembers what stood in production, so that only that is swapped back', () => {
    const facts = {
      ...OLD,
      content: { ...contentAt('baseline-in-production'), production: 'hotfix' },
    };
    const { release } = pass(sampleRelease(STAGES.promoting), NOW, facts);
    expect(release.subject?.baselineContent).toBe('hotfix');
  });

  it('of other bits than were validated is not asked for', () => {
    const facts = { ...OLD, content: { ...contentAt('baseline-in-production'), slot: 'deploy-3' } };
    const { release, effect } = pass(sampleRelease(STAGES.promoting), NOW, facts);
    expect(effect).toBeUndefined();
    expect(release).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'slot-overwritten' });
  });
});

describe('a swap that was asked for', () => {
  it('is done when the volumes say so, whatever the poller says', () => {
    for (const poll of [undefined, { kind: 'failed', code: 'x', message: 'm' }] as const) {
      const { release } = pass(pending(), NOW + 1_000, { ...NEW, poll });
      expect(release).toMatchObject({
        stage: { phase: 'watching' },
        swappedAt: NOW + 1_000,
        intent: undefined,
      });
    }
  });

  it('is not done because the poller says so', () => {
    const { release, effect } = pass(pending(), NOW + 1_000, {
      ...OLD,
      poll: { kind: 'succeeded' },
    });
    expect(release.stage.phase).toBe('promoting');
    expect(effect).toBeUndefined();
  });

  it('leads into the watch only once no rule of ours is there', () => {
    const came = pass(pending(), NOW + 1_000, { ...NEW, rules: rulesAt(5) });
    expect(came.release).toMatchObject({ stage: { phase: 'promoting' }, swappedAt: NOW + 1_000 });
    expect(came.effect).toMatchObject({ kind: 'write-weight', weight: 0 });
    const gone = answer(came.release, NOW + 2_000, { kind: 'rules-written', rules: [] });
    expect(pass(gone, NOW + 3_000, NEW).release.stage.phase).toBe('watching');
    const unread = pass(pending(), NOW + 1_000, { ...NEW, rules: undefined });
    expect(unread.release.stage.phase).toBe('promoting');
    expect(unread.release.intent).toBeUndefined();
  });

  it('is not asked for again while its claim, two minutes and the proof last', () => {
    let release = pending();
    for (let at = NOW; at < BELIEVABLE; at += 10_000) {
      const decision = pass(release, at);
      expect(decision.effect).toBeUndefined();
      expect(decision.release.intent).not.toHaveProperty('unchangedAt');
      release = decision.release;
    }
    const first = pass(release, BELIEVABLE);
    expect(first.effect?.kind).toBe('prove-idle');
    const idle = answer(first.release, BELIEVABLE, IDLE);
    const early = pass(idle, BELIEVABLE + 59_999);
    expect(early.effect).toBeUndefined();
    const proven = pass(early.release, BELIEVABLE + 60_000);
    expect(bodiesOf(proven.rows).map(({ message }) => message)).toContain(
      'the swap is proven not done; it may be asked for again',
    );
    expect(proven.effect?.kind).toBe('submit-swap');
    expect(proven.release.intent).toMatchObject({
      attempts: 2,
      claim: { notAfter: BELIEVABLE + 60_000 + 120_000 },
      unchangedAt: undefined,
      idleAt: undefined,
    });
  });

  it('is not proven undone by two reads alone, nor by an idle answer from before them', () => {
    const unproven = pass(pending({ unchangedAt: BELIEVABLE }), BELIEVABLE + 600_000);
    expect(unproven.effect?.kind).toBe('prove-idle');
    const stale = pending({ unchangedAt: BELIEVABLE, idleAt: BELIEVABLE - 1 });
    expect(pass(stale, BELIEVABLE + 600_000).effect?.kind).toBe('prove-idle');
  });

  it('that runs (409 to the proof) begins its reads anew', () => {
    const first = pass(pending(), BELIEVABLE);
    const running = answer(first.release, BELIEVABLE, RUNNING);
    const second = pass(running, BELIEVABLE + 60_000);
    expect(second.release.intent).toMatchObject({ unchangedAt: BELIEVABLE + 60_000 });
    expect(second.effect?.kind).toBe('prove-idle');
  });

  it('with volumes mixed is running: everything waits and the proof begins anew', () => {
    const almost = pending({ unchangedAt: BELIEVABLE, idleAt: BELIEVABLE + 1 });
    const mixed = pass(almost, BELIEVABLE + 60_000, read(0, 'other'));
    expect(mixed.effect).toBeUndefined();
    expect(mixed.release.intent).toMatchObject({ unchangedAt: undefined, idleAt: undefined });
    const after = pass(mixed.release, BELIEVABLE + 120_000);
    expect(after.release.intent).toMatchObject({ unchangedAt: BELIEVABLE + 120_000 });
  });

  it('with an answer that comes too late to the proof is asked again, not stuck', () => {
    const mixed = pass(pending({ unchangedAt: BELIEVABLE }), BELIEVABLE + 10_000, read(0, 'other'));
    const late = answer(mixed.release, BELIEVABLE + 11_000, IDLE);
    const first = pass(late, BELIEVABLE + 20_000);
    expect(first.effect?.kind).toBe('prove-idle');
  });

  it('with the old volumes and a newer timestamp was undone by somebody: never POSTed, a person is called', () => {
    const facts = { ...OLD, site: siteAt('baseline-in-production', '2026-01-05T12:00:01Z') };
    for (const claim of [swapIntent().claim, undefined]) {
      const { release, effect } = pass(pending({ claim }), NOW + 1_000, facts);
      expect(effect).toBeUndefined();
      expect(release).toMatchObject({ stage: { phase: 'failed' }, reason: 'swap-disturbed' });
    }
  });

  it('refused by the POST goes back at once; by the poller only after the proof', () => {
    const refused = answer(pending(), NOW + 1_000, {
      kind: 'refused',
      code: 'ExpectationFailed',
      message: 'no ping',
    });
    expect(pass(refused, NOW + 2_000).release).toMatchObject({
      stage: { phase: 'rolling-back' },
      reason: 'azure-refused',
    });
    const polled = pass(pending({ poller: 'p' }), NOW + 1_000, {
      ...OLD,
      poll: { kind: 'failed', code: 'c', message: 'm' },
    });
    expect(polled.release).toMatchObject({
      stage: { phase: 'promoting' },
      intent: { refusal: { of: 'poll' } },
    });
    const first = pass(polled.release, BELIEVABLE);
    const idle = answer(first.release, BELIEVABLE + 1, IDLE);
    expect(pass(idle, BELIEVABLE + 60_000).release.stage.phase).toBe('rolling-back');
  });

  it('is given up after three attempts', () => {
    const third = pending({ attempts: 3, unchangedAt: BELIEVABLE, idleAt: BELIEVABLE });
    expect(pass(third, BELIEVABLE + 60_000).release).toMatchObject({
      stage: { phase: 'rolling-back' },
      intent: undefined,
    });
  });

  it('is dropped without a POST when the goal is the baseline before it was asked for', () => {
    const release = sampleRelease(STAGES['rolling-back'], {
      intent: swapIntent({ claim: undefined }),
    });
    const { release: next, effect, rows } = pass(release, NOW + 1_000);
    expect(next.intent).toBeUndefined();
    expect(effect).toBeUndefined();
    expect(bodiesOf(rows)[0]).toMatchObject({ action: 'intent-dropped' });
  });

  it('leaves a row when it is given up while going back', () => {
    const refusal = { of: 'post', code: 'c', message: 'm', at: NOW } as const;
    const release = sampleRelease(STAGES['rolling-back'], { intent: swapIntent({ refusal }) });
    const { release: next, rows } = pass(release, NOW + 1_000);
    expect(next.intent).toBeUndefined();
    expect(bodiesOf(rows)[0]).toMatchObject({ action: 'intent-dropped' });
  });
});

describe('a swap back', () => {
  const back = { ...STAGES['rolling-back'] };

  it('follows a promotion that lands after the goal became the baseline, in the same pass', () => {
    const release = sampleRelease(back, { intent: swapIntent({ poller: 'p' }) });
    const { release: next, effect } = pass(release, NOW + 1_000, NEW);
    expect(effect?.kind).toBe('submit-swap');
    expect(next).toMatchObject({ intent: { direction: 'swap-back' }, swappedAt: NOW + 1_000 });
  });

  it('waits for a POST that nobody has answered yet', () => {
    const release = sampleRelease(back, { intent: swapIntent() });
    const landed = pass(release, NOW + 1_000, NEW);
    expect(landed.effect).toBeUndefined();
    expect(pass(landed.release, CLAIM_END, NEW).effect).toBeUndefined();
    expect(pass(landed.release, CLAIM_END + 1, NEW).effect?.kind).toBe('submit-swap');
  });

  it('of anything but the old content is refused: a person is called', () => {
    const release = sampleRelease(back, { swappedAt: NOW - 1_000 });
    const facts = { ...NEW, content: { production: 'deploy-new', slot: 'deploy-3' } };
    const { release: next, effect } = pass(release, NOW, facts);
    expect(effect).toBeUndefined();
    expect(next).toMatchObject({ stage: { phase: 'failed' }, reason: 'old-content-gone' });
  });

  it('that Azure refuses is asked for again, with a proof of its own each time', () => {
    const refusal = { of: 'poll', code: 'c', message: 'm', at: NOW } as const;
    const proof = { unchangedAt: BELIEVABLE, idleAt: BELIEVABLE };
    const intent = swapIntent({ direction: 'swap-back', refusal, attempts: 5, ...proof });
    const refused = pass(sampleRelease(back, { intent }), BELIEVABLE + 60_000, NEW);
    expect(refused.release.intent).toMatchObject({
      claim: undefined,
      unchangedAt: undefined,
      idleAt: undefined,
    });
    const again = pass(refused.release, BELIEVABLE + 90_000, NEW);
    expect(again.effect?.kind).toBe('submit-swap');
    // It runs now: old volumes for twenty minutes are no proof that it was not done.
    const end = BELIEVABLE + 90_000 + 240_000;
    expect(pass(again.release, end - 1, NEW).effect).toBeUndefined();
    expect(pass(again.release, end, NEW).effect?.kind).toBe('prove-idle');
  });

  it('whose volumes moved meanwhile is not POSTed', () => {
    const intent = swapIntent({ direction: 'swap-back', claim: undefined });
    expect(pass(sampleRelease(back, { intent }), NOW, read(0, 'other')).effect).toBeUndefined();
  });
});

describe('any run of reads and answers', () => {
  const event = fc.record({
    ms: fc.integer({ min: 1, max: 90_000 }),
    where: fc.constantFrom(...Array<Whereabouts>(7).fill('baseline-in-production'), 'other'),
    answer: fc.constantFrom('idle', 'running', 'lost', 'refused', 'busy', 'accepted'),
  });

  let provenUndone = 0;

  it('POSTs again only 2 min after the claim, with two reads 60 s apart and an idle site between them', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 5, maxLength: 60 }), (events) => {
        let release = sampleRelease(STAGES.promoting);
        let at = NOW;
        let postedAt: number | undefined;
        let reads: number[] = [];
        let idles: number[] = [];
        for (const { ms, where, answer: kind } of events) {
          at += ms;
          if (release.stage.phase !== 'promoting') break;
          const before = release.intent;
          const decision = pass(release, at, {
            ...read(0, where),
            content: contentAt('baseline-in-production'),
          });
          release = decision.release;
          if (where === 'other') reads = [];
          else reads.push(at);
          if (decision.effect?.kind === 'submit-swap') {
            const busy = before?.kind === 'swap' && before.claim === undefined;
            if (postedAt !== undefined && !busy) {
              const believable = postedAt + 240_000;
              const [from = at] = reads.filter((time) => time >= believable);
              expect(at - from).toBeGreaterThanOrEqual(60_000);
              provenUndone += 1;
              expect(idles.some((time) => time >= from && time <= at)).toBe(true);
            }
            postedAt = at;
            reads = [];
            idles = [];
            if (kind === 'accepted')
              release = answer(release, at, { kind: 'swap-accepted', poller: 'p' });
            if (kind === 'busy') {
              release = answer(release, at, {
                kind: 'busy',
                code: '409',
                message: 'm',
                retryAfterMs: 0,
              });
            }
          } else if (decision.effect?.kind === 'prove-idle') {
            if (kind === 'idle') idles.push(at);
            const { since } = decision.effect;
            if (kind === 'idle') release = answer(release, at, { ...IDLE, since });
            if (kind === 'running') release = answer(release, at, { ...RUNNING, since });
            if (kind === 'running') reads = [];
          }
        }
      }),
      { numRuns: 300 },
    );
    // The runs must reach what they are about.
    expect(provenUndone).toBeGreaterThan(10);
  });
});

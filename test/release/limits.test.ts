import { describe, expect, it } from 'vitest';
import { NOTHING_READ } from '../../src/release/facts.ts';
import {
  NOW,
  STAGES,
  bin,
  counts,
  read,
  sampleContext,
  sampleRelease,
  siteAt,
} from '../support/release-samples.ts';

import { HOUR, MINUTE, RAMPING, pass } from './pass.ts';

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

/** A record of a rescue on the site: read strictly, adopted once, before anything else is decided. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import { describeStage } from '../../src/release/draft.ts';
import type { Facts } from '../../src/release/facts.ts';
import type { Release, Stage, Whereabouts } from '../../src/release/release.ts';
import {
  type RescueDeed,
  type RescueRecord,
  newRescue,
  readRescue,
  writeRescue,
} from '../../src/release/rescue-record.ts';
import {
  NOW,
  STAGES,
  bodiesOf,
  read,
  sampleContext,
  samplePlan,
  sampleRelease,
  stored,
  swapIntent,
  weightIntent,
} from '../support/release-samples.ts';

import { BAD } from './pass.ts';

const HOUR = 3_600_000;
const record = (did: RescueDeed, at = NOW): RescueRecord => ({
  at,
  did,
  by: 'anna@example.com',
  weight: undefined,
});

function facts(where: Whereabouts, did: RescueDeed, weight = 0): Facts {
  const all = read(weight, where);
  return {
    ...all,
    site: all.site === undefined ? undefined : { ...all.site, rescueTag: writeRescue(record(did)) },
  };
}

function pass(release: Release, seen: Facts, at = NOW + 60_000) {
  const context = sampleContext(samplePlan(), at);
  return decide({ release: stored(release), bins: [], facts: seen, context });
}

describe('the tag', () => {
  it('is read as it was written, in 256 characters of ASCII, whoever did it', () => {
    fc.assert(
      fc.property(
        fc.record({
          at: fc.integer({ min: 0, max: NOW + HOUR }),
          did: fc.constantFrom<RescueDeed>('rule-removed', 'swapped-back'),
          by: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 }), { nil: undefined }),
          weight: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
        }),
        (written) => {
          const tag = writeRescue(written);
          expect(tag.length).toBeLessThanOrEqual(256);
          expect(tag).toMatch(/^[ -~]*$/);
          const reading = readRescue(tag, NOW);
          expect(reading).toMatchObject({ kind: 'record', record: { at: written.at } });
          if (reading.kind === 'record' && reading.record.weight !== undefined)
            expect(reading.record.weight).toBe(written.weight);
        },
      ),
    );
  });

  it.each([
    '',
    'yes',
    '{}',
    '[]',
    'null',
    '{"v":2,"at":"2026-01-05T12:00:00.000Z","did":"rule-removed"}',
    '{"v":1,"at":"yesterday","did":"rule-removed"}',
    '{"v":1,"at":"2026-01-05T12:00:00.000Z","did":"promoted"}',
    '{"v":1,"at":"2026-01-05T12:00:00.000Z","did":"rule-removed","more":1}',
    `{"v":1,"at":"2026-01-05T12:00:00.000Z","did":"rule-removed","by":"${'x'.repeat(65)}"}`,
    '{"v":1,"at":"2026-01-07T12:00:00.000Z","did":"rule-removed"}',
    `{"v":1,"at":"2026-01-05T12:00:00.000Z","did":"rule-removed"}${' '.repeat(256)}`,
  ])('is ignored when it is broken: %s', (tag) => {
    expect(readRescue(tag, NOW).kind).toBe('broken');
    const site = { rescueTag: tag };
    expect(newRescue(sampleRelease(STAGES.ramping), site, NOW)).toBeUndefined();
  });

  it('never throws, whatever somebody wrote there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 400 }), fc.json()), (tag) => {
        expect(['record', 'broken']).toContain(readRescue(tag, NOW).kind);
      }),
    );
  });

  it('counts for releases that were there before it, and once', () => {
    const release = sampleRelease(STAGES.ramping);
    const at = (ms: number) => ({ rescueTag: writeRescue(record('rule-removed', ms)) });
    expect(newRescue(release, at(release.createdAt), NOW)).toBeUndefined();
    expect(newRescue(release, at(release.createdAt + 1), NOW)).toBeDefined();
    const adopted = { ...release, rescued: record('rule-removed', NOW) };
    expect(newRescue(adopted, at(NOW), NOW)).toBeUndefined();
    expect(newRescue(adopted, at(NOW + 1), NOW)).toBeDefined();
    expect(newRescue(release, undefined, NOW)).toBeUndefined();
  });
});

describe('an unfinished release that finds a record', () => {
  const pausedWatch = { ...STAGES.paused, from: STAGES.watching };
  const pausedQueue = { ...STAGES.paused, from: STAGES.preflight };
  const old = 'baseline-in-production';
  const now = 'canary-in-production';

  it.each<[Stage, Whereabouts, RescueDeed, string]>([
    [STAGES.preflight, old, 'rule-removed', 'aborted'],
    [pausedQueue, old, 'rule-removed', 'aborted'],
    [STAGES.ramping, old, 'rule-removed', 'rolling-back'],
    [STAGES.ramping, old, 'swapped-back', 'rolling-back'],
    [STAGES.ramping, now, 'rule-removed', 'paused (ramping 1/3)'],
    [STAGES.paused, old, 'rule-removed', 'rolling-back'],
    [STAGES.promoting, old, 'rule-removed', 'rolling-back'],
    [STAGES.promoting, now, 'rule-removed', 'paused (watching)'],
    [STAGES.promoting, 'other', 'rule-removed', 'rolling-back'],
    [STAGES.watching, now, 'rule-removed', 'paused (watching)'],
    [STAGES.watching, now, 'swapped-back', 'paused (watching)'],
    [STAGES.watching, old, 'rule-removed', 'rolling-back'],
    [STAGES.watching, old, 'swapped-back', 'rolling-back'],
    [pausedWatch, now, 'rule-removed', 'paused (watching)'],
    [pausedWatch, old, 'swapped-back', 'rolling-back'],
    [pausedWatch, now, 'swapped-back', 'paused (watching)'],
    [STAGES['rolling-back'], old, 'rule-removed', 'rolling-back'],
    [STAGES.failed, old, 'swapped-back', 'rolling-back'],
    [STAGES.failed, now, 'rule-removed', 'failed'],
  ])('%o with %s, %s: %s', (stage, where, did, wanted) => {
    const swapped = standsInWatch(stage) ? { swappedAt: NOW - HOUR } : {};
    const release = sampleRelease(stage, swapped);
    const { release: next, rows, effect } = pass(release, facts(where, did));
    expect(describeStage(next)).toBe(wanted);
    expect(next.rescued).toMatchObject({ at: NOW, did });
    expect(effect?.kind === 'write-weight' ? effect.weight : 0).toBe(0);
    const row = bodiesOf(rows).find(({ action }) => action === 'rescue-adopted');
    expect(row).toMatchObject({ reason: 'rescued', facts: { rescue: { did } } });
    expect(row?.message).toContain('anna@example.com');
    expect(row?.facts).toMatchObject({ rescue: { by: 'anna@example.com', at: NOW } });
  });

  describe('while the new version is in production', () => {
    const seenSwap = (did: RescueDeed, swappedAt: number): Facts => {
      const all = facts('canary-in-production', did);
      const stamp = new Date(swappedAt).toISOString();
      const site = all.site && {
        ...all.site,
        volumes: { ...all.site.volumes, swappedAt: stamp },
      };
      return { ...all, site };
    };
    const watching = (reversible: boolean): Release =>
      sampleRelease(STAGES.watching, { swappedAt: NOW - HOUR, reversible });

    it('takes back a swap that landed after the record: nobody had looked at it', () => {
      const { release } = pass(watching(true), seenSwap('rule-removed', NOW + 30_000));
      expect(release).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'rescued' });
    });

    it('waits for a word when the swap was there to be looked at', () => {
      const { release } = pass(watching(true), seenSwap('rule-removed', NOW - 30_000));
      expect(describeStage(release)).toBe('paused (watching)');
    });

    it.each([
      ['rule-removed', NOW - 30_000],
      ['rule-removed', NOW + 30_000],
      ['swapped-back', NOW - 30_000],
      ['swapped-back', NOW + 30_000],
    ] as const)('never swaps an irreversible one back for a tag: %s, swap at %i', (did, at) => {
      let release = watching(false);
      for (const minute of [1, 2, 3, 10]) {
        const decision = pass(release, seenSwap(did, at), NOW + minute * 60_000);
        expect(decision.effect?.kind).not.toBe('submit-swap');
        release = decision.release;
      }
      expect(['paused', 'failed']).toContain(release.stage.phase);
    });
  });

  it('adopts it once: the next pass goes on as it was left', () => {
    const seen = facts('canary-in-production', 'rule-removed');
    const first = pass(sampleRelease(STAGES.watching, { swappedAt: NOW - HOUR }), seen);
    const second = pass(first.release, seen, NOW + 120_000);
    expect(second.rows).toEqual([]);
    expect(second.release.stage).toEqual(first.release.stage);
  });

  it('ends by two clear reads, as any way back', () => {
    const seen = facts('baseline-in-production', 'swapped-back');
    let release = sampleRelease(STAGES.watching, { swappedAt: NOW - HOUR });
    for (const minute of [1, 2, 3]) release = pass(release, seen, NOW + minute * 60_000).release;
    expect(release.stage.phase).toBe('aborted');
    expect(release.reason).toBe('rescued');
  });

  it('comes before harm, slot-overwritten and drift, as a command would', () => {
    const seen = { ...facts('baseline-in-production', 'rule-removed'), telemetry: BAD };
    const release = sampleRelease(STAGES.ramping, {
      weight: 5,
      wantedWeight: 5,
      binsFrom: NOW - HOUR,
    });
    expect(pass(release, seen).release.reason).toBe('rescued');
  });

  it.each([
    ['a claim that a crash left', { id: 'c', at: NOW - HOUR, notAfter: NOW - HOUR + 120_000 }],
    ['no claim', undefined],
  ])('never brings the rule back from a pending intent with %s', (_, claim) => {
    const stage = { ...STAGES.ramping, confirmedAt: undefined, patienceFrom: undefined };
    let release = sampleRelease(stage, {
      wantedWeight: 5,
      intent: weightIntent({ claim, decidedAt: NOW }),
    });
    const seen = facts('baseline-in-production', 'rule-removed');
    for (const minute of [1, 2, 3]) {
      const decision = pass(release, seen, NOW + minute * 60_000);
      expect(decision.effect).toBeUndefined();
      release = decision.release;
    }
    expect(release).toMatchObject({ stage: { phase: 'aborted' }, wantedWeight: 0, weight: 0 });
  });

  it('does not submit a swap that was decided before the record', () => {
    const release = sampleRelease(STAGES.promoting, { intent: swapIntent({ claim: undefined }) });
    const { effect, release: next } = pass(
      release,
      facts('baseline-in-production', 'rule-removed'),
    );
    expect(effect).toBeUndefined();
    expect(next.intent).toBeUndefined();
  });

  it('removes a rule that comes back after the rescue', () => {
    const release = sampleRelease(STAGES.ramping, { weight: 5, wantedWeight: 5 });
    const { effect } = pass(release, facts('baseline-in-production', 'rule-removed', 5));
    expect(effect).toMatchObject({ kind: 'write-weight', weight: 0 });
  });

  it('of an irreversible app calls a person rather than swap back what a rescue left', () => {
    const release = sampleRelease(STAGES.promoting, { reversible: false });
    const mixed = pass(release, facts('other', 'rule-removed')).release;
    const landed = pass(mixed, facts('canary-in-production', 'rule-removed'), NOW + HOUR / 2);
    expect(landed.effect).toBeUndefined();
    expect(landed.release.reason).toBe('irreversible');
  });
});

function standsInWatch(stage: Stage): boolean {
  return (
    stage.phase === 'watching' || (stage.phase === 'paused' && stage.from.phase === 'watching')
  );
}

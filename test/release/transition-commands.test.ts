import { describe, expect, it } from 'vitest';
import { COMMANDS, type Event } from '../../src/release/event.ts';
import { NOW, STAGES, bodiesOf, sampleRelease, swapIntent } from '../support/release-samples.ts';
import { apply, EVENTS, FOUND } from './apply-event.ts';

describe('after drift', () => {
  const paused = { ...STAGES.paused, found: FOUND };
  const resume = (choice: 'adopt' | 'reapply' | undefined): Event => ({
    kind: 'resume',
    reason: 'r',
    choice,
  });

  it('resume without a choice, advance and promote are refused', () => {
    for (const event of [resume(undefined), EVENTS.advance, EVENTS.promote]) {
      expect(apply(sampleRelease(paused), event).refused).toBe(true);
    }
  });

  it('adopts what was found, never more than the plan allows at this step', () => {
    expect(apply(sampleRelease(paused), resume('adopt')).draft.release.wantedWeight).toBe(5);
    const less = { ...paused, found: { ...FOUND, ownWeight: 2 } };
    expect(apply(sampleRelease(less), resume('adopt')).draft.release.wantedWeight).toBe(2);
  });

  it('adopts no rule at all while ramping: there would be nothing to judge', () => {
    const gone = { ...paused, found: { ...FOUND, ownWeight: 0 } };
    expect(apply(sampleRelease(gone), resume('adopt')).refused).toBe(true);
    expect(apply(sampleRelease(gone), resume('reapply')).draft.release.wantedWeight).toBe(5);
    const watched = { ...gone, from: STAGES.watching };
    expect(apply(sampleRelease(watched), resume('adopt')).draft.release.wantedWeight).toBe(0);
  });

  it('reapplies the weight of the step and confirms it anew', () => {
    const release = apply(sampleRelease(paused), resume('reapply')).draft.release;
    expect(release.wantedWeight).toBe(5);
    expect(release.stage).toMatchObject({ phase: 'ramping', confirmedAt: undefined });
  });

  const swapped = {
    ...paused,
    found: { ...FOUND, kind: 'swapped-elsewhere', volumes: 'canary-in-production' },
  } as const;

  it("adopts somebody's swap as the promotion, or takes it back", () => {
    expect(apply(sampleRelease(swapped), resume('adopt')).draft.release.stage.phase).toBe(
      'watching',
    );
    expect(apply(sampleRelease(swapped), resume('reapply')).draft.release.stage.phase).toBe(
      'rolling-back',
    );
  });

  it("takes somebody's swap back in the watch as the rollback, or promotes again", () => {
    const back = {
      ...swapped,
      from: STAGES.watching,
      found: { ...swapped.found, volumes: 'baseline-in-production' },
    } as const;
    expect(apply(sampleRelease(back), resume('adopt')).draft.release.stage.phase).toBe(
      'rolling-back',
    );
    expect(apply(sampleRelease(back), resume('reapply')).draft.release.stage.phase).toBe(
      'promoting',
    );
  });

  it('refuses to adopt a swap that is half done', () => {
    const half = { ...swapped, found: { ...swapped.found, volumes: 'other' } } as const;
    expect(apply(sampleRelease(half), resume('adopt')).refused).toBe(true);
  });
});

describe('commands', () => {
  it('abort and rollback differ only in the name of the end', () => {
    expect(apply(sampleRelease(STAGES.ramping), EVENTS.abort).draft.release.stage).toMatchObject({
      goal: 'aborted',
    });
    expect(apply(sampleRelease(STAGES.ramping), EVENTS.rollback).draft.release.stage).toMatchObject(
      { goal: 'rolled-back' },
    );
  });

  it('rollback while rolling back is accepted: from then on a person decided it', () => {
    const release = sampleRelease(STAGES['rolling-back']);
    const { draft } = apply(release, EVENTS.rollback);
    expect(draft.release.stage).toEqual({ ...release.stage, ordered: true });
    expect(draft.rows).toHaveLength(1);
  });

  it('advance and promote are refused after harm', () => {
    const verdict = {
      at: NOW,
      outcome: 'harm',
      sentence: 's',
      harm: 9,
      harmThreshold: 4.6,
      certify: 0,
      certifyThreshold: 3,
      canary: { requests: 1, failures: 1 },
      baseline: { requests: 1, failures: 0 },
    };
    const release = sampleRelease(STAGES.ramping, { verdict });
    expect(apply(release, EVENTS.advance).refused).toBe(true);
    expect(apply(release, EVENTS.promote).refused).toBe(true);
  });

  it('an acknowledged failure accepts nothing any more', () => {
    const release = sampleRelease({ ...STAGES.failed, acknowledgedAt: NOW });
    for (const kind of COMMANDS) expect(apply(release, EVENTS[kind]).refused).toBe(true);
  });

  it.each(['resume', 'advance', 'promote'] as const)(
    '%s after the deadline paused it starts the deadline anew, from that moment',
    (kind) => {
      const release = sampleRelease(STAGES.paused, { reason: 'deadline', pausedMs: 5_000 });
      const next = apply(release, EVENTS[kind]).draft.release;
      expect(next.deadlineFrom + next.pausedMs).toBe(NOW + 60_000);
    },
  );

  it('resume after Azure refused a weight asks for it again', () => {
    const refused = sampleRelease(STAGES.paused, { reason: 'azure-refused', wantedWeight: 0 });
    expect(apply(refused, EVENTS.resume).draft.release.wantedWeight).toBe(5);
    const adopted = sampleRelease(STAGES.paused, { reason: 'operator', wantedWeight: 2 });
    expect(apply(adopted, EVENTS.resume).draft.release.wantedWeight).toBe(2);
  });

  it('acknowledge leaves nothing that was asked for', () => {
    const failed = sampleRelease(STAGES.failed, { intent: swapIntent({ unchangedAt: NOW }) });
    expect(apply(failed, EVENTS.acknowledge).draft.release.intent).toBeUndefined();
  });

  it('every accepted command leaves one row that says who and why', () => {
    for (const kind of COMMANDS) {
      for (const stage of Object.values(STAGES)) {
        const { draft, refused } = apply(sampleRelease(stage), EVENTS[kind]);
        expect(draft.rows).toHaveLength(refused ? 0 : 1);
        const [body] = bodiesOf(draft.rows);
        if (!refused) expect(body).toMatchObject({ action: 'command-accepted' });
        if (!refused) expect(body?.message).toContain('a reason');
      }
    }
  });
});

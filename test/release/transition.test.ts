import { describe, expect, it } from 'vitest';
import { describeStage, Draft } from '../../src/release/draft.ts';
import { COMMANDS, type Event, TICK_EVENTS } from '../../src/release/event.ts';
import type { Phase, Release, Suspect } from '../../src/release/release.ts';
import { transition } from '../../src/release/transition.ts';
import {
  NOW,
  STAGES,
  SUBJECT,
  bodiesOf,
  sampleContext,
  samplePlan,
  sampleRelease,
  swapIntent,
} from '../support/release-samples.ts';

const FOUND: Suspect = {
  kind: 'drift',
  since: NOW,
  seen: 'rules: staging=50 %',
  ownWeight: 50,
  foreignRules: [],
  volumes: 'baseline-in-production',
};

const told = { message: 'it is told' };

const EVENTS: Readonly<Record<Event['kind'], Event>> = {
  'app-free': { kind: 'app-free', ...told },
  'preflight-passed': { kind: 'preflight-passed', subject: SUBJECT, baseline: '1.0.0', ...told },
  'preflight-failed': { kind: 'preflight-failed', reason: 'preflight-failed', ...told },
  harm: { kind: 'harm', reason: 'harm', ...told },
  'slot-overwritten': { kind: 'slot-overwritten', ...told },
  drift: { kind: 'drift', found: FOUND, ...told },
  'azure-refused': { kind: 'azure-refused', ...told },
  'step-certified': { kind: 'step-certified', ...told },
  'step-undecided': { kind: 'step-undecided', mayAdvance: true, ...told },
  blind: { kind: 'blind', reason: 'no-data', ...told },
  'swap-confirmed': { kind: 'swap-confirmed', direction: 'promote', ...told },
  'swap-refused': { kind: 'swap-refused', ...told },
  'swap-disturbed': { kind: 'swap-disturbed', ...told },
  'old-content-gone': { kind: 'old-content-gone', ...told },
  irreversible: { kind: 'irreversible', ...told },
  rescued: {
    kind: 'rescued',
    record: { at: NOW, did: 'rule-removed', by: 'anna', weight: 5 },
    swappedAt: undefined,
    ...told,
  },
  'watch-over': { kind: 'watch-over', blind: false, ...told },
  'baseline-clear': { kind: 'baseline-clear', ...told },
  'baseline-restored': { kind: 'baseline-restored', ...told },
  'limit-passed': { kind: 'limit-passed', ...told },
  deadline: { kind: 'deadline', ...told },
  'pause-expired': { kind: 'pause-expired', ...told },
  pause: { kind: 'pause', reason: 'a reason', choice: undefined },
  resume: { kind: 'resume', reason: 'a reason', choice: undefined },
  advance: { kind: 'advance', reason: 'a reason', choice: undefined },
  promote: { kind: 'promote', reason: 'a reason', choice: undefined },
  abort: { kind: 'abort', reason: 'a reason', choice: undefined },
  rollback: { kind: 'rollback', reason: 'a reason', choice: undefined },
  acknowledge: { kind: 'acknowledge', reason: 'a reason', choice: undefined },
};

/**
 * The whole table of design section 2 for the standard canary plan (onUndecided advance, onBlind
 * pause, onDeadline roll-back). A pair that is not written here is refused and changes nothing.
 */
const MOVES: Readonly<Record<Phase, Readonly<Partial<Record<Event['kind'], string>>>>> = {
  queued: {
    rescued: 'aborted',
    'app-free': 'preflight',
    deadline: 'rejected',
    pause: 'paused (queued)',
    abort: 'aborted',
    rollback: 'aborted',
  },
  preflight: {
    rescued: 'aborted',
    'preflight-passed': 'ramping 1/3',
    'preflight-failed': 'rejected',
    'limit-passed': 'rejected',
    deadline: 'rejected',
    pause: 'paused (preflight)',
    abort: 'aborted',
    rollback: 'aborted',
  },
  ramping: {
    rescued: 'rolling-back',
    harm: 'rolling-back',
    'slot-overwritten': 'rolling-back',
    drift: 'paused (ramping 1/3)',
    'azure-refused': 'paused (ramping 1/3)',
    'step-certified': 'ramping 2/3',
    'step-undecided': 'ramping 2/3',
    blind: 'paused (ramping 1/3)',
    deadline: 'rolling-back',
    pause: 'paused (ramping 1/3)',
    advance: 'ramping 2/3',
    promote: 'promoting',
    abort: 'rolling-back',
    rollback: 'rolling-back',
  },
  promoting: {
    rescued: 'rolling-back',
    harm: 'rolling-back',
    'slot-overwritten': 'rolling-back',
    'swap-confirmed': 'watching',
    'swap-refused': 'rolling-back',
    'swap-disturbed': 'failed',
    'limit-passed': 'rolling-back',
    deadline: 'rolling-back',
    abort: 'rolling-back',
    rollback: 'rolling-back',
  },
  watching: {
    rescued: 'rolling-back',
    harm: 'rolling-back',
    drift: 'paused (watching)',
    'watch-over': 'succeeded',
    pause: 'paused (watching)',
    abort: 'rolling-back',
    rollback: 'rolling-back',
  },
  paused: {
    rescued: 'rolling-back',
    harm: 'rolling-back',
    'slot-overwritten': 'rolling-back',
    drift: 'paused (ramping 1/3)',
    'pause-expired': 'rolling-back',
    resume: 'ramping 1/3',
    advance: 'ramping 2/3',
    promote: 'promoting',
    abort: 'rolling-back',
    rollback: 'rolling-back',
  },
  'rolling-back': {
    rescued: 'rolling-back',
    irreversible: 'failed',
    'swap-disturbed': 'failed',
    'old-content-gone': 'failed',
    'baseline-clear': 'rolling-back',
    'baseline-restored': 'rolled-back',
    'limit-passed': 'failed',
    abort: 'rolling-back',
    rollback: 'rolling-back',
  },
  failed: {
    rescued: 'failed',
    abort: 'rolling-back',
    rollback: 'rolling-back',
    acknowledge: 'failed (acknowledged)',
  },
  succeeded: {},
  'rolled-back': {},
  aborted: {},
  rejected: {},
};

function apply(
  release: Release,
  event: Event,
  plan = samplePlan(),
): { draft: Draft; refused: boolean } {
  const draft = new Draft(release, sampleContext(plan, NOW + 60_000));
  return { draft, refused: transition(draft, event).kind === 'refused' };
}

describe('the transition table, every phase with every event', () => {
  const kinds = [...TICK_EVENTS, ...COMMANDS];
  const pairs = (Object.keys(STAGES) as Phase[]).flatMap((phase) =>
    kinds.map((kind) => ({ phase, kind })),
  );

  it('knows every event', () => {
    expect(new Set(Object.keys(EVENTS))).toEqual(new Set(kinds));
    expect(pairs).toHaveLength(12 * 29);
  });

  it.each(pairs)('$phase, $kind', ({ phase, kind }) => {
    const release = sampleRelease(STAGES[phase]);
    const { draft, refused } = apply(release, EVENTS[kind]);
    const wanted = MOVES[phase][kind];
    if (wanted === undefined) {
      expect(refused).toBe(true);
      expect(draft.release).toEqual(release);
      expect(draft.rows).toHaveLength(0);
    } else {
      expect(refused).toBe(false);
      expect(describeStage(draft.release)).toBe(wanted);
    }
  });
});

describe('what the plan decides', () => {
  it.each([
    ['pause', true, 'paused (ramping 1/3)'],
    ['advance', true, 'ramping 2/3'],
    ['advance', false, 'paused (ramping 1/3)'],
    ['roll-back', true, 'rolling-back'],
  ] as const)(
    'undecided with onUndecided %s, may advance %s: %s',
    (onUndecided, mayAdvance, wanted) => {
      const plan = samplePlan({ preset: 'standard', onUndecided });
      const { draft } = apply(
        sampleRelease(STAGES.ramping),
        { kind: 'step-undecided', mayAdvance, ...told },
        plan,
      );
      expect(describeStage(draft.release)).toBe(wanted);
    },
  );

  it('says not certified when it advances undecided', () => {
    const { draft } = apply(sampleRelease(STAGES.ramping), EVENTS['step-undecided']);
    expect(draft.release.reason).toBe('not-certified');
  });

  it.each([
    ['blind', { onBlind: 'roll-back' }, 'rolling-back'],
    ['deadline', { onDeadline: 'pause' }, 'paused (ramping 1/3)'],
  ] as const)('%s with %o: %s', (kind, policy, wanted) => {
    const plan = samplePlan({ preset: 'standard', ...policy });
    const { draft } = apply(sampleRelease(STAGES.ramping), EVENTS[kind], plan);
    expect(describeStage(draft.release)).toBe(wanted);
  });

  it('swaps without a ramp when the strategy is blue-green', () => {
    const plan = samplePlan('blue-green');
    const { draft } = apply(sampleRelease(STAGES.preflight), EVENTS['preflight-passed'], plan);
    expect(draft.release.stage.phase).toBe('promoting');
    expect(draft.release.wantedWeight).toBe(0);
  });

  it('promotes after the last step, with its rule unwanted and the ceiling fixed', () => {
    const { draft } = apply(
      sampleRelease({ ...STAGES.ramping, step: 2 }),
      EVENTS['step-certified'],
    );
    expect(draft.release.stage.phase).toBe('promoting');
    expect(draft.release.wantedWeight).toBe(0);
    expect(draft.release.ceiling).toBe(0.02);
  });
});

describe('the watch', () => {
  it('that was blind is extended once, then succeeds as not watched', () => {
    const blind: Event = { kind: 'watch-over', blind: true, ...told };
    const first = apply(sampleRelease(STAGES.watching), blind).draft.release;
    expect(describeStage(first)).toBe('watching (extended)');
    const second = apply(first, blind).draft.release;
    expect(second.stage).toMatchObject({ phase: 'succeeded', watched: false });
    expect(second.reason).toBe('not-watched');
  });
});

describe('a pause', () => {
  it('before any traffic has nothing to take back when it expires', () => {
    const stage = { ...STAGES.paused, from: STAGES.preflight };
    expect(apply(sampleRelease(stage), EVENTS['pause-expired']).draft.release.stage.phase).toBe(
      'aborted',
    );
  });

  it('is not counted by the deadline, whatever ends it', () => {
    const release = sampleRelease(STAGES.paused);
    expect(apply(release, EVENTS.resume).draft.release.pausedMs).toBe(60_000);
    expect(apply(release, EVENTS.abort).draft.release.pausedMs).toBe(60_000);
  });

  it('in the watch moves the end of the watch by its length', () => {
    const release = sampleRelease({ ...STAGES.paused, from: STAGES.watching });
    expect(apply(release, EVENTS.resume).draft.release.stage).toMatchObject({
      until: STAGES.watching.until + 60_000,
    });
  });

  it('keeps first timestamps and starts the patience anew', () => {
    const stage = apply(sampleRelease(STAGES.paused), EVENTS.resume).draft.release.stage;
    expect(stage).toMatchObject({ confirmedAt: NOW, patienceFrom: NOW + 60_000 });
  });
});

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

import { describe, expect, it } from 'vitest';
import { describeStage } from '../../src/release/draft.ts';
import { COMMANDS, type Event, TICK_EVENTS } from '../../src/release/event.ts';
import type { Phase } from '../../src/release/release.ts';
import { STAGES, NOW, samplePlan, sampleRelease } from '../support/release-samples.ts';
import { apply, EVENTS, told } from './apply-event.ts';

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

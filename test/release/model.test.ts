/** Random lives of a release: after every pass the promises of the design must hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinished } from '../../src/release/release.ts';
import { nextTickAt } from '../../src/release/next-tick.ts';

import { Life, type Turn, turn } from './life.ts';

const MINUTE = 60_000;

/** Limits short enough that a life does not take thousands of passes. */
const HASTY = [
  { preset: 'fast', deadline: '1h', maxPause: '30m' },
  { preset: 'fast', deadline: '1h', maxPause: '30m', onDeadline: 'pause', onUndecided: 'pause' },
  { preset: 'blue-green', maxPause: '30m' },
];

const PLANS = [
  'standard',
  'blue-green',
  { preset: 'fast', onUndecided: 'roll-back', onBlind: 'roll-back' },
  { preset: 'careful', onDeadline: 'pause', deadline: '3h', maxPause: '1h' },
  { preset: 'standard', validate: [{ http: { path: '/', every: '10s' } }] },
];

describe('any life of a release', () => {
  const reached = new Map<string, number>();

  it('keeps every promise at every pass', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PLANS),
        fc.boolean(),
        fc.array(turn, { minLength: 20, maxLength: 100, size: 'max' }),
        (plan, reversible, turns) => {
          const life = new Life(plan, reversible);
          for (const each of turns) life.live(each);
          life.verify();
          for (const name of [...life.phases, ...life.kinds])
            reached.set(name, (reached.get(name) ?? 0) + 1);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it('reaches every phase and every call (else it proves little)', () => {
    const all = [
      'preflight',
      'ramping',
      'promoting',
      'watching',
      'paused',
      'rolling-back',
      'failed',
      'succeeded',
      'rolled-back',
      'aborted',
      'rejected',
      'write-weight',
      'submit-swap',
      'prove-idle',
    ];
    expect([...reached.keys()]).toEqual(expect.arrayContaining(all));
  });

  const quiet: Turn = {
    ms: MINUTE,
    command: undefined,
    choice: undefined,
    meddle: 'nothing',
    weight: 0,
    telemetry: 'good',
    probe: 'ok',
    unread: 'nothing',
    call: 'works',
  };

  it('ends: left alone it is over or a person was called, whatever happened before', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HASTY),
        fc.boolean(),
        fc.array(turn, { maxLength: 30, size: 'max' }),
        fc.constantFrom('good', 'unsure', 'none', 'down', 'silent'),
        fc.constantFrom('works', 'busy', 'refused', 'crash', 'lost-before'),
        (plan, reversible, turns, telemetry, call) => {
          const life = new Life(plan, reversible);
          for (const each of turns) life.live(each);
          const over = () =>
            isFinished(life.release.stage) || life.release.stage.phase === 'failed';
          const end = life.now + 24 * 3_600_000;
          while (!over() && life.now < end) {
            const wants = nextTickAt(life.release, life.context()) ?? life.now;
            life.live({ ...quiet, telemetry, call, ms: Math.max(3 * MINUTE, wants - life.now) });
          }
          expect(over()).toBe(true);
          life.verify();
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  it('of a good version that nobody disturbs succeeds, watched, with one swap', () => {
    for (const plan of PLANS) {
      const life = new Life(plan);
      for (let n = 0; n < 600 && !isFinished(life.release.stage); n += 1)
        life.live({ ...quiet, ms: 30_000 });
      expect(life.release.stage).toMatchObject({ phase: 'succeeded', watched: true });
      expect(life.app).toMatchObject({ posts: 1, rules: [], where: 'canary-in-production' });
      life.verify();
    }
  });

  it('of a bad version that nobody disturbs is rolled back, nothing left behind', () => {
    for (const plan of PLANS) {
      const life = new Life(plan);
      for (let n = 0; n < 600 && !isFinished(life.release.stage); n += 1)
        life.live({ ...quiet, telemetry: 'bad', ms: 30_000 });
      expect(life.release).toMatchObject({ stage: { phase: 'rolled-back' }, weight: 0 });
      expect(life.app).toMatchObject({ rules: [], where: 'baseline-in-production' });
    }
  });
});

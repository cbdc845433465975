import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Deployed, doraFigures } from '../../src/release/dora.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PERIOD = { from: 100 * DAY, to: 130 * DAY };
const AT = 110 * DAY;

const promoted = (changes: Partial<Deployed> = {}): Deployed => ({
  app: 'shop',
  phase: 'succeeded',
  createdAt: AT - 2 * HOUR,
  since: AT + HOUR,
  swappedAt: AT,
  met: false,
  committedAt: AT - 10 * HOUR,
  firstMetAt: undefined,
  restoredAt: undefined,
  ...changes,
});
const takenBack = (changes: Partial<Deployed> = {}): Deployed =>
  promoted({
    phase: 'rolled-back',
    swappedAt: undefined,
    met: true,
    firstMetAt: AT,
    since: AT + 6 * 60_000,
    restoredAt: AT + 6 * 60_000,
    ...changes,
  });

const of = (...releases: readonly Deployed[]) => doraFigures(releases, PERIOD)[0];

describe('the four figures', () => {
  it('of an app that promotes three versions and takes one back', () => {
    expect(of(promoted(), promoted(), promoted(), takenBack())).toEqual({
      app: 'shop',
      deployments: 4,
      failed: 1,
      deploymentFrequency: { perDay: 4 / 30 },
      changeLeadTime: { medianMs: 10 * HOUR, of: 3, from: 'commit' },
      changeFailRate: { share: 0.25 },
      failedDeploymentRecoveryTime: { open: 0, time: { medianMs: 6 * 60_000, of: 1 } },
    });
  });

  it('are told app by app, by name', () => {
    const apps = doraFigures([promoted({ app: 'b' }), promoted({ app: 'a' })], PERIOD);
    expect(apps.map(({ app }) => app)).toEqual(['a', 'b']);
  });

  it.each([
    ['one that was rejected', promoted({ phase: 'rejected', swappedAt: undefined })],
    ['one that was aborted before visitors met it', takenBack({ phase: 'aborted', met: false })],
    [
      'one that is still on its way',
      promoted({ phase: 'ramping', swappedAt: undefined, met: true }),
    ],
    ['one from before the period', promoted({ swappedAt: PERIOD.from - 1 })],
    ['one from after it', promoted({ swappedAt: PERIOD.to })],
  ])('leave out %s', (_what, release) => {
    expect(of(release)).toBeUndefined();
  });

  it.each([
    [
      'a version that is being watched',
      promoted({ phase: 'watching' }),
      { deployments: 1, failed: 0 },
    ],
    ['one that was swapped back', takenBack({ met: false, swappedAt: AT }), { failed: 1 }],
    ['one that an operator took from visitors', takenBack({ phase: 'aborted' }), { failed: 1 }],
    [
      'one that is on its way back',
      takenBack({ phase: 'rolling-back', restoredAt: undefined }),
      { failed: 1 },
    ],
  ])('count %s', (_what, release, figures) => {
    expect(of(release)).toMatchObject(figures);
  });

  it('take lead times from commits alone where there is one, else from the start, and say which', () => {
    const quick = promoted({ committedAt: AT - HOUR });
    expect(of(quick, promoted({ committedAt: undefined }))?.changeLeadTime).toEqual({
      ...{ medianMs: HOUR, of: 1, from: 'commit' },
    });
    expect(of(promoted({ committedAt: undefined }))?.changeLeadTime).toEqual({
      ...{ medianMs: 2 * HOUR, of: 1, from: 'start' },
    });
    // A clock that is wrong, or a commit that was made again.
    expect(of(promoted({ committedAt: AT + HOUR }))?.changeLeadTime?.from).toBe('start');
  });

  it('tell a failed release that nobody has restored as open', () => {
    const open = takenBack({ phase: 'failed', restoredAt: undefined });
    expect(of(open, takenBack())?.failedDeploymentRecoveryTime).toMatchObject({
      ...{ open: 1, time: { of: 1 } },
    });
  });

  it('hold together, whatever the releases', () => {
    const time = fc.integer({ min: 90 * DAY, max: 140 * DAY });
    const maybe = fc.option(time, { nil: undefined });
    const release: fc.Arbitrary<Deployed> = fc.record({
      app: fc.constantFrom('a', 'b', 'c'),
      phase: fc.constantFrom(
        'queued',
        'ramping',
        'watching',
        'succeeded',
        'rolled-back',
        'aborted',
        'rejected',
        'failed',
      ),
      createdAt: time,
      since: time,
      swappedAt: maybe,
      met: fc.boolean(),
      committedAt: maybe,
      firstMetAt: maybe,
      restoredAt: maybe,
    });
    fc.assert(
      fc.property(fc.array(release, { maxLength: 40 }), (releases) => {
        const figures = doraFigures(releases, PERIOD);
        expect(figures).toEqual(doraFigures(releases.toReversed(), PERIOD));
        for (const { deployments, failed, changeFailRate, ...one } of figures) {
          expect(deployments).toBeGreaterThan(0);
          expect(changeFailRate?.share).toBe(failed / deployments);
          const { open, time: recovery } = one.failedDeploymentRecoveryTime;
          expect(open + (recovery?.of ?? 0)).toBe(failed);
          expect(one.deploymentFrequency.perDay * 30).toBeCloseTo(deployments, 6);
          expect(recovery?.medianMs ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

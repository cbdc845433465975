import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitsAt } from '../../src/limits.ts';
import { type DueReads, dueReads } from '../../src/release/due-reads.ts';
import { nextTickAt } from '../../src/release/next-tick.ts';
import { type Phase, type Release, isFinished } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  sampleContext,
  samplePlan,
  sampleRelease,
  swapIntent,
  weightIntent,
} from '../support/release-samples.ts';

const plan = samplePlan({ validate: [{ http: { path: '/health' } }] });
const limits = limitsAt(1);
const PHASES = Object.keys(STAGES) as Phase[];

const SEEN: Release['seen'] = {
  rulesAt: NOW,
  volumesAt: NOW,
  contentAt: NOW,
  telemetryAt: NOW,
  probesAt: NOW,
  blindSince: undefined,
};

function due(release: Release, at = NOW): DueReads {
  return dueReads(release, sampleContext(plan, at));
}

function readsOf(reads: DueReads): readonly string[] {
  return Object.entries(reads)
    .filter(([, is]) => is === true)
    .map(([name]) => name)
    .sort();
}

describe('what a pass reads', () => {
  const steady = sampleRelease(STAGES.ramping, {
    weight: 5,
    wantedWeight: 5,
    binsFrom: NOW,
    seen: SEEN,
  });

  it.each([
    [0, []],
    [30_000, ['probes']],
    [60_000, ['probes', 'telemetry']],
    [120_000, ['probes', 'rules', 'site', 'telemetry']],
    [300_000, ['content', 'probes', 'rules', 'site', 'telemetry']],
  ])('in a quiet ramp %d ms after everything was read: %j', (ms, reads) => {
    expect(readsOf(due(steady, NOW + ms))).toEqual(reads);
  });

  it('is never content without whose volume it is', () => {
    const stale = { ...steady, seen: { ...SEEN, contentAt: NOW - 300_000 } };
    expect(readsOf(due(stale))).toEqual(['content', 'site']);
  });

  it.each([
    ['a weight intent', { intent: weightIntent() }],
    ['a weight that is wanted', { wantedWeight: 25 }],
    ['a swap', { intent: swapIntent() }],
    ['a step that is not confirmed', { stage: { ...STAGES.ramping, confirmedAt: undefined } }],
    ['promoting', { stage: STAGES.promoting }],
    ['rolling back', { stage: STAGES['rolling-back'] }],
    ['preflight', { stage: STAGES.preflight }],
  ] as const)('around effects is all of Azure: %s', (_what, patch) => {
    expect(readsOf(due({ ...steady, ...patch }))).toEqual(
      expect.arrayContaining(['content', 'rules', 'site']),
    );
  });

  it('looks again a minute after something differed', () => {
    const suspect = {
      kind: 'drift',
      since: NOW,
      seen: '',
      ownWeight: 9,
      foreignRules: [],
      volumes: 'other',
    } as const;
    expect(due({ ...steady, suspect }, NOW + 59_999).rules).toBe(false);
    expect(due({ ...steady, suspect }, NOW + 60_000)).toMatchObject({ rules: true, site: true });
  });

  it('polls a swap that has a poller, in whatever phase', () => {
    for (const phase of PHASES) {
      expect(due(sampleRelease(STAGES[phase], { intent: swapIntent({ poller: 'p' }) })).poll).toBe(
        true,
      );
      expect(due(sampleRelease(STAGES[phase], { intent: swapIntent() })).poll).toBe(false);
    }
  });

  it('judges while paused in the ramp and in the watch', () => {
    for (const from of [STAGES.ramping, STAGES.watching]) {
      const paused = sampleRelease({ ...STAGES.paused, from }, { binsFrom: NOW });
      expect(due(paused)).toMatchObject({ telemetry: true, probes: true, rules: true });
    }
  });

  it('is nothing of Azure before preflight and after a rejection, only rules after the end', () => {
    expect(readsOf(due(sampleRelease(STAGES.queued)))).toEqual([]);
    expect(readsOf(due(sampleRelease(STAGES.rejected)))).toEqual([]);
    for (const stage of [STAGES.succeeded, STAGES['rolled-back'], STAGES.aborted]) {
      expect(readsOf(due(sampleRelease(stage)))).toEqual(['rules']);
    }
  });
});

describe('the next tick', () => {
  const maybe = fc.option(fc.integer({ min: NOW - 7_200_000, max: NOW }), { nil: undefined });
  const someRelease = fc
    .record({
      phase: fc.constantFrom(...PHASES),
      rulesAt: maybe,
      telemetryAt: maybe,
      probesAt: maybe,
      binsFrom: maybe,
      wantedWeight: fc.constantFrom(0, 5),
      intent: fc.constantFrom(
        undefined,
        weightIntent(),
        swapIntent(),
        weightIntent({ retryAt: NOW + 3_600_000 }),
      ),
    })
    .map(({ phase, rulesAt, telemetryAt, probesAt, binsFrom, wantedWeight, intent }) =>
      sampleRelease(STAGES[phase], {
        binsFrom,
        wantedWeight,
        intent,
        seen: { ...SEEN, rulesAt, telemetryAt, probesAt },
      }),
    );

  it('is in the next five minutes, past only for overdue counts; none when it is over', () => {
    fc.assert(
      fc.property(someRelease, (release) => {
        const at = nextTickAt(release, sampleContext(plan, NOW));
        if (isFinished(release.stage)) expect(at).toBeUndefined();
        else {
          const { binsFrom, seen } = release;
          const counts = (seen.telemetryAt ?? binsFrom ?? NOW) + plan.analysis.intervalMs;
          expect(at).toBeGreaterThanOrEqual(binsFrom === undefined ? NOW : Math.min(NOW, counts));
          expect(at).toBeLessThanOrEqual(NOW + limits.tickAtMostMs);
        }
      }),
    );
  });

  it('comes no later than what becomes due', () => {
    fc.assert(
      fc.property(someRelease, (release) => {
        const at = nextTickAt(release, sampleContext(plan, NOW));
        if (at === undefined) return;
        const before = readsOf(due(release, NOW));
        // At its own tick, and not long after it, nothing has been due for more than a poll's wait.
        for (const read of readsOf(due(release, at - limits.pollMs - 1))) {
          if (at - limits.pollMs - 1 < NOW) return;
          if (read !== 'content' && read !== 'site') expect(before).toContain(read);
        }
      }),
    );
  });

  it('of a release whose query was throttled comes before those that were answered', () => {
    const standing = { weight: 5, wantedWeight: 5, binsFrom: NOW - 3_600_000 } as const;
    const turnedAway = (ms: number): number | undefined => {
      const seen = { ...SEEN, telemetryAt: NOW - ms };
      return nextTickAt(
        sampleRelease(STAGES.ramping, { ...standing, seen }),
        sampleContext(plan, NOW),
      );
    };
    // Answered now; turned away once, twice.
    const [answered = 0, once = 0, twice = 0] = [0, 90_000, 120_000].map(turnedAway);
    expect(twice).toBeLessThan(once);
    expect(once).toBeLessThan(answered);
  });

  it('of a running swap comes within seconds', () => {
    const swapping = sampleRelease(STAGES.promoting, {
      intent: swapIntent({ poller: 'p' }),
      seen: SEEN,
    });
    expect(nextTickAt(swapping, sampleContext(plan, NOW))).toBeLessThanOrEqual(NOW + limits.pollMs);
  });
});

describe('time constants', () => {
  it('are divided by the scale, but not below what a call takes', () => {
    const scaled = limitsAt(60);
    expect(scaled.readsApartMs).toBe(1_000);
    expect(scaled.claimMs).toBe(6_000);
    expect(scaled.armTimeoutMs).toBe(2_000);
    expect(scaled.claimMs).toBeGreaterThan(scaled.armTimeoutMs);
    expect(limits).toMatchObject({ claimMs: 120_000, claimGraceMs: 30_000, armTimeoutMs: 30_000 });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { limitsAt } from '../../src/limits.ts';
import {
  PAIRED,
  pairedSettleMs,
  probedHosts,
  sameHosts,
  windowAt,
  windowsAhead,
} from '../../src/release/paired-window.ts';
import type { Plan, ProbePlan } from '../../src/release/plan.ts';
import type { Pausable, Release, Stage, Subject } from '../../src/release/release.ts';
import { probePlan } from '../support/probe-world.ts';
import { AT, freshAppKey, MINUTE_MS, samplePlan, sampleRelease } from '../support/store-samples.ts';

const SUBJECT: Subject = {
  slotHost: 'shop-staging-a1b2.azurewebsites.net',
  productionHost: 'shop-c3d4.azurewebsites.net',
  canaryVolume: 'shop__e05d',
  baselineVolume: 'shop',
  canaryContent: '2',
  baselineContent: '1',
  foreignRules: [],
};
const PROBES = probePlan({ edgesMs: [] });
const ramping: Pausable = {
  phase: 'ramping',
  step: 0,
  since: AT,
  confirmedAt: AT,
  patienceFrom: AT,
};
const watching: Pausable = { phase: 'watching', since: AT, until: AT + 1, extended: false };

function inRamp(change: Partial<Release> = {}): Release {
  return sampleRelease(freshAppKey(), {
    stage: ramping,
    subject: SUBJECT,
    binsFrom: AT,
    where: 'baseline-in-production',
    ...change,
  });
}

function inWatch(change: Partial<Release> = {}): Release {
  return inRamp({ stage: watching, swappedAt: AT, where: 'canary-in-production', ...change });
}

function planWith(intervalMs: number, probes: ProbePlan | undefined = PROBES): Plan {
  const plan = samplePlan();
  return { ...plan, analysis: { ...plan.analysis, intervalMs }, probes };
}

const intervals = fc.integer({ min: 1, max: 400 }).map((seconds) => seconds * 1_000);

describe('windows', () => {
  it('cut every bin without gap or overlap, none longer than a minute', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 0, max: 4e12 }), (intervalMs, atMs) => {
        const plan = planWith(intervalMs);
        const window = windowAt(plan, atMs);
        expect(window.fromMs).toBeLessThanOrEqual(atMs);
        expect(window.toMs).toBeGreaterThan(atMs);
        expect(window.toMs - window.fromMs).toBeLessThanOrEqual(PAIRED.windowMs);
        expect(window.binMs % intervalMs).toBe(0);
        expect(window.fromMs).toBeGreaterThanOrEqual(window.binMs);
        expect(window.toMs).toBeLessThanOrEqual(window.binMs + intervalMs);
        // Its name alone gives the window back, and the next one begins where it ends.
        expect(windowAt(plan, window.fromMs)).toEqual(window);
        expect(windowAt(plan, window.toMs - 1)).toEqual(window);
        expect(windowAt(plan, window.toMs).fromMs).toBe(window.toMs);
      }),
    );
  });

  it.each([
    { interval: 60, cut: [0] },
    { interval: 30, cut: [0] },
    { interval: 90, cut: [0, 60] },
    { interval: 300, cut: [0, 60, 120, 180, 240] },
  ])('of a bin of $interval s begin at $cut s', ({ interval, cut }) => {
    const binMs = Math.floor(AT / (interval * 1_000)) * interval * 1_000;
    const starts = Array.from(
      { length: interval },
      (_, second) => windowAt(planWith(interval * 1_000), binMs + second * 1_000).fromMs,
    );
    expect([...new Set(starts)].map((start) => (start - binMs) / 1_000)).toEqual(cut);
  });
});

describe('windows ahead', () => {
  const limits = limitsAt(1);

  it('reach over the next pass: an interval and a turn of the clock', () => {
    const plan = planWith(MINUTE_MS);
    const now = AT + 20_000;
    const windows = windowsAhead(inRamp(), { plan, limits, now });
    expect(windows.map(({ fromMs }) => (fromMs - AT) / MINUTE_MS)).toEqual([0, 1, 2]);
  });

  it('are the running one and those that follow, without a gap, and never many', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 0, max: 1e9 }), (intervalMs, afterMs) => {
        const now = AT + afterMs;
        const windows = windowsAhead(inRamp(), { plan: planWith(intervalMs), limits, now });
        expect(windows[0]?.toMs).toBeGreaterThan(now);
        expect(windows[0]?.fromMs).toBeLessThanOrEqual(now);
        expect(windows.length).toBeLessThanOrEqual(PAIRED.windowsAhead);
        windows.slice(1).forEach(({ fromMs }, index) => {
          expect(fromMs).toBe(windows[index]?.toMs);
        });
        // Down to bins of ten seconds nothing is left out until the pass after the next.
        if (intervalMs >= 10_000) {
          expect(windows.at(-1)?.toMs).toBeGreaterThanOrEqual(
            now + Math.min(intervalMs, limits.tickAtMostMs) + 60_000,
          );
        }
      }),
    );
  });

  it('begin with the bins: what is sent before would count nowhere', () => {
    const release = inRamp({ binsFrom: AT + MINUTE_MS });
    const windows = windowsAhead(release, { plan: planWith(MINUTE_MS), limits, now: AT + 1 });
    expect(windows[0]?.fromMs).toBe(AT + MINUTE_MS);
  });

  it('begin a minute after a swap, whose 503s are of no version', () => {
    const plan = planWith(MINUTE_MS);
    const release = inWatch({ swappedAt: AT + 10_000 });
    const windows = windowsAhead(release, { plan, limits, now: AT + 20_000 });
    expect(windows.map(({ fromMs }) => (fromMs - AT) / MINUTE_MS)).toEqual([2]);
    const later = windowsAhead(release, { plan, limits, now: AT + 3 * MINUTE_MS });
    expect(later[0]?.fromMs).toBe(AT + 3 * MINUTE_MS);
  });

  it('are none without probes in the plan, or before there are bins', () => {
    const plan = planWith(MINUTE_MS);
    const without = samplePlan();
    expect(windowsAhead(inRamp(), { plan: without, limits, now: AT })).toEqual([]);
    expect(windowsAhead(inRamp({ binsFrom: undefined }), { plan, limits, now: AT })).toEqual([]);
  });
});

describe('the hosts of the two versions', () => {
  const { slotHost, productionHost } = SUBJECT;
  const paused = (from: Pausable): Stage => ({
    phase: 'paused',
    since: AT,
    from,
    found: undefined,
  });

  it.each([
    ['while it ramps', inRamp()],
    ['right after preflight', inRamp({ where: undefined })],
    ['while a weight is written', inRamp({ intent: weightIntent() })],
    ['paused by a person while it ramps', inRamp({ stage: paused(ramping) })],
  ])('%s: the slot has the new version', (_what, release) => {
    expect(probedHosts(release)).toEqual({ canary: slotHost, baseline: productionHost });
  });

  it.each([
    ['in the watch', inWatch()],
    ['paused in the watch', inWatch({ stage: paused(watching) })],
  ])('%s: production has the new version', (_what, release) => {
    expect(probedHosts(release)).toEqual({ canary: productionHost, baseline: slotHost });
  });

  it.each([
    ['before preflight', inRamp({ subject: undefined })],
    ['before the first weight is read back', inRamp({ binsFrom: undefined })],
    ['while it is promoted', inRamp({ stage: { phase: 'promoting', since: AT } })],
    ['with a swap decided', inRamp({ intent: swapIntent() })],
    ['with a swap back decided', inWatch({ intent: swapIntent() })],
    ['when somebody else has swapped', inRamp({ where: 'canary-in-production' })],
    ['when something else stands there', inWatch({ where: 'other' })],
    ['in the watch, when nobody has looked', inWatch({ where: undefined })],
    ['in the watch of no swap', inWatch({ swappedAt: undefined })],
    ['while it is rolled back', inRamp({ stage: rollingBack() })],
    [
      'when it has failed',
      inRamp({ stage: { phase: 'failed', at: AT, acknowledgedAt: undefined } }),
    ],
    ['at the end', inWatch({ stage: { phase: 'succeeded', at: AT, watched: true } })],
    [
      'after drift, until a person has said what holds',
      inRamp({
        stage: {
          phase: 'paused',
          since: AT,
          from: ramping,
          found: {
            kind: 'drift',
            since: AT,
            seen: '',
            ownWeight: 60,
            foreignRules: [],
            volumes: 'baseline-in-production',
          },
        },
      }),
    ],
  ])('%s: nothing is sent', (_what, release) => {
    expect(probedHosts(release)).toBeUndefined();
  });

  it('are the same before and after a window only when no swap can have begun', () => {
    const release = inRamp();
    expect(sameHosts(release, { ...release, intent: weightIntent(), weight: 50 })).toBe(true);
    expect(sameHosts(release, { ...release, intent: swapIntent() })).toBe(false);
    expect(sameHosts(release, { ...release, stage: { phase: 'promoting', since: AT } })).toBe(
      false,
    );
    expect(sameHosts(release, inWatch())).toBe(false);
    // There and back again within a window.
    expect(sameHosts(inWatch(), inWatch({ swappedAt: AT + 1 }))).toBe(false);
  });
});

describe('how long a bin waits for its probes', () => {
  it('is the time-out and a write, with probes alone', () => {
    expect(pairedSettleMs(planWith(MINUTE_MS))).toBe(PROBES.timeoutMs + PAIRED.recordMs);
    expect(pairedSettleMs(samplePlan())).toBeUndefined();
  });

  it('never grows over what a request may take', () => {
    const plan = planWith(MINUTE_MS, { ...PROBES, timeoutMs: 1e9 });
    expect(pairedSettleMs(plan)).toBe(60_000 + PAIRED.recordMs);
  });
});

function weightIntent(): Release['intent'] {
  const common = { id: 3, decidedAt: AT, claim: undefined, retryAt: undefined, attempts: 0 };
  return { kind: 'set-weight', weight: 50, from: 20, ...common };
}

function swapIntent(): Release['intent'] {
  return {
    kind: 'swap',
    id: 3,
    direction: 'promote',
    decidedAt: AT,
    before: { production: 'shop', slot: 'shop__e05d', swappedAt: undefined },
    claim: undefined,
    retryAt: undefined,
    attempts: 0,
    poller: undefined,
    refusal: undefined,
    unchangedAt: undefined,
    idleAt: undefined,
  };
}

function rollingBack(): Stage {
  return {
    phase: 'rolling-back',
    since: AT,
    goal: 'rolled-back',
    ordered: false,
    clearAt: undefined,
  };
}

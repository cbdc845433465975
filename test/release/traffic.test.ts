import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  missesCanary,
  silentCanary,
  stepTraffic,
  trafficMissing,
} from '../../src/release/traffic.ts';
import { NOW, STAGES, bin, counts, sampleRelease } from '../support/release-samples.ts';

const MINUTE = 60_000;
const ramping = sampleRelease(STAGES.ramping, { weight: 5 });

function bins(from: number, pairs: readonly (readonly [canary: number, baseline: number])[]) {
  return pairs.map(([canary, baseline], index) =>
    bin(NOW + (from + index) * MINUTE, { canary: counts(canary), baseline: counts(baseline) }),
  );
}

describe('a silent canary', () => {
  it('is one of whom at least 20 requests were expected and none came', () => {
    // Half of 5 %: of 95 production requests 2.5 would have been the canary's.
    expect(silentCanary(ramping, bins(0, [[0, 700]]))).toBeUndefined();
    expect(silentCanary(ramping, bins(0, [[0, 800]]))).toContain('telemetry shows none');
  });

  it('is not one that reported once since the read-back', () => {
    expect(
      silentCanary(
        ramping,
        bins(0, [
          [0, 5_000],
          [1, 0],
          [0, 5_000],
        ]),
      ),
    ).toBeUndefined();
  });

  it('is not one when the baseline is silent as well', () => {
    expect(
      silentCanary(
        ramping,
        bins(0, [
          [0, 0],
          [0, 0],
        ]),
      ),
    ).toBeUndefined();
  });

  it('is expected to send its share so far', () => {
    const before = bins(-3, [
      [2, 1_000],
      [1, 1_000],
      [0, 1_000],
    ]);
    expect(silentCanary(ramping, [...before, ...bins(0, [[0, 19_000]])])).toBeUndefined();
    expect(silentCanary(ramping, [...before, ...bins(0, [[0, 20_000]])])).toContain('20 requests');
  });

  it('whose share so far cannot be told (no baseline then) is expected to send half of its weight', () => {
    const before = bins(-1, [[5, 0]]);
    expect(silentCanary(ramping, [...before, ...bins(0, [[0, 10]])])).toBeUndefined();
  });

  it('needs a confirmed weight and the ramp', () => {
    const silent = bins(0, [[0, 5_000]]);
    expect(silentCanary({ ...ramping, weight: 0 }, silent)).toBeUndefined();
    expect(
      silentCanary(
        sampleRelease({ ...STAGES.ramping, confirmedAt: undefined }, { weight: 5 }),
        silent,
      ),
    ).toBeUndefined();
    expect(silentCanary(sampleRelease(STAGES.watching, { weight: 5 }), silent)).toBeUndefined();
    expect(silentCanary(sampleRelease(STAGES.paused, { weight: 5 }), silent)).toBeDefined();
  });

  it('is never claimed of a canary with rows, and its expectation is a number that people can read', () => {
    const pair = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 10_000 }));
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 6 }),
        fc.array(pair, { maxLength: 6 }),
        (before, since) => {
          const all = [...bins(-before.length, before), ...bins(0, since)];
          const said = silentCanary(ramping, all);
          if (said === undefined) return;
          expect(since.every(([canary]) => canary === 0)).toBe(true);
          expect(said).not.toMatch(/Infinity|NaN/);
        },
      ),
    );
  });
});

describe('a second look, for rows without a version', () => {
  const row = (version: string, items: number) => ({
    startMs: NOW,
    version,
    requests: items,
    failures: 0,
    items,
  });
  it.each([
    ['nobody reports, and it is the first answer', ramping, [], false],
    [
      'nobody has reported for long',
      { ...ramping, seen: { ...ramping.seen, blindSince: NOW } },
      [],
      true,
    ],
    ['the baseline is quiet', ramping, [row('1.0.0', 700)], false],
    ['the baseline is busy', ramping, [row('1.0.0', 800)], true],
    ['the canary reports', ramping, [row('1.0.0', 800), row('2.0.0', 1)], false],
    ['the weight is not confirmed', { ...ramping, weight: 0 }, [row('1.0.0', 800)], false],
    ['no step stands', sampleRelease(STAGES.promoting, { weight: 5 }), [row('1.0.0', 800)], false],
  ])('where %s', (_when, release, rows, wanted) => {
    expect(missesCanary(release, rows)).toBe(wanted);
  });
});

describe('missing traffic', () => {
  const steady = bins(0, [
    [10, 190],
    [10, 190],
    [10, 190],
    [10, 190],
    [10, 190],
  ]);

  it('is a share that fell under half of the step so far', () => {
    const gone = [
      ...steady,
      ...bins(5, [
        [1, 190],
        [1, 190],
        [1, 190],
        [1, 190],
        [1, 190],
      ]),
    ];
    expect(trafficMissing(gone, { confirmedAt: NOW })).toContain('expected');
    expect(
      trafficMissing(
        [...steady, ...steady.map((b, i) => ({ ...b, startMs: NOW + (5 + i) * MINUTE }))],
        { confirmedAt: NOW },
      ),
    ).toBeUndefined();
  });

  it('is not told of few requests, of a new step, or when the baseline fell as well', () => {
    expect(
      trafficMissing(
        bins(0, [
          [1, 19],
          [1, 19],
          [0, 19],
          [0, 19],
        ]),
        { confirmedAt: NOW },
      ),
    ).toBeUndefined();
    expect(
      trafficMissing([...steady, ...bins(5, [[0, 190]])], { confirmedAt: NOW + 5 * MINUTE }),
    ).toBeUndefined();
    expect(
      trafficMissing(
        [
          ...steady,
          ...bins(5, [
            [0, 0],
            [0, 0],
            [0, 0],
            [0, 0],
            [0, 0],
          ]),
        ],
        { confirmedAt: NOW },
      ),
    ).toBeUndefined();
    expect(trafficMissing([], { confirmedAt: NOW })).toBeUndefined();
  });

  it('is a share that never was what was configured, from an hour after the change on', () => {
    // 50 % are wanted, and 10 % came from the first minute on.
    const low = bins(
      0,
      Array.from({ length: 70 }, () => [10, 90] as const),
    );
    const share = { confirmedAt: NOW, weight: 50, settledMs: 60 * MINUTE };
    expect(trafficMissing(low, share)).toContain('of 50 %, an hour after it was set');
    // Cookies pin visitors to where they were: until then nobody can expect it.
    expect(trafficMissing(low.slice(0, 64), share)).toBeUndefined();
    expect(trafficMissing(low, { ...share, weight: 19 })).toBeUndefined();
    // What reports nothing at all is another matter: a silent canary.
    const silent = bins(
      0,
      Array.from({ length: 70 }, () => [0, 90] as const),
    );
    expect(trafficMissing(silent, share)).toBeUndefined();
  });

  it('compares a change of the weight with nothing before it', () => {
    const raised = [
      ...steady,
      ...bins(5, [
        [50, 150],
        [50, 150],
        [50, 150],
        [50, 150],
      ]),
    ];
    expect(trafficMissing(raised, { confirmedAt: NOW + 5 * MINUTE })).toBeUndefined();
  });
});

describe('traffic of a step', () => {
  it('is enough with rows in most final bins, or with 20 rows', () => {
    expect(
      stepTraffic(
        bins(0, [
          [1, 9],
          [0, 9],
          [1, 9],
        ]),
        NOW,
        MINUTE,
      ),
    ).toEqual({ canaryRows: 2, enough: true });
    expect(
      stepTraffic(
        bins(0, [
          [1, 9],
          [0, 9],
          [0, 9],
        ]),
        NOW,
        MINUTE,
      ),
    ).toEqual({ canaryRows: 1, enough: false });
    expect(
      stepTraffic(
        bins(0, [
          [20, 9],
          [0, 9],
          [0, 9],
        ]),
        NOW,
        MINUTE,
      ),
    ).toEqual({ canaryRows: 20, enough: true });
    expect(stepTraffic([], NOW, MINUTE)).toEqual({ canaryRows: 0, enough: false });
  });

  it('counts final bins of this step only', () => {
    const provisional = bins(2, [[90, 9]]).map((b) => ({ ...b, final: false }));
    const before = bins(-2, [[90, 9]]);
    expect(stepTraffic([...before, ...provisional], NOW, MINUTE)).toEqual({
      canaryRows: 0,
      enough: false,
    });
  });
});

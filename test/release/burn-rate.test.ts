import { describe, expect, it } from 'vitest';
import { limitsAt } from '../../src/limits.ts';
import { type BurnInput, isCorrelated, sharedIncident } from '../../src/release/burn-rate.ts';
import { NOW, bin, counts } from '../support/release-samples.ts';

const MINUTE = 60_000;
const limits = limitsAt(1);

type Pair = readonly [canaryFailures: number, baselineFailures: number];

/** Minutes with 100 requests of the canary and 1,000 of the baseline, from NOW on. */
const bins = (pairs: readonly Pair[]) =>
  pairs.map(([canary, baseline], index) =>
    bin(NOW + index * MINUTE, { canary: counts(100, canary), baseline: counts(1_000, baseline) }),
  );
const calm = Array.from({ length: 10 }, (): Pair => [0, 1]);
const broken = Array.from({ length: 5 }, (): Pair => [20, 200]);

const input = (pairs: readonly Pair[], change: Partial<BurnInput> = {}): BurnInput => ({
  bins: bins(pairs),
  ceiling: 0.02,
  history: undefined,
  ongoing: undefined,
  limits,
  intervalMs: MINUTE,
  changedAt: NOW,
  ...change,
});

describe('harm that hits both versions', () => {
  it('is seen where both fail ten times as much as the baseline did before, and above the ceiling', () => {
    const seen = sharedIncident(input([...calm, ...broken]));
    expect(seen).toMatchObject({ since: NOW + 10 * MINUTE, seenTo: NOW + 15 * MINUTE });
    expect(seen?.rateBefore).toBeCloseTo(11 / 10_000, 12);
    expect(seen?.message).toContain("20 % of the canary's and 20 % of the baseline's");
    expect(seen?.message).toContain('100 and 1000 failures');
  });

  it.each<readonly [string, readonly Pair[], Partial<BurnInput>]>([
    ['the canary alone', [...calm, ...broken.map(([canary]): Pair => [canary, 1])], {}],
    ['the baseline alone', [...calm, ...broken.map(([, baseline]): Pair => [0, baseline])], {}],
    ['below the ceiling', [...calm, ...broken], { ceiling: 0.2 }],
    [
      'less than ten times as much as before',
      [...Array.from({ length: 10 }, (): Pair => [3, 30]), ...broken],
      {},
    ],
    [
      'less than ten times as much as in the hours before',
      [...calm, ...broken],
      { history: { bins: 360, requests: 100_000, failures: 3_000, more: [] } },
    ],
    [
      'four failures of the canary',
      [...calm, ...broken.slice(1), [4, 200]].map(([, b], i): Pair => [i === 14 ? 4 : 0, b]),
      {},
    ],
    [
      '19 failures of the baseline',
      [...calm, [20, 19], [20, 0], [20, 0], [20, 0], [20, 0]],
      { ceiling: 0 },
    ],
    ['nobody knows what was before', broken, {}],
    ['one minute before is not enough', [[0, 1], ...broken], {}],
  ])('is not: %s', (_why, pairs, change) => {
    expect(sharedIncident(input(pairs, change))).toBeUndefined();
  });

  it('is known by the hours before, where the release has only begun', () => {
    const history = { bins: 360, requests: 100_000, failures: 99, more: [] };
    expect(sharedIncident(input(broken, { history }))).toMatchObject({
      since: NOW,
      rateBefore: 0.001,
      afterChange: true,
    });
  });

  it('began with the first of the bad minutes, however late telemetry came', () => {
    const history = { bins: 360, requests: 100_000, failures: 99, more: [] };
    const long = [...calm, ...broken, ...broken, ...broken, ...broken];
    const last: Pair = [20, 1];
    for (const pairs of [long, [...long, last]])
      expect(sharedIncident(input(pairs, { history }))).toMatchObject({ since: NOW + 10 * MINUTE });
  });

  it('began before our change, though a quiet minute came between: few failures a minute fall by chance', () => {
    const history = { bins: 360, requests: 100_000, failures: 999, more: [] };
    // 100 bad of 1,000 in a minute is not yet above ten times the rate before.
    const quiet: Pair = [0, 90];
    const seen = [...calm, ...broken, [0, 200], quiet, ...broken] as const;
    const changedAt = NOW + 16 * MINUTE;
    expect(sharedIncident(input(seen, { history, changedAt }))).toMatchObject({
      since: NOW + 10 * MINUTE,
      afterChange: false,
    });
  });

  it('ends by itself when it is over, and keeps its beginning until then', () => {
    const ongoing = sharedIncident(input([...calm, ...broken]));
    const longer = [...calm, ...broken, ...broken, ...broken];
    expect(sharedIncident(input(longer, { ongoing }))).toMatchObject({ since: ongoing?.since });
    // Without what was before, its own minutes would be taken for normal.
    expect(sharedIncident(input(longer))).toBeUndefined();
    expect(sharedIncident(input([...longer, ...calm], { ongoing }))).toBeUndefined();
  });

  it('leaves out bins of the watch and those that are not judged', () => {
    const all = bins([...calm, ...broken]);
    const watched = all.map((one, index) => ({ ...one, watch: index >= 10 }));
    const unjudged = all.map((one, index) => ({ ...one, judged: index < 10 }));
    for (const seen of [watched, unjudged])
      expect(sharedIncident({ ...input([]), bins: seen })).toBeUndefined();
    expect(sharedIncident(input([]))).toBeUndefined();
  });

  it.each([
    ['in the minute in which the weight changed', 10.5, true],
    ['five minutes after the change', 5, true],
    ['six minutes after the change', 4, false],
    ['before the change', 12, false],
  ])('that began %s', (_when, changedAfter, afterChange) => {
    const changedAt = NOW + changedAfter * MINUTE;
    expect(sharedIncident(input([...calm, ...broken], { changedAt }))).toMatchObject({
      afterChange,
    });
  });

  it('is taken back when it came with our change and was seen for ten minutes', () => {
    const incident = { since: NOW, rateBefore: 0.001, afterChange: true, message: '' };
    const seenFor = (ms: number) => ({ ...incident, seenTo: NOW + ms });
    expect(isCorrelated(seenFor(10 * MINUTE - 1), limits)).toBe(false);
    expect(isCorrelated(seenFor(10 * MINUTE), limits)).toBe(true);
    expect(isCorrelated({ ...seenFor(60 * MINUTE), afterChange: false }, limits)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';

import { createClockView } from '../../src/controller/metrics-of-clock.ts';
import { limitsAt } from '../../src/limits.ts';
import type { Release } from '../../src/release/release.ts';
import { memoryMetrics } from '../support/memory-spans.ts';
import { freshAppKey, sampleRelease } from '../support/store-samples.ts';

const MINUTE = 60_000;
const release = (stage: Release['stage']): Release => ({ ...sampleRelease(freshAppKey()), stage });

function viewed() {
  const { meter, points } = memoryMetrics();
  const time = { now: 1_000_000_000 };
  const view = createClockView(meter, limitsAt(1), () => time.now);
  const phases = async (): Promise<unknown> =>
    Object.fromEntries(
      (await points('slipway.releases.active')).map(({ attributes, value }) => [
        Object.values(attributes).join(),
        value,
      ]),
    );
  return { view, points, time, phases };
}

describe('what the clock sees', () => {
  it('is every release that was due lately, by the phase it was last seen in', async () => {
    const { view, time, phases } = viewed();
    const one = release({ phase: 'queued', since: 1 });
    const other = release({ phase: 'promoting', since: 1 });
    for (const seen of [one, other]) view.saw(seen);
    view.turn([{ releaseId: one.id, at: time.now }], time.now);
    time.now += MINUTE;
    view.turn(
      [
        { releaseId: other.id, at: time.now },
        { releaseId: 'of-another-instance', at: time.now },
      ],
      time.now,
    );
    expect(await phases()).toEqual({ queued: 1, promoting: 1, unknown: 1 });
    view.saw({ ...one, stage: { phase: 'preflight', ...PREFLIGHT } });
    expect(await phases()).toEqual({ queued: 0, preflight: 1, promoting: 1, unknown: 1 });
  });

  it('forgets what is due no more, and counts no release that is only looked after', async () => {
    const { view, time, phases } = viewed();
    const done = release({ phase: 'succeeded', at: 1, watched: true });
    const gone = release({ phase: 'queued', since: 1 });
    for (const seen of [done, gone]) view.saw(seen);
    view.turn(
      [done, gone].map(({ id }) => ({ releaseId: id, at: time.now })),
      time.now,
    );
    expect(await phases()).toEqual({ queued: 1 });
    time.now += 11 * MINUTE;
    view.turn([{ releaseId: done.id, at: time.now }], time.now);
    expect(await phases()).toEqual({ queued: 0 });
  });

  it('tells the age of the oldest, and nothing once another instance has the clock', async () => {
    const { view, time, points } = viewed();
    const age = async (): Promise<unknown> => points('slipway.due.oldest_age');
    expect(await age()).toEqual([]);
    view.turn([{ releaseId: 'a', at: time.now - 7_000 }], time.now);
    expect(await age()).toEqual([{ attributes: {}, value: 7 }]);
    view.turn([], time.now);
    expect(await age()).toEqual([{ attributes: {}, value: 0 }]);
    view.turn([{ releaseId: 'a', at: time.now - 7_000 }], time.now);
    time.now += 6 * MINUTE;
    expect(await age()).toEqual([{ attributes: {}, value: 0 }]);
  });
});

const PREFLIGHT = {
  since: 1,
  passes: [],
  labelSince: undefined,
  askedAt: [],
  failures: [],
  content: undefined,
} as const;

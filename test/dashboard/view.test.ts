/** What the page says, as pure functions. */
import { describe, expect, it } from 'vitest';

import {
  ago,
  axisTime,
  boundsText,
  duration,
  odds,
  percent,
  planDuration,
  timeWithin,
  until,
  zonesOf,
} from '../../src/dashboard/view/format.ts';
import { ordered } from '../../src/dashboard/view/release-order.ts';
import { listHref, releaseHref, routeOf } from '../../src/dashboard/view/route.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('times', () => {
  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [90_000, '1 min'],
    [HOUR, '1 h'],
    [HOUR + 5 * MINUTE, '1 h 5 min'],
    [49 * HOUR, '2 d 1 h'],
  ])('%i ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [90_000, '90 s'],
    [15 * MINUTE, '15 min'],
    [90 * MINUTE, '90 min'],
    [24 * HOUR, '1 d'],
    [1_500, '1500 ms'],
  ])('a plan with %i ms says %s', (ms, text) => {
    expect(planDuration(ms)).toBe(text);
  });

  it('speak of the past and of what comes', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const start = Date.parse(at);
    expect(ago(at, start + 1_000)).toBe('just now');
    expect(ago(at, start + 40_000)).toBe('40 s ago');
    expect(until(start + 3 * MINUTE, start)).toBe('in 3 min');
    expect(until(start, start + 1)).toBe('any moment now');
  });

  it('show seconds on an axis only where its ticks are that close', () => {
    const hours = { from: 0, to: 7_200 };
    expect(axisTime(0, 1, hours)).toMatch(/^\d\d:\d\d:00$/);
    expect(axisTime(0, 300, hours)).toMatch(/^\d\d:\d\d$/);
    expect(axisTime(43_200, 86_400, { from: 0, to: 604_800 })).toBe('1 Jan');
  });

  it.each([
    ['a day', 24, /^\d\d:\d\d$/],
    ['more than a day', 25, /^\d+ \w+ \d\d:\d\d$/],
    ['a week', 7 * 24, /^\d+ \w+ \d\d:\d\d$/],
  ])('of an axis over %s name one moment each', (_what, hours, form) => {
    const span = { from: 0, to: hours * 3_600 };
    const shown = Array.from({ length: hours }, (_, hour) => axisTime(hour * 3_600, 3_600, span));
    expect(new Set(shown).size).toBe(hours);
    for (const text of shown) expect(text).toMatch(form);
  });

  it('of one moment are exact, with its day where more than one is shown', () => {
    expect(timeWithin({ from: 0, to: 3_600 }, 61)).toMatch(/^\d\d:\d\d:01$/);
    expect(timeWithin({ from: 0, to: 172_800 }, 43_261)).toMatch(/^\d+ Jan \d\d:\d\d:01$/);
  });
});

describe('the zone of times', () => {
  const [WINTER, SUMMER] = ['2026-01-01T00:00:00.000Z', '2026-07-01T00:00:00.000Z'] as const;

  it.each([
    ['UTC', 'UTC'],
    ['America/New_York', 'EST'],
    ['Europe/Berlin', 'CET'],
    ['Europe/London', 'GMT'],
    ['Asia/Tokyo', 'GMT+9'],
    ['Asia/Kolkata', 'GMT+5:30'],
  ])('%s is %s', (timeZone, name) => {
    expect(zonesOf([WINTER, WINTER], timeZone)).toBe(name);
  });

  it('is both where the clocks were changed in between, and none where there are no times', () => {
    expect(zonesOf([WINTER, WINTER, SUMMER], 'Europe/Berlin')).toBe('CET, CEST');
    expect(zonesOf([SUMMER, WINTER], 'UTC')).toBe('UTC');
    expect(zonesOf([])).toBe('');
  });
});

describe('numbers', () => {
  it.each([
    [0, '0 %'],
    [0.00001, '< 0.01 %'],
    [0.0004, '0.04 %'],
    [0.032, '3.2 %'],
    [0.45, '45 %'],
    [0.996, '99.6 %'],
    [1, '100 %'],
  ])('the rate %d is %s', (rate, text) => {
    expect(percent(rate)).toBe(text);
  });

  it.each([
    [0, '1'],
    [Math.log(100), '100'],
    [Math.log(20), '20'],
    [Math.log(0.82), '0.82'],
    [Math.log(1_234), '1,200'],
    [-20, 'below 0.01'],
    [500, 'over 1,000,000'],
  ])('the log e-value %d is %s to 1', (logE, text) => {
    expect(odds(logE)).toBe(text);
  });

  it('say where a percentile lies', () => {
    expect(boundsText({ low: 0, high: 50 })).toBe('under 50 ms');
    expect(boundsText({ low: 50, high: 2_500 })).toBe('50 ms – 2.5 s');
    expect(boundsText({ low: 10_000, high: null })).toBe('over 10 s');
    expect(boundsText({ low: 0, high: null })).toBe('unclear');
    expect(boundsText(null)).toBe('not measured');
  });
});

describe('addresses', () => {
  const id = `${'0'.repeat(20)}-${'a'.repeat(19)}`;

  it('lead where they came from', () => {
    expect(routeOf(releaseHref(id))).toEqual({ kind: 'release', id });
    const asked = { phase: 'paused', app: '/subscriptions/a b/c?d&e=f#g' };
    expect(routeOf(listHref(asked))).toEqual({ kind: 'list', ...asked });
  });

  it.each(['', '#', '#/', '#/releases/nothing', `#/releases/${id}/more`, '#/%zz'])(
    '%j is the list',
    (hash) => {
      expect(routeOf(hash)).toEqual({ kind: 'list', phase: '', app: '' });
    },
  );
});

describe('the list', () => {
  it('has what waits for a person first, then what is under way, then the rest; each newest first', () => {
    const release = (
      phase: 'paused' | 'ramping' | 'succeeded' | 'failed',
      day: number,
      finished = false,
    ) => ({
      phase,
      finished,
      createdAt: `2026-01-0${day}T00:00:00.000Z`,
    });
    const paused = release('paused', 1);
    const failed = release('failed', 2);
    const ramping = release('ramping', 4);
    const older = release('ramping', 3);
    const acknowledged = release('failed', 5, true);
    const done = release('succeeded', 6, true);
    expect(ordered([older, done, paused, acknowledged, ramping, failed])).toEqual([
      ...[failed, paused, ramping, older, done, acknowledged],
    ]);
  });
});

/** The pictures of docs/judge.md: drawn by the judge itself from simulated minutes with fixed seeds. */
import { calm, drawMinute, type Minute, newMinutes } from '../../bench/judge/minutes.ts';
import { createRandom } from '../../bench/judge/random.ts';
import type { Rule } from '../../bench/judge/rules/rule.ts';
import { slipwayInRelease } from '../../bench/judge/rules/slipway.ts';
import { zTest } from '../../bench/judge/rules/z-test.ts';
import { chartSvg } from './line-chart.ts';

const TRAFFIC = { rate: 2_000, baselineRate: 0.001 } as const;
const SHARE = 0.1;
const SEED = 20_261_123;

/** Draws the minutes of one run in which the new version fails `times` as often. */
function draw(minutes: readonly Minute[], run: number, times: number): void {
  const random = createRandom(SEED, run, times);
  const effect = { name: `×${times}`, times, plus: 0 };
  for (const minute of minutes) {
    drawMinute(minute, { ...TRAFFIC, effect }, { random, weather: calm(), share: SHARE });
  }
}

/** The statistic after each minute. */
function follow(rule: Rule, minutes: readonly Minute[]): readonly number[] {
  const fold = rule.start({
    baselineRate: TRAFFIC.baselineRate,
    horizonMinutes: minutes.length,
  });
  return minutes.map((minute) => fold(minute));
}

const LOOKING = { minutes: 240, runs: 1_000 } as const;

/** Share of harmless versions that a rule has taken back by each minute, in percent. */
export function takenBack(rule: Rule): readonly number[] {
  const minutes = newMinutes(LOOKING.minutes);
  const ended = new Array<number>(LOOKING.minutes).fill(0);
  for (let run = 0; run < LOOKING.runs; run += 1) {
    draw(minutes, run, 1);
    const at = follow(rule, minutes).findIndex((value) => value > rule.threshold);
    if (at >= 0) ended[at] = (ended[at] ?? 0) + 1;
  }
  let sum = 0;
  return ended.map((count) => {
    sum += count;
    return (100 * sum) / LOOKING.runs;
  });
}

export function lookingPicture(): string {
  const often = takenBack(zTest);
  const honest = takenBack(slipwayInRelease);
  const last = (values: readonly number[]): string => `${values.at(-1)?.toFixed(1) ?? '?'} %`;
  return chartSvg({
    id: 'judge-looking',
    title: 'Harmless versions taken back, the longer one looks',
    subtitle: `${LOOKING.runs.toLocaleString('en')} harmless releases, 2,000 requests a minute, 0.1 % fail, 10 % weight, looked at every minute.`,
    described: `After four hours of looks every minute a significance test at 1 percent has taken back ${last(often)} of the harmless versions, Slipway's judge ${last(honest)}.`,
    lines: [
      { name: `test at 1 %: ${last(often)}`, className: 'worse', values: often },
      { name: `Slipway: ${last(honest)}`, className: 'good', values: honest },
    ],
    y: {
      kind: 'linear',
      range: [0, 20],
      ticks: [0, 5, 10, 15, 20].map((value) => [value, `${value} %`] as const),
    },
    mark: { at: 1, name: 'promised: 1 %' },
    minutesEvery: 60,
  });
}

const BETTING_MINUTES = 120;
const WORTH = { least: 0.001, most: 1_000 } as const;

export function bettingPicture(): string {
  const minutes = newMinutes(BETTING_MINUTES);
  const lineOf = (times: number): readonly number[] => {
    draw(minutes, 2, times);
    const values = follow(slipwayInRelease, minutes);
    const ended = values.findIndex((log) => log > slipwayInRelease.threshold);
    // Where it goes back the release is over, and its line with it.
    return values.slice(0, ended < 0 ? undefined : ended + 1).map((log) => Math.exp(log));
  };
  return chartSvg({
    id: 'judge-betting',
    title: 'What became of a stake of 1, bet on harm',
    subtitle: '2,000 requests a minute, 0.1 % of the old version fail, 10 % weight. One run each.',
    described:
      'The stake of somebody who bets that the new version fails more often. With a harmless version it shrinks; with one that fails twice or five times as often it grows until it passes the line at which Slipway goes back.',
    lines: [
      { name: 'fails five times as often', className: 'worse', values: lineOf(5) },
      { name: 'fails twice as often', className: 'bad', values: lineOf(2) },
      { name: 'harmless', className: 'good', values: lineOf(1) },
    ],
    y: {
      kind: 'log',
      range: [WORTH.least, WORTH.most],
      ticks: [0.001, 0.01, 0.1, 1, 10, 100, 1_000].map(
        (value) => [value, value.toLocaleString('en')] as const,
      ),
    },
    mark: { at: Math.exp(slipwayInRelease.threshold), name: 'goes back' },
    minutesEvery: 20,
  });
}

export const PICTURES = {
  'judge-looking.svg': lookingPicture,
  'judge-betting.svg': bettingPicture,
} as const;

/** After the swap nothing is left to compare with: harm against a ceiling (design section 6). */
import { startEvidence } from '../../../src/judge/evidence.ts';
import type { Bin, JudgeConfig } from '../../../src/judge/types.ts';
import { detect, type Detection, median, number, percent, shareFound } from './detection.ts';
import { drawMinute, NO_EFFECT, newMinutes } from './minutes.ts';
import type { Random } from './random.ts';
import { atMost, type Goal, type Scenario, type Table, together } from './scenario.ts';

const RAMP_MINUTES = 60;
const WATCH_MINUTES = 60;
const RATE = 2_000;
const OLD_RATE = 0.001;
const CEILING = 3 * OLD_RATE;
const SEED = 610;

/** Ramp and watch of one release, as production folds them: 0.8 against the baseline, 0.2 the ceiling. */
const CONFIG: JudgeConfig = {
  alpha: 0.01,
  beta: 0.05,
  rho: 1,
  delta: 0,
  phi: 1,
  horizonBins: RAMP_MINUTES + WATCH_MINUTES,
  margins: [],
  mode: 'concurrent',
  ceiling: CEILING,
};

const CASES = [1, 3, 4, 5, 10, 20];

export const watch: Scenario = {
  name: 'watch',
  run: ({ quick, say }) => {
    const runs = quick ? 50 : 1_000;
    const results = CASES.map((times, index) => {
      say(`watch: ×${times}`);
      return { times, found: runWatch(times, SEED + index, runs) };
    });
    const table: Table = {
      title: `Harm after the swap, against a ceiling of 3× the old rate: ${RATE}/min, old rate 0.1 %, after ${RAMP_MINUTES} good minutes at 10 %`,
      head: ['failures now', 'found in 60 min', 'median minutes', 'p90'],
      rows: results.map(({ times, found }) => [
        `×${times}`,
        percent(shareFound(found)),
        number(median(found)),
        number(found.delays[Math.floor(found.runs * 0.9)] ?? Infinity),
      ]),
      note: `${runs} runs. Up to ×3 the ceiling allows it: those rows are false alarms.`,
    };
    const data = results.map(({ times, found }) => ({
      times,
      found: shareFound(found),
      medianMinutes: Number.isFinite(median(found)) ? median(found) : null,
    }));
    return { goals: goalsOf(results), tables: [table], data: { runs, watch: data } };
  },
};

function runWatch(times: number, seed: number, runs: number): Detection {
  const now = { rate: RATE, baselineRate: OLD_RATE, effect: { name: '', times, plus: 0 } };
  const story = (random: Random) => {
    const { fold, detail } = startEvidence({ config: CONFIG, sinceMs: 0 });
    const [minute] = newMinutes(1);
    return (at: number): boolean => {
      if (minute === undefined) return false;
      const watching = at >= RAMP_MINUTES;
      drawMinute(minute, watching ? now : { ...now, effect: NO_EFFECT }, {
        random,
        weather: { traffic: 1, failing: 1 },
        share: watching ? 1 : 0.1,
      });
      const { canaryRequests, canaryFailures, baselineRequests, baselineFailures } = minute;
      const bin: Bin = {
        startMs: at * 60_000,
        final: true,
        judged: true,
        watch: watching,
        canary: { requests: canaryRequests, failures: canaryFailures, items: canaryRequests },
        baseline: { requests: baselineRequests, failures: baselineFailures, items: 0 },
      };
      fold(bin);
      const { evidence } = detail();
      return evidence.maxHarm >= evidence.harmThreshold;
    };
  };
  return detect({ seed, runs, minutes: RAMP_MINUTES + WATCH_MINUTES, from: RAMP_MINUTES, story });
}

function goalsOf(results: readonly { times: number; found: Detection }[]): Goal[] {
  const of = (times: number): number => {
    const result = results.find((each) => each.times === times);
    return result === undefined ? Infinity : median(result.found);
  };
  return [
    {
      figure:
        'harm after the swap against a ceiling of 3× the old rate, 2,000/min, baseline 0.1 %: ×5; ×20',
      must: 'median ≤ 8 min; ≤ 2 min',
      stretch: '',
      value: `${number(of(5))} min; ${number(of(20))} min`,
      reached: together([atMost(of(5), { must: 8 }), atMost(of(20), { must: 2 })]),
    },
  ];
}

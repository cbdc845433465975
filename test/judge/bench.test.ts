import { randomPoisson } from 'd3-random';
import { describe, expect, it } from 'vitest';

import { gridResult, runGrid } from '../bench/judge/grid.ts';
import { alarms, harmCells } from '../bench/judge/grid-figures.ts';
import { planGrid } from '../bench/judge/grid-plan.ts';
import { drawRun, HARMS, newMinutes, type Minute } from '../bench/judge/minutes.ts';
import { readOptions } from '../bench/judge/options.ts';
import { createRandom } from '../bench/judge/random.ts';
import { fileText, goalsText, tableText } from '../bench/judge/report.ts';
import { IDEAS, JUDGES } from '../bench/judge/rules/all.ts';
import { argoRollouts } from '../bench/judge/rules/argo-rollouts.ts';
import { azureGate } from '../bench/judge/rules/azure-gate.ts';
import { flagger, flaggerSkipping } from '../bench/judge/rules/flagger.ts';
import { hodgesLehmann, kayenta, zOfShift } from '../bench/judge/rules/kayenta.ts';
import { knowsAll, knowsRatio } from '../bench/judge/rules/oracles.ts';
import type { Rule } from '../bench/judge/rules/rule.ts';
import { slipway } from '../bench/judge/rules/slipway.ts';
import { slipwayBoosted } from '../bench/judge/rules/slipway-boosted.ts';
import { zTest } from '../bench/judge/rules/z-test.ts';
import { binomial, poisson } from '../bench/judge/sampler.ts';
import { VECTORS, type VectorRow } from './vectors.ts';

const KNOWN = { baselineRate: 0.001, horizonMinutes: 60 };

/** Canary requests and failures, baseline requests and failures. */
type Row = readonly [number, number, number, number];

function minutesOf(rows: readonly Row[]): Minute[] {
  return rows.map((row, index) => ({
    index,
    canaryRequests: row[0],
    canaryFailures: row[1],
    baselineRequests: row[2],
    baselineFailures: row[3],
    canaryRate: 0.01,
    baselineRate: 0.001,
  }));
}

/** 1-based minute of the rollback, or undefined. */
function rollbackMinute(rule: Rule, minutes: readonly Minute[]): number | undefined {
  const fold = rule.start(KNOWN);
  return minutes.map(fold).findIndex((value) => value > rule.threshold) + 1 || undefined;
}

const repeat = (times: number, row: Row) => minutesOf(Array.from({ length: times }, () => row));

describe('random numbers', () => {
  it('are the same for the same seed and others for any other', () => {
    const first = (...seed: number[]) => createRandom(...seed)();
    expect(first(1, 2)).toBe(first(1, 2));
    const all = [
      [1, 2],
      [2, 1],
      [1, 2, 0],
      [1, 3],
      [0, 0],
      [0, 0, 0],
    ].map((seed) => first(...seed));
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([0.002, 0.3, 4, 11.9, 12.1, 60, 900, 20_000])(
    'of a Poisson mean of %d are as those of d3-random',
    (mean) => {
      const draws = 20_000;
      const random = createRandom(5, Math.round(mean * 1_000));
      const other = randomPoisson.source(createRandom(6))(mean);
      const ours = Array.from({ length: draws }, () => poisson(random, mean));
      const theirs = Array.from({ length: draws }, () => other());
      // Kolmogorov and Smirnov's distance of two samples: above this once in 10,000.
      expect(distance(ours, theirs)).toBeLessThan(2.23 * Math.sqrt(2 / draws));
    },
  );

  it('of a binomial stay within their tries, at the edges too', () => {
    const random = createRandom(7);
    expect([binomial(random, 0, 0.5), binomial(random, 9, 0), binomial(random, 9, 1)]).toEqual([
      0, 0, 9,
    ]);
    const draws = Array.from({ length: 5_000 }, () => binomial(random, 40, 0.25));
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw <= 40)).toBe(true);
    expect(draws.reduce((sum, draw) => sum + draw, 0) / draws.length).toBeCloseTo(10, 0);
  });
});

/** The largest distance between the two empirical distribution functions. */
function distance(ours: readonly number[], theirs: readonly number[]): number {
  const count = (values: readonly number[]) => {
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  };
  const [mine, other] = [count(ours), count(theirs)];
  const values = [...new Set([...ours, ...theirs])].sort((a, b) => a - b);
  let [difference, largest] = [0, 0];
  for (const value of values) {
    difference += (mine.get(value) ?? 0) / ours.length - (other.get(value) ?? 0) / theirs.length;
    largest = Math.max(largest, Math.abs(difference));
  }
  return largest;
}

describe('simulated minutes', () => {
  it('have the traffic, the share and the failure rates of their cell', () => {
    const minutes = newMinutes();
    const effect = HARMS.find(({ name }) => name === '×5');
    if (effect === undefined) throw new Error('There is no ×5.');
    const cell = { rate: 20_000, baselineRate: 0.01, effect, share: 0.1, drifting: false };
    drawRun(minutes, cell, createRandom(1));
    const sum = (of: (minute: Minute) => number) =>
      minutes.reduce((all, minute) => all + of(minute), 0);
    const canary = sum(({ canaryRequests }) => canaryRequests);
    const baseline = sum(({ baselineRequests }) => baselineRequests);
    expect((canary + baseline) / 60 / 20_000).toBeCloseTo(1, 2);
    expect(canary / (canary + baseline)).toBeCloseTo(0.1, 2);
    expect(sum(({ canaryFailures }) => canaryFailures) / canary).toBeCloseTo(0.05, 2);
    expect(sum(({ baselineFailures }) => baselineFailures) / baseline).toBeCloseTo(0.01, 3);
  });

  it('never fail more often than they are asked, whatever the incident', () => {
    const minutes = newMinutes();
    const cell = { rate: 20, baselineRate: 0.01, share: 0.5, drifting: true };
    for (const [seed, effect] of HARMS.entries()) {
      drawRun(minutes, { ...cell, effect }, createRandom(2, seed));
      expect(minutes.every((one) => one.canaryFailures <= one.canaryRequests)).toBe(true);
      expect(minutes.every((one) => one.canaryRate < 1)).toBe(true);
    }
  });
});

describe('rules', () => {
  it('Flagger rolls back at the fifth failed check wherever the others were', () => {
    const bad = [100, 2, 1_900, 0] as const;
    const good = [100, 1, 1_900, 0] as const;
    const rows = [bad, good, bad, good, bad, good, bad, good, bad, bad];
    expect(rollbackMinute(flagger, minutesOf(rows))).toBe(9);
    expect(rollbackMinute(flagger, repeat(60, good))).toBeUndefined();
  });

  it('Flagger counts minutes without traffic, and the kinder one does not', () => {
    expect(rollbackMinute(flagger, repeat(10, [0, 0, 20, 0]))).toBe(5);
    expect(rollbackMinute(flaggerSkipping, repeat(60, [0, 0, 20, 0]))).toBeUndefined();
  });

  it('Argo Rollouts fails at the fourth measurement under 95 %', () => {
    expect(rollbackMinute(argoRollouts, repeat(10, [100, 6, 1_900, 0]))).toBe(4);
    expect(rollbackMinute(argoRollouts, repeat(60, [100, 5, 1_900, 0]))).toBeUndefined();
    expect(rollbackMinute(argoRollouts, repeat(10, [0, 0, 20, 0]))).toBe(4);
  });

  it('the Azure gate sees more than 5 failures of either version within 5 minutes', () => {
    expect(rollbackMinute(azureGate, repeat(10, [100, 0, 1_900, 2]))).toBe(3);
    expect(rollbackMinute(azureGate, repeat(60, [100, 0, 1_900, 1]))).toBeUndefined();
  });

  it('the z-test looks every minute', () => {
    expect(rollbackMinute(zTest, repeat(5, [1_000, 30, 1_000, 10]))).toBe(1);
    expect(rollbackMinute(zTest, repeat(60, [1_000, 10, 1_000, 10]))).toBeUndefined();
  });

  it('Kayenta finds a clear shift when it first looks, and none between equals', () => {
    const failing = (canary: number) =>
      minutesOf(
        Array.from({ length: 60 }, (_, i): Row => [1_000, canary + (i % 7), 1_000, 10 + (i % 7)]),
      );
    expect(rollbackMinute(kayenta, failing(30))).toBe(10);
    expect(rollbackMinute(kayenta, failing(10))).toBeUndefined();
  });

  it('Kayenta’s shift and z are those of all pairs', () => {
    const random = createRandom(9);
    const sample = (length: number) =>
      Float64Array.from({ length }, () => Math.floor(random() * 12) / 7).sort();
    for (let round = 0; round < 50; round += 1) {
      const [x, y] = [sample(10 + (round % 9)), sample(9 + (round % 7))];
      const pairs = [...x].flatMap((a) => [...y].map((b) => a - b)).sort((a, b) => a - b);
      const at = (index: number) => pairs[index] ?? NaN;
      const shift = hodgesLehmann(x, y);
      expect(shift).toBeGreaterThanOrEqual(at(Math.ceil(pairs.length / 2) - 1) - 1e-9);
      expect(shift).toBeLessThanOrEqual(at(Math.floor(pairs.length / 2)) + 1e-9);
      // By ranks, as R does it: shift x a little more, so that it ties with no y.
      expect(zOfShift(x, y, 0)).toBeCloseTo(
        zByRanks(
          [...x].map((a) => a - 1e-9),
          [...y],
        ),
        9,
      );
    }
  });

  it('the oracles add up log likelihood ratios', () => {
    const [minute] = minutesOf([[100, 3, 1_900, 2]]);
    if (minute === undefined) throw new Error('There is no minute.');
    const all = 3 * Math.log(10) + 97 * Math.log(0.99 / 0.999);
    expect(knowsAll.start(KNOWN)(minute)).toBeCloseTo(all, 12);
    const share = 100 / 2_000;
    const ratio = 3 * Math.log(10) - 5 * Math.log(1 + share * 9);
    expect(knowsRatio.start(KNOWN)(minute)).toBeCloseTo(ratio, 12);
  });

  it.each([
    [100, 1_900, 4],
    [1_000, 1_000, 40],
    [2_000, 18_000, 220],
    [5, 15, 9],
  ])('a boosted e-value of %d against %d requests has the mean it had before', (n, m, failures) => {
    const usual = (failures * n) / (n + m);
    const prefix = minutesOf([[n, Math.ceil(1.25 * usual), m, Math.round(failures - usual)]]);
    const chances = binomialChances(failures, n / (n + m));
    let [before, after] = [0, 0];
    for (const [canary, chance] of chances.entries()) {
      const fold = slipwayBoosted.start(KNOWN);
      before = Math.exp(prefix.map(fold).at(-1) ?? NaN);
      const [last] = minutesOf([[n, canary, m, failures - canary]]);
      if (last !== undefined) after += chance * Math.min(100, Math.exp(fold(last)));
    }
    expect(before).toBeLessThan(100);
    expect(after / before).toBeCloseTo(1, 6);
  });

  it('Slipway is the production process: the vectors of statistics.md', () => {
    const logs = minutesOf(VECTORS.map(({ counts }) => vectorMinute(counts))).map(
      slipway.start(KNOWN),
    );
    for (const [index, { harmDefaults }] of VECTORS.entries()) {
      expect(logs[index]).toBeCloseTo(harmDefaults, 9);
    }
  });
});

/** By Pascal's rule, one try after the other: nothing of the bench's own chances is in it. */
function binomialChances(tries: number, probability: number): number[] {
  let chances = [1];
  for (let n = 0; n < tries; n += 1) {
    chances = Array.from(
      { length: n + 2 },
      (_, k) => (chances[k] ?? 0) * (1 - probability) + (chances[k - 1] ?? 0) * probability,
    );
  }
  return chances;
}

/** Vectors have both numbers of requests first. */
function vectorMinute(counts: VectorRow['counts']): Row {
  const [canaryRequests, baselineRequests, canaryFailures, baselineFailures] = counts;
  return [canaryRequests, canaryFailures, baselineRequests, baselineFailures];
}

/** The definition: sum of the ranks of x in both together, average ranks for ties. */
function zByRanks(x: readonly number[], y: readonly number[]): number {
  const both = [...x, ...y];
  const rank = (value: number) =>
    both.filter((other) => other < value).length +
    (both.filter((other) => other === value).length + 1) / 2;
  const sum = x.reduce((all, value) => all + rank(value), 0);
  const excess = sum - (x.length * (x.length + 1)) / 2 - (x.length * y.length) / 2;
  const groups = [...new Set(both)].map((value) => both.filter((other) => other === value).length);
  const tied = groups.reduce((all, size) => all + size ** 3 - size, 0);
  const n = both.length;
  const variance = ((x.length * y.length) / 12) * (n + 1 - tied / (n * (n - 1)));
  return (excess - 0.5 * Math.sign(excess)) / Math.sqrt(variance);
}

describe('npm run bench:judge', () => {
  const options = { workers: 1, say: () => undefined };
  const tasks = planGrid(true)
    .filter(({ rate, baselineRate }) => rate === 20_000 && baselineRate === 0.001)
    .filter(({ kind, share }) => kind === 'changing' || share === 0.05)
    .map((task) => ({ ...task, harms: task.harms.slice(-2), nullRuns: 400, harmRuns: 30 }));

  it('finds harm, rolls back at most 1 % of good canaries, and gives every table', async () => {
    const done = await runGrid(tasks, options);
    for (const drifting of [false, true]) {
      const { max, cells } = alarms(done, 'slipway', { kinds: ['grid', 'changing'], drifting });
      expect(cells).toBe(tasks.length);
      expect(max).toBeLessThanOrEqual(0.01);
    }
    for (const { byRule } of harmCells(done)) expect(byRule.slipway?.found).toBe(1);
    const result = gridResult(done);
    for (const table of result.tables) {
      for (const row of table.rows) expect(row).toHaveLength(table.head.length);
    }
    expect(result.tables[0]?.rows).toHaveLength(JUDGES.length + IDEAS.length);
    expect(result.goals).toHaveLength(6);
    const text = [goalsText(result.goals), ...result.tables.map(tableText)].join('\n');
    expect(text).toContain('Slipway');
    expect(text).not.toMatch(/NaN|undefined/);
    expect(result.pictures?.[0]?.svg).toMatch(/^<svg [^]*<title[^]*<desc[^]*<\/svg>\n$/);
    expect(result.pictures?.[0]?.svg).not.toMatch(/NaN|undefined/);
  });

  it('gives the same file whatever the number of threads', async () => {
    const few = tasks.slice(0, 2).map((task) => ({ ...task, nullRuns: 60 }));
    const files = await Promise.all(
      [1, 2].map(async (workers) => {
        const result = gridResult(await runGrid(few, { ...options, workers }));
        return fileText({
          parts: [{ name: 'grid', result }],
          quick: true,
          date: undefined,
          node: '',
        });
      }),
    );
    expect(files[0]).toBe(files[1]);
    expect(JSON.parse(files[0] ?? '')).toMatchObject({ quick: true, grid: { seed: 4 } });
  });

  it('writes to docs only after a whole run, and refuses what it does not know', () => {
    expect(readOptions([])).toMatchObject({ json: 'docs/benchmarks/judge.json' });
    expect(readOptions(['--quick']).json).toBeUndefined();
    expect(readOptions(['--only', 'grid,cost']).json).toBeUndefined();
    expect(readOptions(['--only', 'grid', '--json', 'x.json']).json).toBe('x.json');
    expect(() => readOptions(['--only', 'speed'])).toThrow('no such part');
    expect(() => readOptions(['--workers', '0'])).toThrow('--workers 0');
  });
});

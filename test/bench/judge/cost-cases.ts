/** What judging costs: the counts of a week, and the thread time of folding them. */
import type { JudgeInput } from '../../../src/judge/judge.ts';
import { margins } from '../../../src/judge/margins.ts';
import type { Bin, JudgeConfig, MetricConfig, MetricTally } from '../../../src/judge/types.ts';

/** Minutes of a week. */
export const BINS = 10_080;
const WARM_UP_ROUNDS = 10;
export const EDGES = [5, 10, 25, 50, 75, 100, 250, 500, 1000];

const WEIGHTS = [0.01, 0.05, 0.1, 0.25, 0.5];
export const MARGINS = margins(WEIGHTS, { absolute: 0.0002, relative: 0.5 });

export const config: JudgeConfig = {
  alpha: 0.01,
  beta: 0.05,
  rho: 1,
  delta: 0,
  phi: 1,
  horizonBins: BINS,
  margins: [],
  mode: 'concurrent',
  ceiling: 0.02,
};

function metric(over: Pick<MetricConfig, 'name' | 'kind'> & Partial<MetricConfig>): MetricConfig {
  return {
    on: 'rollback',
    share: 0.2,
    rho: 1,
    delta: 0,
    phi: 1,
    measures: 1,
    ceilings: [],
    ceilingFrom: 'watch',
    margins: MARGINS,
    comparesInWatch: false,
    ...over,
  };
}

export const FIVE: JudgeConfig = {
  ...config,
  share: 0.2,
  margins: MARGINS,
  more: [
    metric({ name: 'exceptions', kind: 'exceptions' }),
    metric({ name: 'dependencies', kind: 'dependencies' }),
    metric({ name: 'latency', kind: 'latency', measures: EDGES.length, edges: EDGES }),
    metric({ name: 'probes', kind: 'probes', comparesInWatch: true }),
  ],
};

export const CAPPED: JudgeConfig = {
  ...FIVE,
  ceilingFrom: 'start',
  more: (FIVE.more ?? []).map((one) => ({
    ...one,
    ceilings: Array.from({ length: one.measures }, (_, i) => 0.9 / (i + 1)),
    ceilingFrom: 'start',
  })),
};

/** A good canary: 100 of 2,000 requests a minute, 0.2 % failures, five times that slower than an edge. */
export function bins(watchFrom: number, measured: boolean): Bin[] {
  return Array.from({ length: BINS }, (_, i) => {
    const watch = i >= watchFrom;
    const baseline = watch ? 0 : 1900;
    const requests = 100 + (i % 7);
    const slow = EDGES.map((_, edge) => EDGES.length - edge);
    const one: MetricTally = {
      canary: { n: requests, x: [i % 5 === 0 ? 1 : 0] },
      baseline: { n: baseline, x: [watch ? 0 : i % 8] },
    };
    const calls: MetricTally = {
      canary: { n: 3 * requests, x: [i % 3] },
      baseline: { n: 3 * baseline + (i % 11), x: [watch ? 0 : i % 40] },
    };
    const probes: MetricTally = {
      canary: { n: 300, x: [i % 4 === 0 ? 1 : 0] },
      baseline: { n: 300, x: [i % 3 === 0 ? 1 : 0] },
    };
    const latency: MetricTally = {
      canary: { n: requests, x: slow },
      baseline: { n: baseline, x: slow.map((x) => (watch ? 0 : x * 19 + (i % 5))) },
    };
    return {
      startMs: i * 60_000,
      final: true,
      judged: true,
      watch,
      canary: { requests, failures: i % 5 === 0 ? 1 : 0, items: requests },
      baseline: { requests: baseline, failures: watch ? 0 : i % 8, items: baseline },
      ...(measured ? { more: [one, calls, latency, probes] } : {}),
    };
  });
}

/** Mean CPU time of this thread, in ms: others use the machine too. */
export function meanMs(run: () => unknown, rounds = 100): number {
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) run();
  const before = process.threadCpuUsage();
  for (let round = 0; round < rounds; round += 1) run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / rounds;
}

export function inputOf(config: JudgeConfig, watchFrom = BINS): JudgeInput {
  const versions = { canary: '2', baseline: '1' };
  const given = bins(watchFrom, config.more !== undefined);
  return { config, bins: given, step: null, data: { kind: 'ok' }, versions };
}

/** Paired probes: evidence for apps that have too little traffic of their own (issue 4; docs/plans.md). */
import { startEvidence } from '../../../src/judge/evidence.ts';
import { margins } from '../../../src/judge/margins.ts';
import type { Bin, JudgeConfig, MetricTally } from '../../../src/judge/types.ts';
import { judgeEach } from '../../../src/judge/judge.ts';
import { METRIC_DEFAULTS } from '../../../src/release/normalise-metrics.ts';
import { detect, type Detection, median, number, percent, shareFound } from './detection.ts';
import type { Random } from './random.ts';
import { poisson } from './sampler.ts';
import { atMost, type Goal, type Scenario, type Table } from './scenario.ts';

const SEED = 620;
const MINUTES = 60;
const OLD_RATE = 0.001;
const SHARE = 0.05;
const WEIGHTS = [0.05, 0.25, 0.5];
/** That of the preset `standard`. */
const BUDGET = { absolute: 0.001, relative: 0.5 };

const { importance } = METRIC_DEFAULTS.probes;
const PROBES_SHARE = importance / (1 + importance);

interface Quiet {
  /** Requests of people a minute, both versions together. */
  readonly people: number;
  /** Probes a second to each version; 0: the plan has none. */
  readonly perSecond: number;
  readonly canaryRate: number;
}

/** As a release makes it: probes count twice as much as request failures. */
function configOf({ perSecond }: Quiet): JudgeConfig {
  const stepMargins = margins(WEIGHTS, BUDGET);
  const common = { rho: 1, delta: 0, phi: 1 };
  const probes = {
    ...common,
    name: 'probes',
    kind: 'probes',
    on: 'rollback',
    share: PROBES_SHARE,
    measures: 1,
    ceilings: [],
    ceilingFrom: 'watch',
    margins: stepMargins,
    comparesInWatch: true,
  } as const;
  return {
    ...common,
    alpha: 0.01,
    beta: 0.05,
    horizonBins: 510,
    margins: stepMargins,
    mode: 'concurrent',
    ceiling: 0.02,
    ...(perSecond === 0 ? {} : { share: 1 - PROBES_SHARE, more: [probes] }),
  };
}

function drawBin(random: Random, quiet: Quiet, minute: number): Bin {
  const arm = (mean: number, rate: number) => {
    const failures = poisson(random, mean * rate);
    const requests = failures + poisson(random, mean * (1 - rate));
    return { requests, failures, items: requests };
  };
  const canary = arm(quiet.people * SHARE, quiet.canaryRate);
  const baseline = arm(quiet.people * (1 - SHARE), OLD_RATE);
  const common = { startMs: minute * 60_000, final: true, judged: true, watch: false };
  if (quiet.perSecond === 0) return { ...common, canary, baseline };
  const tally = (rate: number) => {
    const { requests, failures } = arm(60 * quiet.perSecond, rate);
    return { n: requests, x: [failures] };
  };
  const probes: MetricTally = { canary: tally(quiet.canaryRate), baseline: tally(OLD_RATE) };
  return { ...common, canary, baseline, more: [probes] };
}

/** Minutes until the release is rolled back. */
function harmed(quiet: Quiet, seed: number, runs: number): Detection {
  const story = (random: Random) => {
    const { fold, detail } = startEvidence({ config: configOf(quiet), sinceMs: 0 });
    return (minute: number): boolean => {
      fold(drawBin(random, quiet, minute));
      const { evidence } = detail();
      return evidence.maxHarm >= evidence.harmThreshold;
    };
  };
  return detect({ seed, runs, minutes: MINUTES, story });
}

const CERTIFY_MINUTES = 240;

/** Minutes until a good canary may leave the first step. */
function certified(quiet: Quiet, seed: number, runs: number): Detection {
  const config = configOf(quiet);
  const story = (random: Random) => {
    const bins = Array.from({ length: CERTIFY_MINUTES }, (_, minute) =>
      drawBin(random, quiet, minute),
    );
    const versions = { canary: 'new', baseline: 'old' };
    const verdicts = judgeEach({ config, bins, step: 0, data: { kind: 'ok' }, versions });
    return (): boolean => {
      const next = verdicts.next();
      return next.done !== true && next.value.outcome === 'certified';
    };
  };
  return detect({ seed, runs, minutes: CERTIFY_MINUTES, story });
}

const HARM_CASES: readonly Quiet[] = [0, 60].flatMap((people) =>
  [0, 1, 5].flatMap((perSecond) =>
    [OLD_RATE, 0.005, 0.02, 0.05].map((canaryRate) => ({ people, perSecond, canaryRate })),
  ),
);

export const probes: Scenario = {
  name: 'probes',
  run: ({ quick, say }) => {
    const runs = quick ? 40 : 1_000;
    say('probes: harm');
    const cases = HARM_CASES.filter(({ people, perSecond }) => people + perSecond > 0);
    const results = cases.map((quiet, index) => ({
      quiet,
      found: harmed(quiet, SEED + index, runs),
    }));
    say('probes: certification');
    const good = [60, 2_000].flatMap((people, p) =>
      [0, 1, 5].map((perSecond, s) => {
        const quiet = { people, perSecond, canaryRate: OLD_RATE };
        const found = certified(quiet, SEED + 100 + 10 * p + s, quick ? 10 : 100);
        return { quiet, found };
      }),
    );
    const tables = [harmTable(results, runs), certifyTable(good)];
    const data = { runs, harm: results.map(plain), certification: good.map(plain) };
    return { goals: goalsOf(results), tables, data };
  },
};

interface Line {
  readonly quiet: Quiet;
  readonly found: Detection;
}

function harmTable(results: readonly Line[], runs: number): Table {
  return {
    title: `Quiet apps: rolled back within ${MINUTES} min (median minutes); baseline 0.1 %, canary at 5 %`,
    head: ['people/min', 'probes/s an arm', 'canary fails', 'rolled back', 'median minutes'],
    rows: results.map(({ quiet, found }) => [
      number(quiet.people),
      number(quiet.perSecond),
      quiet.canaryRate === OLD_RATE ? '0.1 % (no harm)' : percent(quiet.canaryRate),
      percent(shareFound(found)),
      number(median(found)),
    ]),
    note: `${runs} runs; the defaults of a plan with probes and without edges.`,
  };
}

function certifyTable(good: readonly Line[]): Table {
  return {
    title: `Quiet apps: a good canary certified for 25 % within ${CERTIFY_MINUTES} min, budget of the preset standard`,
    head: ['people/min', 'probes/s an arm', 'certified', 'median minutes'],
    rows: good.map(({ quiet, found }) => [
      number(quiet.people),
      number(quiet.perSecond),
      percent(shareFound(found)),
      number(median(found)),
    ]),
  };
}

function goalsOf(results: readonly Line[]): Goal[] {
  const lines = results.filter(({ quiet }) => quiet.perSecond === 5 && quiet.canaryRate === 0.02);
  const worst = Math.max(...lines.map(({ found }) => median(found)));
  return [
    {
      figure: 'probes at 5/s an arm, 2 % against 0.1 %, whatever the traffic of the app',
      must: 'median about 2 min',
      stretch: '',
      value: `${number(worst)} min`,
      reached: atMost(worst, { must: 2 }),
    },
  ];
}

function plain({ quiet, found }: Line) {
  const middle = median(found);
  return {
    ...quiet,
    found: shareFound(found),
    medianMinutes: Number.isFinite(middle) ? middle : null,
  };
}

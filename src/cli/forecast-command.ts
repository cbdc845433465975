/** `slipway forecast`: what a plan will do at some traffic, before anything is released. */
import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { Plan } from '../release/plan.ts';
import { notWritten } from './file-error.ts';
import { advice } from './forecast-advice.ts';
import { forecastSvg } from './forecast-chart.ts';
import { checkForecastable } from './forecast-plan.ts';
import { PRESETS, readPlan } from './read-plan.ts';
import { forecast, type ForecastQuestion } from './forecast-result.ts';
import { forecastText } from './forecast-table.ts';

interface ForecastOptions {
  readonly traffic: number;
  readonly failures: number;
  readonly others?: number;
  readonly runs?: number;
  readonly seed: number;
  readonly regressions: readonly number[];
  readonly json?: true;
  readonly svg?: string;
}

const RUNS_DEFAULT = 1_000;
const RUNS_MAX = 20_000;
/** About two seconds a version; asked for explicitly, a few minutes. */
const BINS_DEFAULT = 300_000;
const BINS_MAX = 50_000_000;
/** Requests a minute. */
const TRAFFIC_MAX = 1e9;
const RATIO_MAX = 1_000_000;
const REGRESSIONS_MAX = 8;
const SEED_MAX = 2 ** 32 - 1;

/** Adds the command to the program. */
export function addForecast(program: Command): void {
  program
    .command('forecast')
    .description('Says what a plan will do at some traffic, before anything is released.')
    .argument('<plan>', `a preset (${PRESETS}), or a file with a plan in JSON or YAML`)
    .requiredOption('--traffic <rate>', 'of the whole app, such as 2000/min, 30/s or 50000/h', rate)
    .requiredOption('--failures <share>', 'of it that fails now, such as 0.1% or 0.001', share)
    .option(
      '--others <share>',
      'of the requests that every other metric of the plan finds bad now; as --failures unless told',
      share,
    )
    .option('--runs <number>', `simulated releases a version, at most ${RUNS_MAX}`, runs)
    .option('--seed <number>', 'the same seed gives the same forecast', seed, 1)
    .addOption(
      new Option('--regressions <factors>', 'how many times as often bad versions fail')
        .argParser(factors)
        .default([2, 5, 20], '2,5,20'),
    )
    .option('--json', 'the numbers as one JSON object')
    .option('--svg <file>', 'a picture as well')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

const EXAMPLES = `
Examples:
  slipway forecast standard --traffic 2000/min --failures 0.1%
  slipway forecast plan.yaml --traffic 30/s --failures 0.05% --regressions 3,10 --svg plan.svg

Arrivals and failures come by chance. Probes of the plan fail as people's requests do; its other metrics
are simulated as harmless, and what was assumed of them is said below the tables.
`;

function run(name: string, options: ForecastOptions): void {
  const plan = readPlan(name);
  checkForecastable(plan);
  const question = questionOf(plan, options);
  const found = forecast(question, progress());
  const hints = advice(question, found);
  const colors = process.stdout.isTTY && !options.json;
  if (options.svg !== undefined) writeSvg(options.svg, forecastSvg(question, found));
  const text = options.json
    ? JSON.stringify({ ...found, advice: hints })
    : forecastText(found, { plan, advice: hints, colors });
  console.log(text);
}

function questionOf(plan: Plan, options: ForecastOptions): ForecastQuestion {
  return {
    plan,
    requestsPerMinute: options.traffic,
    failureRate: options.failures,
    othersRate: options.others ?? options.failures,
    regressions: options.regressions,
    runs: options.runs ?? RUNS_DEFAULT,
    binsAtMost: options.runs === undefined ? BINS_DEFAULT : BINS_MAX,
    seed: options.seed,
  };
}

/** On standard error, and only where somebody sees it. */
function progress(): ((done: number) => void) | undefined {
  const { stderr } = process;
  if (!stderr.isTTY) return undefined;
  let last = -1;
  return (done) => {
    const percent = Math.min(100, Math.floor(done * 100));
    if (percent === last) return;
    last = percent;
    stderr.write(percent === 100 ? '\r\u001B[K' : `\rsimulating … ${percent} %`);
  };
}

function writeSvg(file: string, svg: string): void {
  try {
    writeFileSync(file, svg);
  } catch (cause) {
    throw notWritten(file, cause);
  }
}

/** `m` is what a plan writes for its probes. */
const MINUTES = { s: 1 / 60, m: 1, min: 1, h: 60, d: 24 * 60 } as const;

/** In requests a minute. */
function rate(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\/(s|min|m|h|d)$/.exec(text);
  const unit = (Object.keys(MINUTES) as (keyof typeof MINUTES)[]).find((one) => one === found?.[2]);
  const value = unit === undefined ? Number.NaN : Number(found?.[1]) / MINUTES[unit];
  if (value > 0 && value <= TRAFFIC_MAX) return value;
  throw new InvalidArgumentError(
    'It is a number over 0 and /s, /min, /h or /d, such as 2000/min; at most 1000000000/min.',
  );
}

function share(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s?(%?)$/.exec(text);
  const value = Number(found?.[1] ?? Number.NaN) / (found?.[2] === '%' ? 100 : 1);
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError(
    'It is a share below all of them, such as 0.1% or 0.001 (0.1 is 10 %).',
  );
}

function factors(text: string): readonly number[] {
  const values = text.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)));
  const isGood = values.every((value) => value > 1 && value <= RATIO_MAX);
  if (isGood && values.length <= REGRESSIONS_MAX) return values;
  throw new InvalidArgumentError(
    `It is 1 to ${REGRESSIONS_MAX} numbers over 1 with commas, such as 2,5,20.`,
  );
}

function runs(text: string): number {
  return whole(text, 1, RUNS_MAX);
}

function seed(text: string): number {
  return whole(text, 0, SEED_MAX);
}

function whole(text: string, from: number, to: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new InvalidArgumentError(`It is a whole number from ${from} to ${to}.`);
}

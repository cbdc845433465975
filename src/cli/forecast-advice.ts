/** Why a step will not be certified in time, and what would change that. Analytic, without a draw. */
import type { StepForecast } from '../judge/forecast.ts';
import { formatCount, formatPercent } from '../judge/format.ts';
import type { Plan } from '../release/plan.ts';
import { judgedMetrics } from '../release/judged-metrics.ts';
import { certifying, type MetricTraffic } from '../release/prospects.ts';
import { configOf } from './forecast-simulation.ts';
import { trafficIn } from './forecast-metrics.ts';
import { formatChanceOf, formatMinutes, formatTraffic } from './forecast-format.ts';
import { type Forecast, type ForecastQuestion, worldOf } from './forecast-result.ts';

/** What is changed to see whether it helps: factors of what the plan and the traffic are. */
interface Change {
  readonly budget?: number;
  readonly traffic?: number;
  readonly patience?: number;
  /** The one step that has this patience. Left out: all, as the plan's `maxBake` is of all. */
  readonly only?: number;
}

/** A plan without an absolute budget is tried with this much of one, times the factor. */
const BUDGET_SEED = 1e-5;
const FACTOR_MAX = 1e6;

/** Releases that are not certified in time: above this share it is worth a word. */
const TOLD_FROM = 0.1;

/** One in ten releases needs about twice the typical time (judge/outlook.ts). */
const SLOW_TIMES = 2;

/** A few sentences on whatever keeps good versions from production, or takes them back. */
export function advice(question: ForecastQuestion, found: Forecast): readonly string[] {
  return [
    ...nothingFailsAdvice(question),
    ...ceilingAdvice(question),
    ...stepAdvice(question, found),
  ];
}

/** However many times nothing is nothing. */
function nothingFailsAdvice({ failureRate, regressions }: ForecastQuestion): readonly string[] {
  if (failureRate > 0 || regressions.length === 0) return [];
  return [
    'Nothing fails now, so a version that fails several times as often does not fail either: say --failures 0.01% to see what becomes of bad ones.',
  ];
}

/** What fails now is harm by the ceiling, whoever fails. */
function ceilingAdvice(question: ForecastQuestion): readonly string[] {
  const { failureRate } = question;
  const { ceiling } = configOf(worldOf(question, 1));
  if (failureRate < ceiling) return [];
  const [now, limit] = [formatPercent(failureRate), formatPercent(ceiling)];
  return [
    `${now} of the requests fail now, and the ceiling is ${limit}: in production even a good version is taken back. Set analysis.ceiling above what is normal for this app.`,
  ];
}

/** For each step at which many good versions are not certified why, and what would be enough for all. */
function stepAdvice(question: ForecastQuestion, { good }: Forecast): readonly string[] {
  const analytic = forecastOf(question, {});
  const short = question.plan.steps.flatMap((_, step) => {
    const { notCertified = 0, runs = 0 } = good.steps[step] ?? {};
    const never = analytic[step]?.atBest === undefined;
    if (!never && (runs === 0 || notCertified <= TOLD_FROM)) return [];
    const often = never
      ? 'a good version is never certified'
      : `${formatChanceOf(notCertified)} of good versions are not certified`;
    return [{ step, sentence: reason(question, step, { never, often }) }];
  });
  if (short.length === 0) return [];
  const steps = short.map(({ step }) => step);
  return [...short.map(({ sentence }) => sentence), help(question, steps)];
}

interface Shortness {
  readonly never: boolean;
  /** `a good version is never certified`, `20 % of good versions are not certified`. */
  readonly often: string;
}

function reason(question: ForecastQuestion, step: number, { never, often }: Shortness): string {
  const { plan } = question;
  const { weight, maxBakeMs } = plan.steps[step] ?? { weight: 0, maxBakeMs: 0 };
  const what = `At ${formatPercent(weight / 100)}, ${often} within ${formatMinutes(maxBakeMs / 60_000)}`;
  const patient = forecastOf(question, { patience: FACTOR_MAX, only: step })[step];
  const bins = never ? patient?.atBest : patient?.bins;
  if (bins === undefined) return `${what}: no number of requests would do.`;
  const perBin = (worldOf(question, 1).requestsPerBin * weight) / 100;
  const come = formatCount((perBin * maxBakeMs) / plan.analysis.intervalMs);
  const needed = formatCount(twoDigitsUp(bins * perBin));
  // Where probes or other metrics certify too, it is not a matter of people's requests alone.
  if (judgedMetrics(plan).some(({ role }) => role.on === 'rollback')) {
    const time = formatMinutes(twoDigitsUp((bins * plan.analysis.intervalMs) / 60_000));
    return never
      ? `${what}: even without one failure it takes ${time}.`
      : `${what}: it typically takes ${time}, one time in ten twice as long.`;
  }
  return never
    ? `${what}: even without one failure it takes ${needed} requests at the new version (rule of three: about 3 / margin), and about ${come} come.`
    : `${what}: it typically takes ${needed} requests at the new version, one time in ten twice as many, and about ${come} come.`;
}

const THEN: Readonly<Record<Plan['onUndecided'], string>> = {
  advance: 'Then the plan goes on, not certified.',
  pause: 'Then a person decides.',
  'roll-back': 'Then it is taken back.',
};

function help(question: ForecastQuestion, steps: readonly number[]): string {
  const { plan } = question;
  const enough = (change: (factor: number) => Change): number | undefined =>
    least((factor) => steps.every((step) => certifies(question, step, change(factor))));
  const ways: string[] = [];
  const budget = enough((factor) => ({ budget: factor }));
  const absolute =
    budget === undefined ? 1 : twoDigitsUp(budgetTimes(plan.analysis.budget, budget));
  if (absolute < 1) ways.push(`an analysis.budget.absolute of ${absolute}`);
  const traffic = enough((factor) => ({ traffic: factor }));
  if (traffic !== undefined) {
    ways.push(formatTraffic(twoDigitsUp(traffic * question.requestsPerMinute)));
  }
  const patience = enough((factor) => ({ patience: factor }));
  const longest = Math.max(...steps.map((step) => plan.steps[step]?.maxBakeMs ?? 0));
  const maxBakeMs = longest * (patience ?? Infinity);
  // All steps may last that long, and the deadline holds them all.
  if (maxBakeMs * plan.steps.length < plan.deadlineMs)
    ways.push(`a maxBake of ${formatMinutes(twoDigitsUp(maxBakeMs / 60_000))}`);
  const probes = plan.probes === undefined ? `; or paired probes, which bring requests` : '';
  const said =
    ways.length === 0 ? `nothing of the plan alone${probes}` : `${listed(ways)}${probes}`;
  return `${THEN[plan.onUndecided]} Enough for 9 in 10 at each step: ${said}.`;
}

function listed(ways: readonly string[]): string {
  const last = ways.at(-1) ?? '';
  return ways.length === 1 ? last : `${ways.slice(0, -1).join(', ')} or ${last}`;
}

function certifies(question: ForecastQuestion, step: number, change: Change): boolean {
  const { maxBakeMs } = question.plan.steps[step] ?? { maxBakeMs: 0 };
  const most = (maxBakeMs / question.plan.analysis.intervalMs) * (change.patience ?? 1);
  const bins = forecastOf(question, change)[step]?.bins;
  return bins !== undefined && SLOW_TIMES * bins <= most;
}

function forecastOf(question: ForecastQuestion, change: Change): readonly StepForecast[] {
  const { budget = 1, traffic: times = 1, patience = 1, only } = change;
  const { plan } = question;
  const absolute =
    budget === 1 ? plan.analysis.budget.absolute : budgetTimes(plan.analysis.budget, budget);
  const changed: Plan = {
    ...plan,
    steps: plan.steps.map((step, index) => ({
      ...step,
      maxBakeMs: step.maxBakeMs * (only === undefined || only === index ? patience : 1),
    })),
    analysis: { ...plan.analysis, budget: { ...plan.analysis.budget, absolute } },
  };
  const { requestsPerBin, more = [], ...rest } = trafficIn(worldOf(question, 1));
  const metrics = judgedMetrics(plan);
  const grown = more.map((one, index): MetricTraffic | null => {
    if (one === null || one === undefined) return null;
    return metrics[index]?.from === 'query' ? { ...one, perBin: one.perBin * times } : one;
  });
  return certifying(changed, { ...rest, requestsPerBin: requestsPerBin * times, more: grown });
}

function budgetTimes({ absolute }: Plan['analysis']['budget'], factor: number): number {
  return (absolute === 0 ? BUDGET_SEED : absolute) * factor;
}

/** The least factor from 1 on for which it holds, to a percent; undefined: none up to a million. */
function least(holds: (factor: number) => boolean): number | undefined {
  if (!holds(FACTOR_MAX)) return undefined;
  let [no, yes] = [1, FACTOR_MAX];
  while (yes / no > 1.01) {
    const middle = Math.sqrt(no * yes);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** `1234` → `1300`, `0.00123` → `0.0013`: what is said must be enough. */
function twoDigitsUp(value: number): number {
  const rounded = Number(value.toPrecision(2));
  if (rounded >= value) return rounded;
  return Number((value * 1.05).toPrecision(2));
}

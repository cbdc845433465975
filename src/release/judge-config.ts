import type { JudgeConfig, MetricConfig, Tally } from '../judge/types.ts';
import { margins } from '../judge/margins.ts';
import { type JudgedMetric, judgedMetrics } from './judged-metrics.ts';
import type { Plan } from './plan.ts';
import type { Release } from './release.ts';

/** Ceiling before one is fixed; also that of a plan without one whose baseline never failed. */
const CEILING_TIMES_BASELINE = 3;
/** A rate that nothing can exceed: its evidence never grows, and the shares stay as they were. */
const NO_CEILING = 1;

/** What of a release its judge depends on, besides the plan. */
export type JudgedRelease = Pick<Release, 'baseline' | 'ceiling' | 'ceilings' | 'dispersion'>;

/** The one place where percents of a plan become fractions of the judge. */
export function judgeConfig(plan: Plan, release: JudgedRelease): JudgeConfig {
  const metrics = judgedMetrics(plan);
  const total = totalImportance(plan.analysis.metrics, metrics);
  const more = metrics.map((metric, index) =>
    metricConfig(plan, release, { metric, index, total }),
  );
  return {
    ...failuresConfig(plan, release),
    ...ofFailures(plan, metrics.length > 0, total),
    ...(more.length === 0 ? {} : { more }),
  };
}

/** How request failures alone are judged. */
export function failuresConfig(
  plan: Plan,
  release: Pick<Release, 'baseline' | 'ceiling' | 'dispersion'>,
): JudgeConfig {
  const { analysis } = plan;
  const { rho = 1, delta = 0, ceiling } = analysis.metrics?.failures ?? {};
  return {
    alpha: analysis.alpha,
    beta: analysis.beta,
    rho,
    delta,
    phi: release.dispersion?.failures ?? 1,
    horizonBins: Math.ceil((plan.deadlineMs + plan.watchMs) / analysis.intervalMs),
    margins: margins(weightsOf(plan), analysis.budget),
    mode: compares(plan, release) ? 'concurrent' : 'ceiling',
    ceiling: ceiling ?? release.ceiling ?? analysis.ceiling ?? analysis.budget.absolute,
  };
}

/** Fractions, one a step. */
export function weightsOf({ steps }: Plan): readonly number[] {
  return steps.map((step) => step.weight / 100);
}

function compares({ strategy }: Plan, { baseline }: Pick<Release, 'baseline'>): boolean {
  return strategy !== 'blue-green' && baseline !== null;
}

/** Nothing for a plan that names no metrics: request failures alone, as ever. */
function ofFailures(
  { analysis: { metrics } }: Plan,
  besides: boolean,
  total: number,
): Pick<JudgeConfig, 'on' | 'share' | 'ceilingFrom'> {
  if (metrics === undefined && !besides) return {};
  const { on = 'rollback', ceiling } = metrics?.failures ?? {};
  return {
    on,
    share: on === 'rollback' ? importanceOf(metrics) / total : 0,
    ceilingFrom: ceiling === undefined ? 'watch' : 'start',
  };
}

type FailuresOf = Plan['analysis']['metrics'];

function importanceOf(metrics: FailuresOf): number {
  return metrics?.failures.importance ?? 1;
}

/** Of all that roll back. */
function totalImportance(metrics: FailuresOf, more: readonly JudgedMetric[]): number {
  const own = (metrics?.failures.on ?? 'rollback') === 'rollback' ? importanceOf(metrics) : 0;
  return more.reduce((sum, { role }) => sum + (role.on === 'rollback' ? role.importance : 0), own);
}

function metricConfig(
  plan: Plan,
  release: JudgedRelease,
  one: { readonly metric: JudgedMetric; readonly index: number; readonly total: number },
): MetricConfig {
  const { metric, index, total } = one;
  const { role, measures, edgesMs, budget, name, kind } = metric;
  const probed = metric.from === 'probes';
  return {
    name,
    kind,
    on: role.on,
    share: role.on === 'rollback' ? role.importance / total : 0,
    rho: role.rho,
    delta: role.delta,
    phi: release.dispersion?.more[index] ?? 1,
    measures,
    ...(edgesMs.length === 0 ? {} : { edges: edgesMs }),
    ...ceilingsOf(metric, release.ceilings?.[index]),
    // Without a baseline only the ceiling of request failures certifies.
    margins: probed || compares(plan, release) ? margins(weightsOf(plan), budget) : [],
    comparesInWatch: probed,
  };
}

/** The plan's from the first bin on, else those that are fixed for the watch; probes need none. */
function ceilingsOf(
  { role, measures, from }: JudgedMetric,
  fixed: readonly number[] | undefined,
): Pick<MetricConfig, 'ceilings' | 'ceilingFrom'> {
  const same = (rate: number): readonly number[] => Array.from({ length: measures }, () => rate);
  if (role.ceiling !== undefined) return { ceilings: same(role.ceiling), ceilingFrom: 'start' };
  if (from === 'probes') return { ceilings: [], ceilingFrom: 'watch' };
  return { ceilings: fixed ?? same(NO_CEILING), ceilingFrom: 'watch' };
}

/**
 * Ceiling that the watch is judged against, fixed before the swap: the plan's, else three times the
 * baseline's failure rate in the ramp, with one failure more, plus the absolute budget (design section 6).
 */
export function fixCeiling(plan: Plan, baseline: { requests: number; failures: number }): number {
  if (plan.analysis.ceiling !== undefined) return plan.analysis.ceiling;
  return above({ n: baseline.requests, x: [baseline.failures] }, plan.analysis.budget)[0] ?? 0;
}

/**
 * The same for the other metrics, one list a metric in the order of `Bin.more`, from what the ramp
 * showed of the baseline, else from its last hours. A metric of which nothing was seen gets none.
 *
 * Where the last hours hold more than the ramp, the higher of the two is taken: where callers without
 * cookies spread operations over both versions, the ramp counts one request of each (count-query.ts), while
 * in the watch, as in those hours, a whole operation counts, and 20 requests are slow or fail more often
 * than one.
 */
export function fixCeilings(
  plan: Plan,
  release: Pick<Release, 'verdict' | 'history'>,
): readonly (readonly number[])[] {
  return judgedMetrics(plan).map(({ measures, budget }, index) => {
    const ramp = release.verdict?.more?.[index]?.baseline;
    const hours = release.history?.more[index];
    const known = [ramp, (hours?.n ?? 0) > (ramp?.n ?? 0) ? hours : null].flatMap((tally) =>
      tally === null || tally === undefined || tally.n === 0 ? [] : [above(tally, budget)],
    );
    if (known.length === 0) return Array.from({ length: measures }, () => NO_CEILING);
    return Array.from({ length: measures }, (_, measure) =>
      Math.max(...known.map((ceilings) => ceilings[measure] ?? 0)),
    );
  });
}

/**
 * One bad one more than was seen: three times a rate of none is none, and a version as good as the old one
 * would be harm in a long watch of what is rare (none of 45 at a true 1 %: 60 % of them in a day).
 */
function above({ n, x }: Tally, budget: { readonly absolute: number }): readonly number[] {
  return x.map((bad) => CEILING_TIMES_BASELINE * (n === 0 ? 0 : (bad + 1) / n) + budget.absolute);
}

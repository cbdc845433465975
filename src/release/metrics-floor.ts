/** Whether a plan's metrics and paired probes see less than a floor's, or see it later. */
import { BOUNDS } from '../limits.ts';
import { type Comparison, duration, headerText } from './floor-comparison.ts';
import { METRIC_DEFAULTS, metricsOf } from './normalise-metrics.ts';
import type { FailureMetric, Metric, MetricRole, PairedRequest, Plan, ProbePlan } from './plan.ts';
import { isCovered } from './status-ranges.ts';

/**
 * A metric's share of the evidence may always be as small as if all that a plan can have (failures,
 * exceptions, dependencies, latency, queries; probes count twice) had their default importance: a
 * metric more is no less care. No fraction of the floor's share, because fractions multiply from plan
 * to plan. A ninth asks a metric for half as much evidence again as all of the share does (ln 900 to
 * ln 100), a hundredth for twice as much.
 */
const SHARE_ENOUGH = 1 / (4 + METRIC_DEFAULTS.probes.importance + BOUNDS.kqlMetrics);
/** Shares are quotients of sums: equal ones may differ in their last digit. */
const ROUNDING = 1e-9;

export function compareMetrics(compare: Comparison, plan: Plan, floor: Plan): void {
  const said = metricsOf(plan.analysis);
  const asked = metricsOf(floor.analysis);
  compareFailures(compare, said.failures, asked.failures);
  for (const metric of asked.more) {
    compareMetric(compare, said.more, metric);
    if (metric.kind === 'latency' && plan.strategy === 'canary' && floor.strategy === 'canary') {
      compareLatencyBudget(compare, said.more.find(isLatency), metric);
    }
  }
  if (floor.probes !== undefined) compareProbes(compare, plan.probes, floor.probes);
  compareStandIns(compare, plan, floor);
  compareShares(compare, plan, floor);
}

function compareFailures(compare: Comparison, said: FailureMetric, asked: FailureMetric): void {
  const at = 'analysis.metrics.failures';
  compare.role(`${at}.on`, said.on, asked.on);
  if (said.on === 'off' || asked.on === 'off') return;
  compareRates(compare, at, { said, asked });
  // A ceiling that is too high is told once: with the watch's, which is the same number.
  if (said.ceiling === undefined) compare.ceiling(`${at}.ceiling`, undefined, asked.ceiling);
  const more = said.ignorePaths.filter(
    (path) => !asked.ignorePaths.some((other) => isBelow(path, other)),
  );
  if (more.length > 0) {
    const all = asked.ignorePaths.join(', ');
    const only = all === '' ? 'no path to be left out' : `only ${all} to be left out`;
    compare.weaker(`${at}.ignorePaths`, only, more.join(', '));
  }
  // Robots' visits are evidence to one and noise to the other: neither plan is the more careful.
  if (said.synthetic !== asked.synthetic) {
    compare.weaker(`${at}.synthetic`, String(asked.synthetic), String(said.synthetic));
  }
}

/** Whether all that one pattern leaves out is left out by the other; paths are matched in any case. */
function isBelow(path: string, other: string): boolean {
  const [said, asked] = [path.toLowerCase(), other.toLowerCase()];
  return said === asked || (asked.endsWith('/*') && said.startsWith(asked.slice(0, -1)));
}

interface Pair<Of> {
  readonly said: Of;
  readonly asked: Of;
}

function compareRates(
  compare: Comparison,
  at: string,
  { said, asked }: Pair<Pick<MetricRole, 'rho' | 'delta'>>,
): void {
  compare.atMost(`${at}.rho`, said.rho, asked.rho);
  compare.atMost(`${at}.delta`, said.delta, asked.delta);
}

const isLatency = (metric: Metric) => metric.kind === 'latency';

function compareMetric(compare: Comparison, all: readonly Metric[], asked: Metric): void {
  const said = all.find(({ kind, name }) => kind === asked.kind && name === asked.name);
  if (said === undefined) {
    missing(compare, asked);
    return;
  }
  const at = pathOf(all, said);
  compare.role(`${at}.on`, said.on, asked.on);
  compareRates(compare, at, { said, asked });
  compare.ceiling(`${at}.ceiling`, said.ceiling, asked.ceiling);
  if (said.kind === 'latency' && asked.kind === 'latency') {
    compareEdges(compare, at, { said, asked });
  }
  if (said.kind === 'kql' && asked.kind === 'kql' && said.query !== asked.query) {
    compare.weaker(`${at}.query`, `its own query for ${asked.name}, letter by letter`, 'another');
  }
}

function missing(compare: Comparison, { kind, name, on }: Metric): void {
  if (kind === 'kql') compare.weaker('analysis.metrics.kql', `the query ${name}`, 'nothing of it');
  else compare.role(`analysis.metrics.${name}`, 'off', on);
}

/** Queries are a list, and none of it is left out on the way from the written plan. */
function pathOf(all: readonly Metric[], metric: Metric): string {
  const index = all.filter(({ kind }) => kind === 'kql').indexOf(metric);
  return index === -1 ? `analysis.metrics.${metric.name}` : `analysis.metrics.kql[${index}]`;
}

/** More edges see more; one that is left out may be the one where the harm shows. */
function compareEdges(
  compare: Comparison,
  at: string,
  { said, asked }: Pair<{ readonly edgesMs: readonly number[] }>,
): void {
  const lacking = asked.edgesMs.filter((edgeMs) => !said.edgesMs.includes(edgeMs));
  if (lacking.length === 0) return;
  const text = said.edgesMs.map(duration).join(', ');
  compare.weaker(`${at}.edges`, lacking.map(duration).join(', '), text === '' ? 'none' : text);
}

function compareLatencyBudget(
  compare: Comparison,
  said: Extract<Metric, { kind: 'latency' }> | undefined,
  asked: Extract<Metric, { kind: 'latency' }>,
): void {
  if (said === undefined) return;
  const at = 'analysis.metrics.latency.budget';
  compare.atMost(`${at}.absolute`, said.budget.absolute, asked.budget.absolute);
  compare.atMost(`${at}.relative`, said.budget.relative, asked.budget.relative);
}

function compareProbes(compare: Comparison, said: ProbePlan | undefined, asked: ProbePlan): void {
  if (said === undefined) {
    compare.weaker('probes', `paired probes, ${rateText(asked.perSecond)}`, 'none');
    return;
  }
  compare.role('probes.on', said.on, asked.on);
  compareRates(compare, 'probes', { said, asked });
  compare.ceiling('probes.ceiling', said.ceiling, asked.ceiling);
  compare.notLonger('probes.timeout', said.timeoutMs, asked.timeoutMs);
  compareEdges(compare, 'probes', { said, asked });
  for (const request of asked.requests) {
    if (said.requests.some((other) => provesAsMuch(other, request))) continue;
    const text = `the request ${request.method} ${request.path} with the same headers and no other statuses`;
    compare.weaker('probes.requests', text, 'nothing of it');
  }
  compareRate(compare, said, asked);
}

/**
 * Probes certify in place of people's requests where these are few (certificates.ts), and whoever writes
 * the plan picks what they ask. A floor that wants people's requests certified without them is passed by
 * probes that only tell.
 */
function compareStandIns(compare: Comparison, plan: Plan, floor: Plan): void {
  const bothCompare = plan.strategy === 'canary' && floor.strategy === 'canary';
  if (!bothCompare || metricsOf(floor.analysis).failures.on !== 'rollback') return;
  if (plan.probes?.on !== 'rollback' || floor.probes?.on === 'rollback') return;
  compare.weaker(
    'probes.on',
    'no probes that certify in place of visitors, so "notify"',
    'rollback',
  );
}

function provesAsMuch(said: PairedRequest, asked: PairedRequest): boolean {
  return (
    said.path === asked.path &&
    said.method === asked.method &&
    headerText(said.headers) === headerText(asked.headers) &&
    said.status.every((range) => isCovered(range, asked.status))
  );
}

/** Requests are sent in turn: more of them at one rate would leave few for those of the floor. */
function compareRate(compare: Comparison, said: ProbePlan, asked: ProbePlan): void {
  const path = 'probes.rate';
  if (said.perSecond < asked.perSecond) {
    compare.weaker(path, `at least ${rateText(asked.perSecond)}`, rateText(said.perSecond));
    return;
  }
  const each = (probes: ProbePlan): number => probes.perSecond / probes.requests.length;
  if (each(said) + ROUNDING >= each(asked)) return;
  const texts = [asked, said].map((probes) => rateText(each(probes)));
  compare.weaker(path, `at least ${texts[0]} of each request`, `${texts[1]} of each`);
}

function rateText(perSecond: number): string {
  const perMinute = perSecond * 60;
  return perSecond >= 1 ? `${tidy(perSecond)}/s` : `${tidy(perMinute)}/m`;
}

function tidy(value: number): number {
  return Number(value.toPrecision(6));
}

/** What counts for little has to prove the more before it rolls back. */
function compareShares(compare: Comparison, plan: Plan, floor: Plan): void {
  const all = sharesOf(plan);
  for (const asked of sharesOf(floor)) {
    const said = all.find(({ kind, name }) => kind === asked.kind && name === asked.name);
    const enough = Math.min(asked.share, SHARE_ENOUGH);
    // What does not roll back in this plan is told already.
    if (said === undefined || said.share + ROUNDING >= enough) continue;
    const text = `at least ${percent(enough)} of the importance of all that rolls back`;
    compare.weaker(`${said.path}.importance`, text, percent(said.share));
  }
}

interface Share {
  readonly kind: string;
  readonly name: string;
  readonly path: string;
  /** Fraction of the release's evidence of harm. */
  readonly share: number;
}

function sharesOf({ analysis, probes }: Plan): readonly Share[] {
  const { failures, more } = metricsOf(analysis);
  const all = [
    { kind: 'failures', name: 'failures', path: 'analysis.metrics.failures', role: failures },
    ...more.map((metric) => {
      const { kind, name } = metric;
      return { kind, name, path: pathOf(more, metric), role: metric };
    }),
    ...(probes === undefined
      ? []
      : [{ kind: 'probes', name: 'probes', path: 'probes', role: probes }]),
  ];
  const counted = all.filter(({ role }) => role.on === 'rollback');
  const sum = counted.reduce((total, { role }) => total + role.importance, 0);
  return counted.map(({ role, ...named }) => ({ ...named, share: role.importance / sum }));
}

function percent(share: number): string {
  return `${tidy(100 * share)} %`;
}

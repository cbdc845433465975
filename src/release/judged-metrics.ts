/** What is judged besides request failures, in the one order that queries, bins and the judge share. */
import type { MetricKind } from '../judge/types.ts';
import { METRIC_DEFAULTS } from './normalise-metrics.ts';
import type { Metric, MetricRole, Plan, ProbePlan } from './plan.ts';

/** One entry of `Bin.more`. */
export interface JudgedMetric {
  /** As the plan and sentences name it: `exceptions`, `latency`, a query's own name, `probes`, `probes latency`. */
  readonly name: string;
  readonly kind: Exclude<MetricKind, 'failures'>;
  /** With the importance that this entry counts by. */
  readonly role: MetricRole;
  /** Numbers in `Tally.x`: one, or one an edge of latency. At least 1. */
  readonly measures: number;
  /** Milliseconds, rising; empty: not of latency. */
  readonly edgesMs: readonly number[];
  /** The worst excess that the whole service may show after the next step. */
  readonly budget: { readonly absolute: number; readonly relative: number };
  /** `query`: counted in telemetry. `probes`: by our own requests, which go on in the watch. */
  readonly from: 'query' | 'probes';
}

/**
 * The metrics in the order of `Bin.more`: those of the plan's queries as they stand in
 * `analysis.metrics.more`, then the probes' answers, then their times if the plan has edges for them.
 */
export function judgedMetrics({ analysis, probes }: Plan): readonly JudgedMetric[] {
  const { budget } = analysis;
  const queried = (analysis.metrics?.more ?? []).map((metric) => ofQuery(metric, budget));
  return probes === undefined ? queried : [...queried, ...ofProbes(probes, queried, budget)];
}

/** How many of the first entries of `Bin.more` come from the query. */
export function queriedCount({ analysis }: Plan): number {
  return analysis.metrics?.more.length ?? 0;
}

function ofQuery(metric: Metric, budget: JudgedMetric['budget']): JudgedMetric {
  const latency = metric.kind === 'latency';
  const edgesMs = latency ? metric.edgesMs : [];
  return {
    name: metric.name,
    kind: metric.kind,
    role: roleOf(metric),
    measures: Math.max(1, edgesMs.length),
    edgesMs,
    budget: latency ? metric.budget : budget,
    from: 'query',
  };
}

/** Answers and times are one metric of the plan: they share its importance. */
function ofProbes(
  probes: ProbePlan,
  queried: readonly JudgedMetric[],
  budget: JudgedMetric['budget'],
): readonly JudgedMetric[] {
  const { edgesMs } = probes;
  const timed = edgesMs.length > 0;
  const importance = timed ? probes.importance / 2 : probes.importance;
  const role = { ...roleOf(probes), importance };
  const answers: JudgedMetric = {
    name: 'probes',
    kind: 'probes',
    role,
    measures: 1,
    edgesMs: [],
    budget,
    from: 'probes',
  };
  if (!timed) return [answers];
  const times: JudgedMetric = {
    name: 'probes latency',
    kind: 'latency',
    // A ceiling is a rate of wrong answers; how many may be slow is another question.
    role: { ...role, ceiling: undefined },
    measures: edgesMs.length,
    edgesMs,
    budget:
      queried.find(({ kind }) => kind === 'latency')?.budget ?? METRIC_DEFAULTS.latency.budget,
    from: 'probes',
  };
  return [answers, times];
}

function roleOf({ on, importance, rho, delta, ceiling }: MetricRole): MetricRole {
  return { on, importance, rho, delta, ceiling };
}

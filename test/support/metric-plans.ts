/** Plans that judge more than request failures; each test changes one thing of them. */
import type { Metric, MetricRole, Metrics, Plan, ProbePlan } from '../../src/release/plan.ts';
import { samplePlan } from './release-samples.ts';

export const ROLE: MetricRole = {
  on: 'rollback',
  importance: 1,
  rho: 1,
  delta: 0,
  ceiling: undefined,
};

export const EXCEPTIONS: Metric = { ...ROLE, kind: 'exceptions', name: 'exceptions' };
export const DEPENDENCIES: Metric = { ...ROLE, kind: 'dependencies', name: 'dependencies' };
export const LATENCY: Extract<Metric, { kind: 'latency' }> = {
  ...ROLE,
  kind: 'latency',
  name: 'latency',
  edgesMs: [100, 1_000],
  budget: { absolute: 0.01, relative: 0.5 },
};
export const CHECKOUT: Extract<Metric, { kind: 'kql' }> = {
  ...ROLE,
  kind: 'kql',
  name: 'checkout',
  query: 'AppRequests | where Name == "checkout"',
};

export const PROBES: ProbePlan = {
  ...ROLE,
  perSecond: 5,
  requests: [{ path: '/', method: 'GET', headers: {}, status: [{ from: 200, to: 299 }] }],
  timeoutMs: 5_000,
  edgesMs: [250, 1_000, 2_500],
};

/** The preset with these metrics, in this order. */
export function planWith(
  more: readonly Metric[],
  change: {
    readonly plan?: Partial<Plan>;
    readonly failures?: Partial<Metrics['failures']>;
    readonly preset?: unknown;
  } = {},
): Plan {
  const base = samplePlan(change.preset ?? 'standard');
  const failures = { ...ROLE, ignorePaths: [], synthetic: false, ...change.failures };
  return { ...base, analysis: { ...base.analysis, metrics: { failures, more } }, ...change.plan };
}

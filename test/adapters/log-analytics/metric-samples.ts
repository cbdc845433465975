import type { Metric, Metrics } from '../../../src/release/plan.ts';

const ROLE = { on: 'rollback', importance: 1, rho: 1, delta: 0, ceiling: undefined } as const;

export const EXCEPTIONS: Metric = { ...ROLE, kind: 'exceptions', name: 'exceptions' };
export const DEPENDENCIES: Metric = { ...ROLE, kind: 'dependencies', name: 'dependencies' };
export const LATENCY: Metric = {
  ...ROLE,
  kind: 'latency',
  name: 'latency',
  edgesMs: [100, 1_000],
  budget: { absolute: 0, relative: 0 },
};

/** The query of a sample app's own: one row a version and bin, as docs/plans.md asks. */
export const CHECKOUT_QUERY = `AppRequests
| where TimeGenerated >= windowStart and TimeGenerated < windowEnd and AppVersion in (canary, baseline)
| summarize Requests = count(), Failures = countif(DurationMs > 300) by Bin = bin(TimeGenerated, interval), Version = AppVersion`;

export function kqlMetric(
  query = CHECKOUT_QUERY,
  change: { readonly on?: 'rollback' | 'notify'; readonly name?: string } = {},
): Extract<Metric, { kind: 'kql' }> {
  return { ...ROLE, kind: 'kql', name: 'checkout', query, ...change };
}

export function metrics(
  more: readonly Metric[],
  failures: Partial<Metrics['failures']> = {},
): Metrics {
  return { failures: { ...ROLE, ignorePaths: [], synthetic: false, ...failures }, more };
}

/** Plans as people write them, with what a plan names besides request failures. */
import { InvalidInputError, type Problem } from '../../src/release/errors.ts';
import type { Plan } from '../../src/release/plan.ts';
import { samplePlan } from '../support/release-samples.ts';

export const QUERY = `AppEvents
| where TimeGenerated between (windowStart .. windowEnd) and AppVersion in (canary, baseline)
| where Name in ("checkout", "checkout failed")
| summarize Requests = count(), Failures = countif(Name == "checkout failed")
    by Bin = bin(TimeGenerated, interval), Version = AppVersion`;

/** Every key of metrics and probes, each unlike its default. */
export const METRICS = {
  failures: {
    on: 'notify',
    importance: 2,
    rho: 1.1,
    delta: 0.001,
    ceiling: 0.05,
    ignorePaths: ['/health', '/admin/*'],
    synthetic: true,
  },
  exceptions: { on: 'notify', importance: 0.5, rho: 1.2, delta: 0.002, ceiling: 0.1 },
  dependencies: { on: 'notify', importance: 3, rho: 1.3, delta: 0.003, ceiling: 0.2 },
  latency: {
    on: 'rollback',
    importance: 4,
    rho: 1,
    delta: 0.004,
    edges: ['100ms', '1s', '2.5s'],
    budget: { absolute: 0.02, relative: 0.25 },
  },
  kql: [
    {
      name: 'checkout',
      query: QUERY,
      on: 'notify',
      importance: 5,
      rho: 1.4,
      delta: 0.005,
      ceiling: 0.3,
    },
  ],
} as const;

export const PROBES = {
  rate: '30/m',
  requests: [
    { path: '/api/products', method: 'GET', headers: { 'x-shop': '1' }, status: [200, '304-305'] },
    { path: '/api/search', method: 'POST', status: '2xx' },
  ],
  timeout: '10s',
  edges: ['250ms', '5s'],
  on: 'notify',
  importance: 0.25,
  rho: 1.5,
  delta: 0.006,
  ceiling: 0.4,
  unsafe: true,
} as const;

export const EVERY_KEY = {
  preset: 'careful',
  analysis: { metrics: METRICS },
  probes: PROBES,
  maxNoData: '20m',
  onNoData: 'roll-back',
} as const;

/** A plan of which only the metrics are said. */
export function withMetrics(metrics: unknown): Plan {
  return samplePlan({ analysis: { metrics } });
}

/** What is wrong with a plan; empty: it is taken. */
export function problemsOf(plan: unknown): readonly Problem[] {
  try {
    samplePlan(plan);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.details;
  }
  return [];
}

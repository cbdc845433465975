/** Good inputs that the fuzzing spoils. */
import { SHOW_PLAN } from '../../src/local/show/start-message.ts';
import { METRICS, PROBES } from '../release/written-plans.ts';

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const SITE_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Web/sites/shop`;
export const RELEASE_ID = '0123456789abcdef0123-0123456789abcdef012';
export const APP_KEY = '0123456789abcdef0123';

export const PLAN = {
  ...SHOW_PLAN,
  maxPause: '24h',
  onBlind: 'pause',
  onDeadline: 'roll-back',
  validate: [
    {
      http: {
        path: '/health',
        method: 'GET',
        headers: { 'x-probe': 'yes' },
        status: ['2xx', 301, '500-504'],
        bodyContains: 'ok',
        every: '10s',
        passes: 3,
        timeout: '5s',
      },
    },
  ],
  label: { path: '/', require: true },
  analysis: {
    ...SHOW_PLAN.analysis,
    failures: '5xx',
    // One ceiling of failures: the plan has it already.
    metrics: { ...METRICS, failures: { ...METRICS.failures, ceiling: SHOW_PLAN.analysis.ceiling } },
  },
  probes: PROBES,
  maxNoData: '20m',
  onNoData: 'roll-back',
};

export const START = {
  key: 'ci-1',
  target: { subscriptionId: SUBSCRIPTION, resourceGroup: 'rg', site: 'shop' },
  slot: 'staging',
  version: '2.4.0',
  baselineVersion: '2.3.9',
  telemetry: {
    workspaceId: SUBSCRIPTION,
    component: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Insights/components/shop`,
    role: 'shop',
  },
  plan: PLAN,
  requestedBy: { name: 'ci', run: 'https://ci.example/run/7', commit: 'abc' },
};

/** As it is most often written. */
export const SHORT_START = {
  target: START.target,
  slot: 'staging',
  version: '2.4.0',
  plan: 'standard',
};

export const COMMAND = { reason: 'because', expectedSequence: 1 };
export const RESUME = { reason: 'because', choice: 'adopt' };
export const TICK = { release: RELEASE_ID };

/** The file of the app registry. */
export const APPS = {
  apps: [
    {
      name: 'shop',
      target: START.target,
      slot: 'staging',
      telemetry: START.telemetry,
      defaultPlan: 'standard',
      weakestPlan: { preset: 'fast' },
      may: { start: ['queue', SUBSCRIPTION], override: [SUBSCRIPTION], approve: ['key'] },
      reversible: true,
      labels: { team: 'shop' },
    },
  ],
};

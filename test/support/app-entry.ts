import type { AppEntry } from '../../src/release/app-entry.ts';
import { samplePlan } from './release-samples.ts';

/** A registered app with these lists of who may do what. */
export function entryWith(may: Partial<AppEntry['may']>): AppEntry {
  return {
    name: 'shop',
    target: {
      subscriptionId: '11111111-2222-3333-4444-555555555555',
      resourceGroup: 'rg',
      site: 'shop',
    },
    slot: 'staging',
    telemetry: { workspaceId: undefined, component: undefined, role: undefined },
    defaultPlan: samplePlan(),
    weakestPlan: undefined,
    may: { start: undefined, override: undefined, approve: undefined, ...may },
    reversible: true,
    labels: {},
  };
}

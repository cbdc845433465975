import type { CountQuery } from '../../../src/controller/ports/telemetry.ts';

export const START_MS = Date.UTC(2026, 0, 1);

/** A valid query of ten minutes; each test changes one thing. */
export function asked(change: Partial<CountQuery> = {}): CountQuery {
  return {
    source: { workspaceId: undefined, component: undefined, role: undefined },
    site: 'shop',
    slotHost: 'shop-staging.example',
    fromMs: START_MS,
    toMs: START_MS + 600_000,
    canary: '2.4.0',
    baseline: '2.3.9',
    intervalMs: 60_000,
    failures: [{ from: 500, to: 599 }],
    ...change,
  };
}

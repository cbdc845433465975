import type { Plan } from '../release/plan.ts';
import type { Release } from '../release/release.ts';
import type { CountQuery } from './ports/telemetry.ts';

export interface CountWindow {
  readonly slotHost: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Others than the release's own two: the history of one version alone. */
  readonly versions?: { readonly canary: string; readonly baseline: string | null };
}

/** The query that a release's plan asks, of its two versions. */
export function countQuery(release: Release, plan: Plan, window: CountWindow): CountQuery {
  const { slotHost, fromMs, toMs, versions } = window;
  const own = { canary: release.version, baseline: release.baseline ?? null };
  return {
    source: release.telemetry,
    site: release.target.site,
    slotHost,
    fromMs,
    toMs,
    ...(versions ?? own),
    intervalMs: plan.analysis.intervalMs,
    failures: plan.analysis.failures,
    metrics: plan.analysis.metrics,
  };
}

/** The baseline's last hours, read once at preflight; whatever comes of it, no release waits for long. */
import { BOUNDS } from '../limits.ts';
import { historyOf, measureDispersion, notMeasured } from './dispersion.ts';
import type { Draft } from './draft.ts';
import type { Facts, VersionSeen } from './facts.ts';
import { judgedMetrics } from './judged-metrics.ts';
import type { Preflight, Release } from './release.ts';

/** The version with most production rows in the last hour; the baseline, unless checks say otherwise. */
export function topVersion(versions: readonly VersionSeen[]): VersionSeen | undefined {
  return [...versions].sort((a, b) => b.requests - a.requests)[0];
}

/** The version whose history is to be read in this pass; undefined: known, given up, or not known whose. */
export function historyDue(
  release: Release,
  stage: Preflight,
  versions: readonly VersionSeen[] | undefined,
): string | undefined {
  const baseline = topVersion(versions ?? [])?.version;
  if (baseline === undefined || baseline === '' || baseline === release.version) return undefined;
  if (stage.historyOf === baseline) return undefined;
  return (stage.historyTries ?? 0) < BOUNDS.historyTries ? baseline : undefined;
}

/** Takes what was read into the release; a try in vain is counted. */
export function noteHistory(draft: Draft, stage: Preflight, { preflight }: Facts): Preflight {
  const baseline = historyDue(draft.release, stage, preflight?.versions);
  if (baseline === undefined) return stage;
  const metrics = judgedMetrics(draft.context.plan);
  const rows = preflight?.history?.filter(({ version }) => version === baseline);
  if (rows === undefined) {
    const historyTries = (stage.historyTries ?? 0) + 1;
    const dispersion = notMeasured(metrics, 'not measured: telemetry did not answer');
    draft.set({ dispersion, history: undefined });
    return { ...stage, historyTries };
  }
  const { intervalMs } = draft.context.plan.analysis;
  const input = { rows, intervalMs, metrics };
  draft.set({ dispersion: measureDispersion(input), history: historyOf(input) });
  return { ...stage, historyOf: baseline };
}

/** For a first release: there is nobody whose history could be read. */
export function noteNoBaseline(draft: Draft): void {
  if (draft.release.dispersion !== undefined) return;
  const metrics = judgedMetrics(draft.context.plan);
  draft.set({ dispersion: notMeasured(metrics, 'not measured: there is no baseline') });
}

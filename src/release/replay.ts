/** A stored release, as another plan would judge it. */
import type { Bin } from '../judge/types.ts';
import { type JudgedMetric, judgedMetrics } from './judged-metrics.ts';
import type { Plan } from './plan.ts';
import type { Release } from './release.ts';

export interface Replay {
  readonly release: Release;
  readonly bins: readonly Bin[];
}

/**
 * The bins with the other plan's metrics, in its order: those that were counted then are there, the others
 * were not measured. What was found out about a metric (dispersion, ceilings) goes with it.
 */
export function replayed(
  stored: { readonly plan: Plan; readonly release: Release; readonly bins: readonly Bin[] },
  plan: Plan,
): Replay {
  const before = identities(stored.plan);
  const now = identities(plan);
  const { release, bins } = stored;
  if (now.length === before.length && now.every((one, index) => one === before[index]))
    return { release, bins };
  const places = now.map((one) => before.indexOf(one));
  const moved = <T, E>(values: readonly T[] | undefined, missing: E): readonly (T | E)[] =>
    places.map((place) => values?.[place] ?? missing);
  const { dispersion, history, ceilings } = release;
  const known = places.every((place) => place >= 0);
  return {
    release: {
      ...release,
      ...(dispersion && { dispersion: { ...dispersion, more: moved(dispersion.more, 1) } }),
      ...(history && { history: { ...history, more: moved(history.more, null) } }),
      // A ceiling that was never fixed cannot be guessed: then none is held against any metric.
      ceilings:
        known && ceilings !== undefined ? places.map((at) => ceilings[at] ?? []) : undefined,
    },
    bins: bins.map(({ more, ...bin }) =>
      now.length === 0 ? bin : { ...bin, more: moved(more, null) },
    ),
  };
}

/** What a metric counts: two plans mean the same by it when this is the same. */
function identities(plan: Plan): readonly string[] {
  return judgedMetrics(plan).map((metric, index) => identity(plan, metric, index));
}

function identity(plan: Plan, { name, kind, edgesMs }: JudgedMetric, index: number): string {
  const queried = plan.analysis.metrics?.more[index];
  const query = queried?.kind === 'kql' ? queried.query : undefined;
  return JSON.stringify([name, kind, edgesMs, query]);
}

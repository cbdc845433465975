/** Fewer, larger points for a chart: counts are added up, rates and their intervals are computed anew. Pure. */
import type {
  EvidenceAnswer,
  EvidenceMetric,
  EvidencePoint,
  Interval,
  MetricTallyView,
} from '../../api/contract/evidence.ts';

/** Two-sided 95 %. */
const Z = 1.959963984540054;

/** Wilson's interval; null without requests. */
export function wilson(failures: number, requests: number): Interval | null {
  if (requests === 0) return null;
  const value = failures / requests;
  const z2 = Z ** 2;
  const middle = (value + z2 / (2 * requests)) / (1 + z2 / requests);
  const half =
    (Z / (1 + z2 / requests)) *
    Math.sqrt((value * (1 - value)) / requests + z2 / (4 * requests ** 2));
  return {
    value,
    low: failures === 0 ? 0 : Math.max(0, middle - half),
    high: failures === requests ? 1 : Math.min(1, middle + half),
  };
}

export interface PooledVersion {
  readonly requests: number;
  readonly failures: number;
  readonly rate: Interval | null;
}

export interface Pooled {
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly canary: PooledVersion;
  readonly baseline: PooledVersion;
}

/** Points of one group follow each other in time and have the same weight and state. */
export function groupsOf(
  points: readonly EvidencePoint[],
  size: number,
): readonly (readonly number[])[] {
  const groups: number[][] = [];
  let last: EvidencePoint | undefined;
  points.forEach((point, index) => {
    const group = groups.at(-1);
    const joins = group !== undefined && group.length < size && last?.watch === point.watch;
    if (joins) group.push(index);
    else groups.push([index]);
    last = point;
  });
  return groups;
}

/** A group with fewer requests of the new version has an interval as high as the chart. */
const ENOUGH_FOR_A_RATE = 40;
/** Fewer do not tell where the 95th percentile lies: of 72 that are all fast, 5 % may still be slow. */
export const ENOUGH_FOR_P95 = 200;
const FEWEST_GROUPS = 6;

/** How many points in a group: at most `max` groups, fewer where there is little traffic. */
export function groupSize(
  points: readonly EvidencePoint[],
  max: number,
  enough: number = ENOUGH_FOR_A_RATE,
): number {
  const requests = sum(points.map(({ canary }) => canary.requests));
  const groups = Math.max(FEWEST_GROUPS, Math.floor(requests / enough));
  return Math.max(1, Math.ceil(points.length / Math.min(max, groups)));
}

export function pool(
  { points, binMs }: Pick<EvidenceAnswer, 'points' | 'binMs'>,
  groups: readonly (readonly number[])[],
): readonly Pooled[] {
  return groups.flatMap((group) => {
    const members = group.map((index) => points[index]).filter((point) => point !== undefined);
    const first = members[0];
    const last = members.at(-1);
    if (first === undefined || last === undefined) return [];
    return {
      fromMs: Date.parse(first.at),
      toMs: Date.parse(last.at) + last.bins * binMs,
      canary: added(members.map(({ canary }) => canary)),
      baseline: added(members.map(({ baseline }) => baseline)),
    };
  });
}

function added(
  versions: readonly { readonly requests: number; readonly failures: number }[],
): PooledVersion {
  const requests = sum(versions.map((version) => version.requests));
  const failures = sum(versions.map((version) => version.failures));
  return { requests, failures, rate: wilson(failures, requests) };
}

/** Bounds of a percentile in milliseconds; `high` null: no edge is surely above it. */
export interface Bounds {
  readonly low: number;
  readonly high: number | null;
}

export interface PooledLatency {
  readonly canary: Bounds | null;
  readonly baseline: Bounds | null;
}

/** One entry a group, as `pool` has them. */
export function poolLatency(
  metric: EvidenceMetric,
  groups: readonly (readonly number[])[],
): readonly PooledLatency[] {
  const edges = metric.edgesMs ?? [];
  return groups.map((group) => {
    const members = group
      .map((index) => metric.points[index])
      .filter((point) => point !== undefined && point !== null);
    return {
      canary: p95(
        edges,
        members.map(({ canary }) => canary),
      ),
      baseline: p95(
        edges,
        members.map(({ baseline }) => baseline),
      ),
    };
  });
}

const P95_SLOWER = 0.05;

/**
 * Between which edges the 95th percentile lies, with 95 % confidence: `x[i]` counts what was slower than
 * `edges[i]`. An edge is below the percentile while the interval of that share lies above 5 %, and above it once
 * the interval lies at or under 5 %; so few requests leave edges far apart.
 */
export function p95(
  edges: readonly number[],
  tallies: readonly Pick<MetricTallyView, 'n' | 'x'>[],
): Bounds | null {
  const n = sum(tallies.map((tally) => tally.n));
  if (n === 0) return null;
  const slower = edges.map((_edge, at) => wilson(sum(tallies.map(({ x }) => x[at] ?? 0)), n));
  const first = slower.findIndex((share) => share !== null && share.low <= P95_SLOWER);
  const below = first === -1 ? edges.at(-1) : edges[first - 1];
  const above = slower.findIndex((share) => share !== null && share.high <= P95_SLOWER);
  return { low: below ?? 0, high: edges[above] ?? null };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

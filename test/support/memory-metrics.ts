import type { CountQuery, CountRow } from '../../src/controller/ports/telemetry.ts';
import type { Tally } from '../../src/judge/types.ts';
import { inOrder } from './memory-counts.ts';
import type { MetricAnswer } from './memory-counts.ts';

/** The rows with what the queries of the `kql` metrics give filled in, as the adapter does. */
export function withMetrics(
  rows: readonly CountRow[],
  answers: ReadonlyMap<string, MetricAnswer>,
  query: CountQuery,
): readonly CountRow[] {
  const more = query.metrics?.more ?? [];
  if (!more.some(({ kind }) => kind === 'kql')) return rows;
  const read = more.map((metric) => {
    if (metric.kind !== 'kql') return undefined;
    const answer = answers.get(metric.name) ?? [];
    if (!('problem' in answer)) return talliesOf(answer, query);
    return null;
  });
  const known = new Map(rows.map((row) => [keyOf(row), row]));
  for (const tallies of read) {
    for (const { startMs, version } of tallies?.values() ?? []) {
      const empty = { startMs, version, requests: 0, failures: 0, items: 0 };
      if (!known.has(keyOf(empty))) known.set(keyOf(empty), empty);
    }
  }
  return [...known.values()].sort(inOrder).map((row) => ({
    ...row,
    more: more.map((metric, index): Tally | null => {
      const tallies = read[index];
      if (tallies === null) return null;
      if (tallies !== undefined) return tallies.get(keyOf(row))?.tally ?? { n: 0, x: [0] };
      const edges = metric.kind === 'latency' ? metric.edgesMs : [0];
      return row.more?.[index] ?? { n: 0, x: edges.map(() => 0) };
    }),
  }));
}

/** The metric that can roll back and cannot be read, as the adapter says it; undefined: all could. */
export function unmeasuredOf(
  answers: ReadonlyMap<string, MetricAnswer>,
  { metrics }: CountQuery,
): string | undefined {
  for (const { kind, name, on } of metrics?.more ?? []) {
    const answer = answers.get(name) ?? [];
    if (kind === 'kql' && on !== 'notify' && 'problem' in answer)
      return `the metric "${name}", which can roll back, could not be read: ${answer.problem}`;
  }
  return undefined;
}

interface MetricTally {
  readonly startMs: number;
  readonly version: string;
  readonly tally: Tally;
}

function keyOf({ startMs, version }: { startMs: number; version: string }): string {
  return `${String(startMs)} ${version}`;
}

function talliesOf(
  rows: Exclude<MetricAnswer, { readonly problem: string }>,
  { fromMs, toMs, intervalMs, canary, baseline }: CountQuery,
): ReadonlyMap<string, MetricTally> {
  const inWindow = rows.filter(
    ({ startMs, version }) =>
      startMs > fromMs - intervalMs &&
      startMs < toMs &&
      (version === canary || version === baseline),
  );
  return new Map(
    inWindow.map(({ startMs, version, requests, failures }) => [
      keyOf({ startMs, version }),
      { startMs, version, tally: { n: requests, x: [failures] } },
    ]),
  );
}

import type { EvidenceMetric } from '../../api/contract/evidence.ts';
import { boundsText, milliseconds, timeWithin } from '../view/format.ts';
import { type Bounds, pool, type Pooled, poolLatency, type PooledLatency } from '../view/pool.ts';
import { colour } from './colours.ts';
import { Figure } from './figure.tsx';
import { LONE_POINTS } from './lone-points.ts';
import type { PlotSpec, PlotTime } from './plot.tsx';
import type { PooledProps } from './shared.ts';

/** One chart a metric that has times. */
export function LatencyCharts(props: PooledProps) {
  const measured = props.evidence.metrics.filter(
    ({ edgesMs, points }) => edgesMs !== null && points.some((point) => point !== null),
  );
  return (
    <>
      {measured.map((metric) => (
        <LatencyChart key={metric.name} metric={metric} {...props} />
      ))}
    </>
  );
}

/** Between which edges of the plan the 95th percentile of each version lies, as far as its requests tell. */
function LatencyChart({
  metric,
  evidence,
  groups,
  time,
  names,
}: PooledProps & { metric: EvidenceMetric }) {
  const pooled = pool(evidence, groups);
  const bounds = poolLatency(metric, groups);
  // Of all together: the newest part alone would often be of too few.
  const [all] = poolLatency(metric, [groups.flat()]);
  const what = metric.kind === 'probes' ? 'probes' : 'requests';
  return (
    <Figure
      title={`95th percentile of ${what}' times`}
      summary={`in all ${names.canary} ${boundsText(all?.canary ?? null)}, ${names.baseline} ${boundsText(all?.baseline ?? null)}, with 95 % confidence`}
      keys={[
        { sample: 'canary', text: names.canary },
        { sample: 'baseline', text: names.baseline },
      ]}
      spec={specOf({ metric, pooled, bounds }, names, time)}
      time={time}
      table={{
        head: ['From', names.canary, names.baseline],
        rows: pooled.map(({ fromMs }, index) => [
          timeWithin(time, fromMs / 1000),
          boundsText(bounds[index]?.canary ?? null),
          boundsText(bounds[index]?.baseline ?? null),
        ]),
      }}
    />
  );
}

interface Drawn {
  readonly metric: EvidenceMetric;
  readonly pooled: readonly Pooled[];
  readonly bounds: readonly PooledLatency[];
}

function specOf(
  { metric, pooled, bounds }: Drawn,
  names: PooledProps['names'],
  time: PlotTime,
): PlotSpec {
  const top = (metric.edgesMs?.at(-1) ?? 1_000) * 1.2;
  const shown = bounds.flatMap(({ canary, baseline }) => [drawn(canary), drawn(baseline)]);
  const highest = Math.max(...shown.map((one) => (one === null ? 0 : (one.high ?? top))), 1);
  const of = (version: 'canary' | 'baseline', part: 'low' | 'high'): (number | null)[] =>
    bounds.map((one) => {
      const bound = drawn(one[version]);
      return bound === null ? null : (bound[part] ?? top);
    });
  const quiet = { points: LONE_POINTS };
  return {
    data: [
      pooled.map(({ fromMs, toMs }) => (fromMs + toMs) / 2000),
      of('baseline', 'low'),
      of('baseline', 'high'),
      of('canary', 'low'),
      of('canary', 'high'),
    ],
    series: [
      { ...quiet, stroke: () => colour('baseline'), width: 1, dash: [5, 4] },
      { ...quiet, stroke: () => colour('baseline'), width: 1.5, dash: [5, 4] },
      { ...quiet, stroke: () => colour('canary'), width: 1 },
      { ...quiet, stroke: () => colour('canary'), width: 2 },
    ],
    bands: [
      { series: [2, 1], fill: () => colour('baseline-band') },
      { series: [4, 3], fill: () => colour('canary-band') },
    ],
    range: [0, highest * 1.08],
    tick: milliseconds,
    readout: (index) => {
      const one = bounds[index];
      const at = pooled[index];
      if (one === undefined || at === undefined) return '';
      return `${timeWithin(time, at.fromMs / 1000)}  ${names.canary} ${boundsText(one.canary)} · ${names.baseline} ${boundsText(one.baseline)}`;
    },
  };
}

/** Where too few were measured it may lie anywhere: that is a gap, not a band as high as the chart. */
function drawn(bounds: Bounds | null): Bounds | null {
  return bounds?.low === 0 && bounds.high === null ? null : bounds;
}

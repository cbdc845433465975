import type { EvidenceMetric } from '../../api/contract/evidence.ts';
import { axisTime, boundsText, milliseconds } from '../view/format.ts';
import { pool, type Pooled, poolLatency, type PooledLatency } from '../view/pool.ts';
import { colour } from './colours.ts';
import { Figure } from './figure.tsx';
import type { PlotSpec } from './plot.tsx';
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

/** Between which edges of the plan the 95th percentile of each version lies. */
function LatencyChart({
  metric,
  evidence,
  groups,
  time,
  names,
}: PooledProps & { metric: EvidenceMetric }) {
  const pooled = pool(evidence, groups);
  const bounds = poolLatency(metric, groups);
  const last = (version: 'canary' | 'baseline'): string =>
    boundsText(bounds.findLast((one) => one[version] !== null)?.[version] ?? null);
  const what = metric.kind === 'probes' ? 'probes' : 'requests';
  return (
    <Figure
      title={`95th percentile of ${what}' times`}
      summary={`${names.canary} ${last('canary')}, ${names.baseline} ${last('baseline')}, between the edges of the plan`}
      keys={[
        { sample: 'canary', text: names.canary },
        { sample: 'baseline', text: names.baseline },
      ]}
      spec={specOf({ metric, pooled, bounds }, names)}
      time={time}
      table={{
        head: ['From', names.canary, names.baseline],
        rows: pooled.map(({ fromMs }, index) => [
          axisTime(fromMs / 1000, 1),
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

function specOf({ metric, pooled, bounds }: Drawn, names: PooledProps['names']): PlotSpec {
  const top = (metric.edgesMs?.at(-1) ?? 1_000) * 1.2;
  const shown = bounds.flatMap(({ canary, baseline }) => [canary, baseline]);
  const highest = Math.max(...shown.map((one) => (one === null ? 0 : (one.high ?? top))), 1);
  const of = (version: 'canary' | 'baseline', part: 'low' | 'high'): (number | null)[] =>
    bounds.map((one) => {
      const bound = one[version];
      return bound === null ? null : (bound[part] ?? top);
    });
  const quiet = { points: { show: false } };
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
      return `${axisTime(at.fromMs / 1000, 1)}  ${names.canary} ${boundsText(one.canary)} · ${names.baseline} ${boundsText(one.baseline)}`;
    },
  };
}

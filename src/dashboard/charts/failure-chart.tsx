import { count, percent, timeWithin } from '../view/format.ts';
import { pool, type Pooled, type PooledVersion } from '../view/pool.ts';
import { colour } from './colours.ts';
import { Figure } from './figure.tsx';
import type { PlotSpec, PlotTime } from './plot.tsx';
import { type PooledProps, roundUp } from './shared.ts';

interface FailureProps extends PooledProps {
  /** What the newest verdict has seen beyond the final bins. */
  readonly provisional: Pooled | undefined;
}

/** Failure rates of both versions with their 95 % intervals. */
export function FailureChart({ evidence, provisional, groups, time, names }: FailureProps) {
  const final = pool(evidence, groups);
  const pooled = provisional === undefined ? final : [...final, provisional];
  const total = (of: 'canary' | 'baseline'): string => {
    const requests = pooled.reduce((sum, one) => sum + one[of].requests, 0);
    const failures = pooled.reduce((sum, one) => sum + one[of].failures, 0);
    const rate = requests === 0 ? 'no requests' : percent(failures / requests);
    return `${names[of]} ${rate} (${count(failures)} of ${count(requests)})`;
  };
  return (
    <Figure
      title="Failed requests"
      summary={`${total('canary')}, ${total('baseline')}, with 95 % intervals`}
      keys={[
        { sample: 'canary', text: names.canary },
        { sample: 'baseline', text: names.baseline },
      ]}
      spec={specOf(pooled, names, time)}
      time={time}
      table={{
        head: ['From', names.canary, `95 %`, names.baseline, '95 % '],
        rows: pooled.map(({ fromMs, canary, baseline }) => [
          `${timeWithin(time, fromMs / 1000)}${fromMs === provisional?.fromMs ? ' (provisional)' : ''}`,
          ...cells(canary),
          ...cells(baseline),
        ]),
      }}
    />
  );
}

function cells({ failures, requests, rate }: PooledVersion): readonly string[] {
  if (rate === null) return ['none', '–'];
  return [
    `${percent(rate.value)} (${count(failures)}/${count(requests)})`,
    `${percent(rate.low)} – ${percent(rate.high)}`,
  ];
}

function specOf(all: readonly Pooled[], names: PooledProps['names'], time: PlotTime): PlotSpec {
  const pooled = drawn(all);
  const of = (version: 'canary' | 'baseline', part: 'value' | 'low' | 'high'): (number | null)[] =>
    pooled.map((one) => one[version].rate?.[part] ?? null);
  const points = { show: pooled.length <= 36, size: 4 };
  const edge = { width: 0, points: { show: false } };
  return {
    data: [
      pooled.map(({ fromMs, toMs }) => (fromMs + toMs) / 2000),
      of('baseline', 'low'),
      of('baseline', 'high'),
      of('canary', 'low'),
      of('canary', 'high'),
      of('baseline', 'value'),
      of('canary', 'value'),
    ],
    series: [
      edge,
      edge,
      edge,
      edge,
      { stroke: () => colour('baseline'), width: 1.5, dash: [5, 4], points },
      { stroke: () => colour('canary'), width: 2, points },
    ],
    bands: [
      { series: [2, 1], fill: () => colour('baseline-band') },
      { series: [4, 3], fill: () => colour('canary-band') },
    ],
    range: [0, highest(pooled)],
    tick: (value) => `${Number((value * 100).toPrecision(3))} %`,
    readout: (index) => {
      const one = pooled[index];
      if (one === undefined) return '';
      const text = (version: 'canary' | 'baseline'): string => {
        const { rate, failures, requests } = one[version];
        if (rate === null) return `${names[version]} none`;
        return `${names[version]} ${percent(rate.value)} (${count(failures)}/${count(requests)}; ${percent(rate.low)} – ${percent(rate.high)})`;
      };
      return `${timeWithin(time, one.fromMs / 1000)}  ${text('canary')} · ${text('baseline')}`;
    },
  };
}

/** One alone would be a dot without its interval: it is drawn from its beginning to its end. */
function drawn(pooled: readonly Pooled[]): readonly Pooled[] {
  const [only, ...more] = pooled;
  if (only === undefined || more.length > 0) return pooled;
  return [
    { ...only, toMs: only.fromMs },
    { ...only, fromMs: only.toMs },
  ];
}

/** All rates, and most of the intervals: a few requests have one as high as the chart. */
function highest(pooled: readonly Pooled[]): number {
  const rates = pooled.flatMap(({ canary, baseline }) => [canary.rate, baseline.rate]);
  const known = rates.filter((rate) => rate !== null);
  const values = known.map(({ value }) => value);
  const highs = known.map(({ high }) => high).toSorted((one, other) => one - other);
  const usual = highs[Math.floor(highs.length * 0.75)] ?? 0.01;
  return Math.min(1, roundUp(Math.max(0.002, usual, ...values.map((value) => value * 1.1))));
}

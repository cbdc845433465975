/** One uPlot chart that lives as long as its place in the page; new data only redraw it. */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

import { isDark } from '../state/theme.ts';
import { axisTime, isOverADay } from '../view/format.ts';
import { colour } from './colours.ts';
import { drawMoments, type Moment } from './moments.ts';

/** What one chart shows. `data[0]` are seconds since the epoch. */
export interface PlotSpec {
  readonly data: uPlot.AlignedData;
  readonly series: readonly uPlot.Series[];
  readonly bands?: readonly uPlot.Band[];
  /** [least, most] of the vertical axis. */
  readonly range: readonly [number, number];
  readonly splits?: readonly number[];
  readonly tick: (value: number) => string;
  /** Dashed lines across, each with a word. */
  readonly lines?: readonly {
    readonly at: number;
    readonly text: string;
    readonly colour: string;
  }[];
  /** In words, of one place in the data. */
  readonly readout: (index: number) => string;
}

export interface PlotTime {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly moments: readonly Moment[];
}

const HEIGHT_PX = 168;
const AXIS_PX = 58;
/** Of `14:03`, and of `13 Feb 14:03`: how far labels are apart at least, and half of one. */
const LABEL = { spacePx: 74, halfPx: 18 };
const LABEL_WITH_DAY = { spacePx: 112, halfPx: 36 };
const FONT = '11px system-ui, sans-serif';

interface PlotProps {
  readonly spec: PlotSpec;
  readonly time: PlotTime;
  readonly label: string;
  /** Hears what is under the cursor; empty: nothing. */
  readonly say: (text: string) => void;
}

export function Plot({ spec, time, label, say }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  // What the drawing looks at: always the newest.
  const shown = useRef({ spec, time });
  shown.current = { spec, time };

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const current = (): { spec: PlotSpec; time: PlotTime } => shown.current;
    const made = new uPlot(optionsOf(current, element.clientWidth, say), spec.data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [spec.series.length]);
  useEffect(() => plot.current?.setData(spec.data), [spec.data, time.to]);
  useSignalEffect(() => {
    isDark();
    // The style sheet has followed by the next frame.
    requestAnimationFrame(() => plot.current?.redraw(false, true));
  });

  return <div class="plot" ref={box} role="img" aria-label={label} />;
}

function optionsOf(
  current: () => { readonly spec: PlotSpec; readonly time: PlotTime },
  width: number,
  say: (text: string) => void,
): uPlot.Options {
  const { spec } = current();
  return {
    width,
    height: HEIGHT_PX,
    padding: [18, 8, 0, 0],
    legend: { show: false },
    // All charts of the page move their cursors together: by the time, not by the pixel.
    cursor: {
      sync: { key: 'release', scales: ['x', null] },
      drag: { x: false, y: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, range: () => [current().time.from, current().time.to] },
      y: { range: () => [current().spec.range[0], current().spec.range[1]] },
    },
    axes: [timeAxis(current), valueAxis(current)],
    series: [{}, ...spec.series],
    bands: [...(spec.bands ?? [])],
    hooks: {
      drawClear: [(plot) => drawMoments(plot, current().time.moments)],
      draw: [(plot) => drawLines(plot, current().spec.lines ?? [])],
      setCursor: [
        ({ cursor: { idx } }) =>
          say(idx === null || idx === undefined ? '' : current().spec.readout(idx)),
      ],
    },
  };
}

function look(): Pick<uPlot.Axis, 'stroke' | 'grid' | 'ticks' | 'font'> {
  return {
    stroke: () => colour('muted'),
    grid: { stroke: () => colour('line'), width: 1 },
    ticks: { show: false },
    font: FONT,
  };
}

function timeAxis(current: () => { readonly time: PlotTime }): uPlot.Axis {
  const label = (): typeof LABEL => (isOverADay(current().time) ? LABEL_WITH_DAY : LABEL);
  return {
    ...look(),
    grid: { show: false },
    size: 24,
    gap: 4,
    space: () => label().spacePx,
    values: (...[plot, splits, , , step]) =>
      splits.map((at) =>
        isCut(plot, at, label().halfPx) ? '' : axisTime(at, step, current().time),
      ),
  };
}

/** A label at the right edge would be cut off. */
function isCut(plot: uPlot, at: number, halfPx: number): boolean {
  return plot.valToPos(at, 'x') > plot.bbox.width / devicePixelRatio - halfPx;
}

function valueAxis(current: () => { readonly spec: PlotSpec }): uPlot.Axis {
  const { splits } = current().spec;
  return {
    ...look(),
    size: AXIS_PX,
    gap: 6,
    space: 32,
    ...(splits === undefined ? {} : { splits: () => [...(current().spec.splits ?? [])] }),
    values: (_plot, values) => values.map((value) => current().spec.tick(value)),
  };
}

function drawLines(plot: uPlot, lines: NonNullable<PlotSpec['lines']>): void {
  const { ctx, bbox } = plot;
  for (const { at, text, colour: name } of lines) {
    const y = Math.round(plot.valToPos(at, 'y', true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.save();
    ctx.strokeStyle = colour(name);
    ctx.fillStyle = colour(name);
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    const place = [bbox.left + 6 * devicePixelRatio, y - 2 * devicePixelRatio] as const;
    // Lines may run behind the words: a rim in the page's own colour keeps them readable.
    ctx.setLineDash([]);
    ctx.strokeStyle = colour('paper');
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.lineJoin = 'round';
    ctx.strokeText(text, ...place);
    ctx.fillText(text, ...place);
    ctx.restore();
  }
}

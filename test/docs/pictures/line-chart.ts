/** A chart of a few lines over minutes, as SVG. For the pictures of the docs; the same input gives the same text. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';

export interface ChartLine {
  readonly name: string;
  readonly className: 'good' | 'bad' | 'worse' | 'other';
  /** One a minute, from minute 1. */
  readonly values: readonly number[];
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  /** For those who do not see it. */
  readonly described: string;
  readonly lines: readonly ChartLine[];
  readonly y: {
    readonly kind: 'linear' | 'log';
    readonly range: readonly [number, number];
    /** Value and its label. */
    readonly ticks: readonly (readonly [number, string])[];
  };
  /** A line across, with a name. */
  readonly mark: { readonly at: number; readonly name: string };
  readonly minutesEvery: number;
}

const SIZE = { width: 760, height: 360 } as const;
const PLOT = { left: 64, right: 560, top: 76, bottom: 316 } as const;
const LABEL_GAP = 16;

/** Rules twice and not variables: simple viewers know no `var()`. */
const STYLE = `<style>
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 } .soft { fill: #57606a } .end { text-anchor: end } .mid { text-anchor: middle }
.ground { fill: #ffffff } .grid { stroke: #d8dee4 } .mark { stroke: #57606a; stroke-dasharray: 4 3 }
.line { fill: none; stroke-width: 2 } .good { stroke: #1a7f37 } .bad { stroke: #bc4c00 } .worse { stroke: #cf222e } .other { stroke: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .soft { fill: #9198a1 } .ground { fill: #0d1117 } .grid { stroke: #3d444d } .mark { stroke: #9198a1 }
.good { stroke: #3fb950 } .bad { stroke: #db6d28 } .worse { stroke: #f85149 } .other { stroke: #ab7df8 }
}
</style>`;

export function chartSvg(chart: Chart): string {
  const minutes = Math.max(...chart.lines.map(({ values }) => values.length));
  const x = scaleLinear([0, minutes], [PLOT.left, PLOT.right]);
  const make = chart.y.kind === 'log' ? scaleLog : scaleLinear;
  const y = make([...chart.y.range], [PLOT.bottom, PLOT.top]);
  const [low, high] = chart.y.range;
  const place = (value: number): number => y(Math.min(high, Math.max(low, value)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-labelledby="${chart.id}-title ${chart.id}-desc">`,
    `<title id="${chart.id}-title">${escapeXml(chart.title)}</title>`,
    `<desc id="${chart.id}-desc">${escapeXml(chart.described)}</desc>`,
    STYLE,
    `<rect class="ground" width="${SIZE.width}" height="${SIZE.height}"/>`,
    text(16, 28, { className: 'title', said: chart.title }),
    text(16, 50, { className: 'soft', said: chart.subtitle }),
    ...grid(chart, { place, x, minutes }),
    ...chart.lines.map((one) => pathOf(one, x, place)),
    ...labels(chart, x, place),
    '</svg>',
    '',
  ].join('\n');
}

type Scale = (value: number) => number;

function grid(
  { y, mark, minutesEvery }: Chart,
  { place, x, minutes }: { readonly place: Scale; readonly x: Scale; readonly minutes: number },
): readonly string[] {
  const across = y.ticks.flatMap(([value, label]) => [
    `<path class="grid" d="M${PLOT.left},${round(place(value))}H${PLOT.right}"/>`,
    text(PLOT.left - 8, place(value) + 4, { className: 'soft end', said: label }),
  ]);
  const times = Array.from(
    { length: Math.floor(minutes / minutesEvery) + 1 },
    (_, index) => index * minutesEvery,
  );
  return [
    ...across,
    ...times.map((at) =>
      text(x(at), PLOT.bottom + 20, {
        className: 'soft mid',
        said: at === 0 ? '0 min' : String(at),
      }),
    ),
    `<path class="mark" d="M${PLOT.left},${round(place(mark.at))}H${PLOT.right}"/>`,
  ];
}

function pathOf({ className, values }: ChartLine, x: Scale, place: Scale): string {
  const draw = line<number>()
    .x((_, index) => round(x(index + 1)))
    .y((value) => round(place(value)));
  return `<path class="line ${className}" d="${draw([...values]) ?? ''}"/>`;
}

/** At the end of each line, moved apart where two would lie on each other. */
function labels({ lines, mark }: Chart, x: Scale, place: Scale): readonly string[] {
  const wanted = [
    ...lines.map(({ name, values }) => ({
      name,
      at: place(values.at(-1) ?? 0),
      x: x(values.length) + 8,
    })),
    { name: mark.name, at: place(mark.at), x: PLOT.right + 8 },
  ].sort((one, other) => one.at - other.at);
  let least = -Infinity;
  return wanted.map(({ name, at, x: from }) => {
    // Only those at the right edge can lie on each other.
    const y = from > PLOT.right ? Math.max(at, least + LABEL_GAP) : at - 8;
    if (from > PLOT.right) least = y;
    return text(from, y + 4, { className: '', said: name });
  });
}

function text(
  x: number,
  y: number,
  { className, said }: { readonly className: string; readonly said: string },
): string {
  const kind = className === '' ? '' : ` class="${className}"`;
  return `<text x="${round(x)}" y="${round(y)}"${kind}>${escapeXml(said)}</text>`;
}

function escapeXml(said: string): string {
  return said.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

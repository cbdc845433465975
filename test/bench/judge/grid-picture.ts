/** The chart of the README: what harm costs until it is taken back, by each rule. */
import { scaleLog } from 'd3-scale';
import { line, symbol, symbolCircle, symbolDiamond } from 'd3-shape';

import { geometricMean, quantile, type HarmCell } from './grid-figures.ts';

type Kind = 'slipway' | 'oracle' | 'peer';

interface PictureRow {
  readonly id: string;
  readonly title: string;
  readonly kind: Kind;
}

/** At equal false alarm: all peers tuned to 1 %; the oracle and Slipway are below it by themselves. */
const ROWS: readonly PictureRow[] = [
  { id: 'o2', title: 'oracle', kind: 'oracle' },
  { id: 'slipway', title: 'Slipway', kind: 'slipway' },
  { id: 'z-test:tuned', title: 'z-test, tuned', kind: 'peer' },
  { id: 'msprt:tuned', title: 'mSPRT, tuned', kind: 'peer' },
  { id: 'kayenta:tuned', title: 'Kayenta, tuned', kind: 'peer' },
  { id: 'argo-skipping:tuned', title: 'Argo Rollouts, tuned', kind: 'peer' },
  { id: 'flagger-skipping:tuned', title: 'Flagger, tuned', kind: 'peer' },
  { id: 'azure:tuned', title: 'Azure gate, tuned', kind: 'peer' },
];

const WIDTH = 760;
const PLOT = { left: 170, right: 620, top: 88, rowHeight: 30 };
const DOT_AREA = 110;
const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

interface Mark extends PictureRow {
  /** Failed canary requests: geometric mean over cells. */
  readonly failed: number;
  /** The same as a multiple of the oracle's: geometric mean, and where the middle 80 % of cells lie. */
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

export function gridPicture(cells: readonly HarmCell[]): string {
  const marks = ROWS.map((row) => ({ ...row, ...spread(cells, row.id) }));
  const bottom = PLOT.top + marks.length * PLOT.rowHeight;
  const height = bottom + 74;
  const lowest = Math.min(...marks.map(({ low }) => low));
  const highest = Math.max(...marks.map(({ high }) => high));
  const x = scaleLog([lowest * 0.95, highest * 1.1], [PLOT.left, PLOT.right]);
  const ticks = TICKS.filter((tick) => tick >= lowest && tick <= highest).map((tick) => {
    const at = round(x(tick));
    return `<path class="grid" d="M${at},${PLOT.top - 8}V${bottom}"/><text class="axis" x="${at}" y="${bottom + 18}">${tick}×</text>`;
  });
  const rows = marks.map((mark, index) =>
    rowText(mark, PLOT.top + (index + 0.5) * PLOT.rowHeight, x),
  );
  const about = marks.map((mark) => `${mark.title} ${times(mark)}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="judge-title judge-desc">
<title id="judge-title">Failed requests of a bad canary until it is rolled back</title>
<desc id="judge-desc">By rule, as a multiple of what an oracle that knows how bad the canary is needs, at no more than 1 % false rollback, with the number of failed requests in brackets; geometric means over ${cells.length} simulated situations. ${about}.</desc>
<style>
${STYLE}
</style>
<text class="head" x="16" y="26">Failed requests of a bad canary until it is rolled back</text>
<text class="small" x="16" y="47">As a multiple of what an oracle needs that knows how bad the canary is. At most 1 % false rollback.</text>
<text class="small" x="16" y="65">Dot: geometric mean over ${cells.length} situations, in brackets as a number of requests. Bar: 8 of 10 situations.</text>
${ticks.join('\n')}
${rows.join('\n')}
<text class="small" x="16" y="${bottom + 44}">Simulated: 20 to 20,000 requests a minute, 1 to 50 % canary, 60 minutes, with and without drift and a shared</text>
<text class="small" x="16" y="${bottom + 61}">incident. Tuned: the threshold is set for every situation, knowing its rates and incident. Less is better.</text>
</svg>
`;
}

const STYLE = `text { font: 14px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2933; }
.head { font-size: 17px; font-weight: 600; }
.small, .axis { font-size: 12px; fill: #52606d; }
.axis { text-anchor: middle; }
.name { text-anchor: end; }
text.slipway { font-weight: 700; }
.grid { stroke: #d5dbe1; fill: none; }
.range { fill: none; stroke-width: 3; stroke-linecap: round; opacity: 0.45; }
.range.slipway { stroke: #0b6e4f; } .dot.slipway { fill: #0b6e4f; }
.range.oracle { stroke: #616e7c; } .dot.oracle { fill: #616e7c; }
.range.peer { stroke: #b4540a; } .dot.peer { fill: #b4540a; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e7eb; }
  .small, .axis { fill: #9aa5b1; }
  .grid { stroke: #3e4c59; }
  .range.slipway { stroke: #3ecf9a; } .dot.slipway { fill: #3ecf9a; }
  .range.oracle { stroke: #9aa5b1; } .dot.oracle { fill: #9aa5b1; }
  .range.peer { stroke: #f0a35e; } .dot.peer { fill: #f0a35e; }
}`;

function rowText(mark: Mark, y: number, x: (value: number) => number): string {
  const { title, kind, low, middle, high } = mark;
  const range = line()([
    [round(x(low)), y],
    [round(x(high)), y],
  ]);
  const shape = symbol(kind === 'oracle' ? symbolDiamond : symbolCircle, DOT_AREA)();
  return `<text class="name ${kind}" x="${PLOT.left - 14}" y="${y + 5}">${title}</text><path class="range ${kind}" d="${range ?? ''}"/><path class="dot ${kind}" transform="translate(${round(x(middle))},${y})" d="${shape ?? ''}"/><text class="${kind}" x="${round(x(high)) + 12}" y="${y + 5}">${times(mark)}</text>`;
}

function spread(cells: readonly HarmCell[], id: string): Omit<Mark, keyof PictureRow> {
  const failed = cells.map(({ byRule }) => byRule[id]?.failed ?? NaN);
  const ratios = cells.map(
    ({ byRule }, index) => (failed[index] ?? NaN) / (byRule.o2?.failed ?? NaN),
  );
  return {
    failed: geometricMean(failed),
    middle: geometricMean(ratios),
    low: quantile(ratios, 0.1),
    high: quantile(ratios, 0.9),
  };
}

function times({ middle, failed }: Mark): string {
  const many = middle < 10 ? middle.toFixed(1) : Math.round(middle).toString();
  return `${many}× (${Math.round(failed).toLocaleString('en-US')})`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

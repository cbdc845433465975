/** The forecast as a picture: a typical good release, and what bad ones do until they are taken back. */
import { scaleLinear } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';

import { formatCount, formatFactor, formatPercent } from '../judge/format.ts';
import { formatMinutes, formatTraffic } from './forecast-format.ts';
import type { Forecast, ForecastQuestion } from './forecast-result.ts';
import { type TracedRun, typicalRun } from './forecast-traces.ts';
import { axes, escapeXml, type Panel, panelAt, PLOT, textAt, vertical } from './forecast-svg.ts';

const WIDTH = 860;
const HEIGHT = 572;

/** Evidence far below nothing says no more than a little below. */
const EVIDENCE_LEAST = -0.6;
const EVIDENCE_MOST = 1.2;

/** What is drawn: times in minutes. */
interface Scene {
  readonly question: ForecastQuestion;
  readonly found: Forecast;
  readonly good: TracedRun;
  readonly bad: readonly BadRun[];
  readonly minutesPerBin: number;
  readonly x: (minutes: number) => number;
  readonly ticks: readonly number[];
}

interface BadRun extends TracedRun {
  readonly ratio: number;
}

export function forecastSvg(question: ForecastQuestion, found: Forecast): string {
  const scene = sceneOf(question, found);
  const body = [
    textAt({ x: PLOT.left, y: 28, className: 'title' }, titleOf(found)),
    textAt({ x: PLOT.left, y: 48, className: 'soft' }, worldText(found)),
    ...weightPanel(scene, panelAt(92, 90)),
    ...evidencePanel(scene, panelAt(240, 110)),
    ...harmPanel(scene, panelAt(408, 110)),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escapeXml(titleOf(found))}</title>`,
    `<desc id="desc">${escapeXml(described(scene))}</desc>`,
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** Rules twice and not variables: simple viewers know no `var()`. */
const STYLE = `<style>
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 } .name { font-weight: 600 } .soft { fill: #57606a }
.end { text-anchor: end } .mid { text-anchor: middle }
.ground { fill: #ffffff } .grid { stroke: #d8dee4 } .mark { stroke: #57606a; stroke-dasharray: 4 3 }
.share { fill: #b6d7ff; stroke: #0969da; stroke-width: 1.5 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.safe { stroke: #1a7f37 } .harm { stroke: #bc4c00 }
.bad0 { stroke: #8250df } .bad1 { stroke: #bc4c00 } .bad2 { stroke: #0a7ea4 } .bad3 { stroke: #57606a }
.dot { fill: #ffffff; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .soft { fill: #9aa4af }
  .ground { fill: #0d1117 } .grid { stroke: #2b323b } .mark { stroke: #9aa4af }
  .share { fill: #12355f; stroke: #58a6ff }
  .safe { stroke: #3fb950 } .harm { stroke: #f0883e }
  .bad0 { stroke: #bc8cff } .bad1 { stroke: #f0883e } .bad2 { stroke: #39c5cf } .bad3 { stroke: #9aa4af }
  .dot { fill: #0d1117 }
}
</style>`;

function sceneOf(question: ForecastQuestion, found: Forecast): Scene {
  const good = typicalRun(question, 1);
  const bad = question.regressions.map((ratio) => ({ ratio, ...typicalRun(question, ratio) }));
  const minutesPerBin = question.plan.analysis.intervalMs / 60_000;
  const bins = Math.max(1, ...[good, ...bad].map(({ run }) => run.bins));
  const x = scaleLinear([0, bins * minutesPerBin], [PLOT.left, PLOT.right]);
  return { question, found, good, bad, minutesPerBin, x, ticks: ticksOf(bins * minutesPerBin) };
}

/** Round numbers of the unit they are told in, in minutes. */
function ticksOf(minutes: number): readonly number[] {
  const unit = minutes <= 100 ? 1 : minutes <= 48 * 60 ? 60 : 24 * 60;
  return scaleLinear([0, minutes / unit], [0, 1])
    .ticks(8)
    .map((tick) => tick * unit);
}

function weightPanel(scene: Scene, panel: Panel): readonly string[] {
  const { good, x, minutesPerBin } = scene;
  const y = scaleLinear([0, 1], [panel.bottom, panel.top]);
  const changes = good.points.flatMap(({ weight }, index) =>
    good.points[index - 1]?.weight === weight ? [] : [{ index, weight }],
  );
  const end = { index: good.points.length, weight: good.points.at(-1)?.weight ?? 0 };
  const draw = area<typeof end>()
    .digits(1)
    .curve(curveStepAfter)
    .x(({ index }) => x(index * minutesPerBin))
    .y0(panel.bottom)
    .y1(({ weight }) => y(weight));
  const shape = draw([...changes, end]) ?? '';
  return [
    heading(panel, 'Share of the requests at the new version, in a typical good release'),
    ...axes(panel, {
      ticks: [0, 0.5, 1].map((one) => [y(one), formatPercent(one)]),
      x: xTicks(scene),
    }),
    `<path class="share" d="${shape}"/>`,
    ...productionMark(scene, panel),
    ...productionName(scene, panel),
  ];
}

function evidencePanel(scene: Scene, panel: Panel): readonly string[] {
  const { good, question } = scene;
  const { alpha, beta } = question.plan.analysis;
  const y = scaleLinear([EVIDENCE_LEAST, EVIDENCE_MOST], [panel.bottom, panel.top]).clamp(true);
  const harm = good.points.map(({ harm }) => harm / -Math.log(alpha));
  const safe = good.points.map(({ certify }) => certify && certify / -Math.log(beta));
  // At a change of the weight another margin is asked about: the line begins anew.
  const starts = good.points.map(({ weight }, index) => good.points[index - 1]?.weight !== weight);
  const safeLine = pathOf(scene, y, { values: [undefined, ...safe], starts: [false, ...starts] });
  return [
    heading(panel, 'Evidence in that release, as a share of what decides'),
    ...axes(panel, {
      ticks: [0, 0.5, 1].map((one) => [y(one), formatPercent(one)]),
      x: xTicks(scene),
    }),
    `<path class="mark" d="M${PLOT.left},${y(1).toFixed(1)}H${PLOT.right}"/>`,
    `<path class="line harm" d="${pathOf(scene, y, { values: [undefined, ...harm], starts: [] })}"/>`,
    ...(safeLine === '' ? [] : [`<path class="line safe" d="${safeLine}"/>`]),
    textAt({ x: PLOT.right + 12, y: y(1) + 4, className: 'soft' }, 'decides'),
    ...legend(panel, [
      ['harm', 'it is harmful'],
      ...(safeLine === '' ? [] : [['safe', 'safe for the next step'] as const]),
    ]),
    ...productionMark(scene, panel),
  ];
}

function harmPanel(scene: Scene, panel: Panel): readonly string[] {
  const { bad, x, minutesPerBin } = scene;
  const most = Math.max(1, ...bad.map(({ run }) => run.harmed));
  const y = scaleLinear([0, most], [panel.bottom, panel.top]).nice(4);
  const drawn = bad.flatMap(({ points, run }, index) => {
    const values = [0, ...points.map(({ harmed }) => harmed)];
    const [endX, endY] = [x(run.bins * minutesPerBin).toFixed(1), y(run.harmed).toFixed(1)];
    return [
      `<path class="line ${badClass(index)}" d="${pathOf(scene, y, { values, starts: [] })}"/>`,
      `<circle class="dot ${badClass(index)}" cx="${endX}" cy="${endY}" r="3.5"/>`,
    ];
  });
  return [
    heading(panel, 'Requests harmed by a version that fails more often, until it is taken back'),
    ...axes(panel, {
      ticks: y.ticks(4).map((one) => [y(one), formatFactor(one)]),
      x: xTicks(scene),
    }),
    ...drawn,
    ...legend(
      panel,
      bad.map((one, index) => [badClass(index), ending(scene, one)]),
    ),
    textAt({ x: PLOT.left, y: panel.bottom + 36, className: 'soft' }, footnote(scene)),
  ];
}

function footnote({ question }: Scene): string {
  const settle = formatMinutes(question.plan.analysis.settleMs / 60_000);
  return `Time from the first visitors. Safe counts ${settle} later, when its counts are final. Releases of median length.`;
}

function badClass(index: number): string {
  return `bad${Math.min(index, 3)}`;
}

function ending({ minutesPerBin }: Scene, { ratio, run }: BadRun): string {
  const at = formatMinutes(Math.round(run.bins * minutesPerBin));
  const how = { harm: `back at ${at}`, paused: 'a person asked', undecided: `back at ${at}` };
  const end = run.end === 'succeeded' ? 'not seen' : how[run.end];
  return `${formatFactor(ratio)}x: ${formatCount(run.harmed)}, ${end}`;
}

interface Course {
  /** One at the beginning, and one at the end of each bin. */
  readonly values: readonly (number | undefined)[];
  /** True where a new line begins. */
  readonly starts: readonly boolean[];
}

interface Place {
  readonly minutes: number;
  readonly value: number | undefined;
}

/** As many points as can be told apart. */
const POINTS_MAX = 700;

function pathOf(scene: Scene, y: (value: number) => number, { values, starts }: Course): string {
  const every = Math.ceil(values.length / POINTS_MAX);
  const places = values.flatMap((value, index): Place[] => {
    const minutes = index * scene.minutesPerBin;
    const isLast = index === values.length - 1;
    if (starts[index] && index > 0)
      return [
        { minutes, value: undefined },
        { minutes, value },
      ];
    return index % every === 0 || isLast ? [{ minutes, value }] : [];
  });
  const draw = line<Place>()
    .digits(1)
    .defined(({ value }) => value !== undefined)
    .x(({ minutes }) => scene.x(minutes))
    .y(({ value }) => y(value ?? 0));
  return draw(places) ?? '';
}

function xTicks({ x, ticks }: Scene): readonly (readonly [number, string])[] {
  return ticks.map((minutes) => [x(minutes), formatMinutes(minutes)]);
}

function heading(panel: Panel, text: string): string {
  return textAt({ x: PLOT.left, y: panel.top - 12, className: 'name' }, text);
}

function productionMark({ good, x, minutesPerBin }: Scene, panel: Panel): readonly string[] {
  const at = good.run.promotedAt;
  return at === undefined ? [] : [vertical(panel, x(at * minutesPerBin))];
}

/** Inside of the area, which is as high as the panel there; nothing when it is too narrow for the word. */
function productionName({ good, x, minutesPerBin }: Scene, { top }: Panel): readonly string[] {
  const { bins, promotedAt } = good.run;
  if (promotedAt === undefined) return [];
  const at = x(promotedAt * minutesPerBin) + 8;
  if (at + NAME_WIDTH > x(bins * minutesPerBin)) return [];
  return [textAt({ x: at, y: top + 20, className: '' }, 'production')];
}

/** "production" in the widest of the fonts. */
const NAME_WIDTH = 80;

/** In the margin, one below the other, so that no label meets a line or another label. */
function legend(
  panel: Panel,
  entries: readonly (readonly [className: string, text: string])[],
): readonly string[] {
  const from = panel.top + (panel.bottom - panel.top) / 2 - (entries.length - 2) * 9;
  return entries.flatMap(([className, text], index) => {
    const y = from + index * 18;
    const x = PLOT.right + 12;
    return [
      `<path class="line ${className}" d="M${x},${y - 4}h14"/>`,
      textAt({ x: x + 20, y, className: '' }, text),
    ];
  });
}

function titleOf({ plan }: Forecast): string {
  return `What the plan ${plan} will do`;
}

function worldText({ requestsPerMinute, failureRate }: Forecast): string {
  return `${formatTraffic(requestsPerMinute)}, of which ${formatPercent(failureRate)} fail now`;
}

/** For those who do not see it: the same facts. */
function described({ found, good, bad, minutesPerBin }: Scene): string {
  const { promotedAt } = good.run;
  const production =
    promotedAt === undefined
      ? 'A typical good release does not become production by itself.'
      : `A typical good release is production after ${formatMinutes(promotedAt * minutesPerBin)}.`;
  const ends = bad.map(({ ratio, run }) => {
    const at = formatMinutes(run.bins * minutesPerBin);
    const back = run.end === 'harm' ? `is taken back after ${at}` : `is not taken back in ${at}`;
    return `A version that fails ${formatFactor(ratio)} times as often ${back}; ${formatCount(run.harmed)} requests are harmed.`;
  });
  return [`${worldText(found)}.`, production, ...ends].join(' ');
}

/**
 * A recorded terminal as an SVG. Where styles are animated the lines come one after the other as they
 * did; everywhere else the last moment stands.
 */

/** What a screen was told, and when. */
export interface Recorded {
  /** Since the beginning, milliseconds. */
  readonly atMs: number;
  readonly kind: 'line' | 'moving';
  /** With colours as terminals have them; one line. */
  readonly text: string;
}

export interface PictureOptions {
  readonly columns: number;
  readonly title: string;
  /** How many times faster than it was. */
  readonly speed: number;
}

/** Text in one colour and weight. */
export interface Run {
  readonly text: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly color: Color | undefined;
}

type Color = keyof typeof COLORS;

const COLORS = { red: '#f97583', green: '#85e89d', yellow: '#ffdf5d', cyan: '#79c0ff' } as const;
const CODES: ReadonlyMap<number, Color> = new Map([
  [31, 'red'],
  [32, 'green'],
  [33, 'yellow'],
  [36, 'cyan'],
]);

const CHAR_WIDTH = 7.8;
const LINE_HEIGHT = 19;
const MARGIN = 16;
const TITLE_HEIGHT = 34;

/** Draws the recording. Lines that are wider than the picture are cut by its edge. */
export function terminalPicture(recorded: readonly Recorded[], options: PictureOptions): string {
  const lines = recorded.filter(({ kind }) => kind === 'line');
  const width = Math.ceil(options.columns * CHAR_WIDTH + 2 * MARGIN);
  const height = TITLE_HEIGHT + lines.length * LINE_HEIGHT + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(options.title)}">`,
    STYLE,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...['#ff5f56', '#ffbd2e', '#27c93f'].map(
      (fill, index) => `<circle cx="${20 + index * 18}" cy="18" r="5.5" fill="${fill}"/>`,
    ),
    `<text x="${width / 2}" y="22" text-anchor="middle" class="d">${escaped(options.title)}</text>`,
    ...drawAll(recorded, options.speed),
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = `<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9; white-space: pre }
.b { font-weight: bold } .d { fill: #8b949e }
${Object.entries(COLORS)
  .map(([name, fill]) => `.${name} { fill: ${fill} }`)
  .join(' ')}
.moving { opacity: 0 }
@media (prefers-reduced-motion: no-preference) {
  .line { animation: come 1ms backwards }
  .moving { animation: stand 1s }
}
@keyframes come { from { opacity: 0 } }
@keyframes stand { from, to { opacity: 1 } }
</style>`;

/** A moving line stands below the lines so far, until anything else is drawn. */
function drawAll(recorded: readonly Recorded[], speed: number): string[] {
  const seconds = (ms: number): string => `${(ms / 1000 / speed).toFixed(2)}s`;
  let row = 0;
  return recorded.flatMap(({ atMs, kind, text }, index) => {
    const y = TITLE_HEIGHT + (row + 0.8) * LINE_HEIGHT;
    const delay = `animation-delay:${seconds(atMs)}`;
    if (kind === 'line') {
      row += 1;
      return text === '' ? [] : [drawLine(text, y, `class="line" style="${delay}"`)];
    }
    const forMs = (recorded[index + 1]?.atMs ?? atMs) - atMs;
    if (text === '' || forMs <= 0) return [];
    const style = `${delay};animation-duration:${seconds(forMs)}`;
    return [drawLine(text, y, `class="moving" style="${style}"`)];
  });
}

/** The length is given, so that columns stay columns in whichever font there is. */
function drawLine(text: string, y: number, attributes: string): string {
  const runs = readRuns(text);
  const length = runs.reduce((sum, run) => sum + run.text.length, 0) * CHAR_WIDTH;
  const spans = runs.map((run) => {
    const classes = [run.bold ? 'b' : '', run.dim ? 'd' : '', run.color ?? ''].filter(Boolean);
    const name = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
    return `<tspan${name}>${escaped(run.text)}</tspan>`;
  });
  return `<text x="${MARGIN}" y="${y.toFixed(1)}" textLength="${length.toFixed(1)}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" ${attributes}>${spans.join('')}</text>`;
}

/** Splits at the colour codes that picocolors writes; others are left out. */
export function readRuns(text: string): readonly Run[] {
  const runs: Run[] = [];
  let style: Omit<Run, 'text'> = { bold: false, dim: false, color: undefined };
  for (const part of text.split(/(\u001b\[\d+m)/)) {
    const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
    if (code !== undefined) style = restyle(style, Number(code));
    else if (part !== '') runs.push({ ...style, text: part });
  }
  return runs;
}

function restyle(style: Omit<Run, 'text'>, code: number): Omit<Run, 'text'> {
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  const color = CODES.get(code);
  return color !== undefined || code === 39 ? { ...style, color } : style;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

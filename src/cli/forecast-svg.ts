/** The pieces of the forecast's picture that know nothing of forecasts. */

/** Where panels lie, in pixels: left of it the numbers of the axis, right of it the legends. */
export const PLOT = { left: 64, right: 648 } as const;

export interface Panel {
  readonly top: number;
  readonly bottom: number;
}

export function panelAt(top: number, height: number): Panel {
  return { top, bottom: top + height };
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly className: string;
}

export function textAt({ x, y, className }: TextPlace, text: string): string {
  const kind = className === '' ? '' : ` class="${className}"`;
  return `<text x="${round(x)}" y="${round(y)}"${kind}>${escapeXml(text)}</text>`;
}

export interface Axes {
  /** Place and label of each line. */
  readonly ticks: readonly (readonly [number, string])[];
  readonly x: readonly (readonly [number, string])[];
}

export function axes({ top, bottom }: Panel, { ticks, x }: Axes): readonly string[] {
  return [
    ...ticks.flatMap(([y, label]) => [
      `<path class="grid" d="M${PLOT.left},${round(y)}H${PLOT.right}"/>`,
      textAt({ x: PLOT.left - 8, y: y + 4, className: 'soft end' }, label),
    ]),
    ...x.flatMap(([at, label]) => [
      `<path class="grid" d="M${round(at)},${top}V${bottom}"/>`,
      textAt({ x: at, y: bottom + 18, className: 'soft mid' }, label),
    ]),
  ];
}

/** A line through the panel at which the new version becomes production. */
export function vertical({ top, bottom }: Panel, x: number): string {
  return `<path class="mark" d="M${round(x)},${top}V${bottom}"/>`;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Upright lines where the release moved, the same in every chart, with their words above it. */
import type uPlot from 'uplot';

import { colour } from './colours.ts';

export interface Moment {
  /** Seconds. */
  readonly at: number;
  /** Short: `20 %`, `swap`. */
  readonly text: string;
}

export function drawMoments(plot: uPlot, moments: readonly Moment[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour('moment');
  ctx.fillStyle = colour('muted');
  ctx.lineWidth = devicePixelRatio;
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  let free = -Infinity;
  for (const { at, text } of moments) {
    const x = Math.round(plot.valToPos(at, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top - 14 * devicePixelRatio);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // A word that would stand on the one before is left out; the timeline has them all.
    const left = x + 4 * devicePixelRatio;
    const width = ctx.measureText(text).width;
    if (left < free || left + width > bbox.left + bbox.width) continue;
    ctx.fillText(text, left, bbox.top - 14 * devicePixelRatio);
    free = left + width + 6 * devicePixelRatio;
  }
  ctx.restore();
}

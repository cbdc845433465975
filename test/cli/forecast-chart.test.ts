// The picture of a forecast: XML that every viewer takes, with labels that can be read.
import { describe, expect, it } from 'vitest';

import { forecastSvg } from '../../src/cli/forecast-chart.ts';
import { forecast } from '../../src/cli/forecast-result.ts';
import { question } from '../support/forecast-samples.ts';
import { samplePlan } from '../support/release-samples.ts';
import { wellFormed } from '../support/well-formed.ts';

describe('the picture', () => {
  const asked = [
    question(),
    question({ plan: samplePlan('careful'), requestsPerMinute: 20 }),
    question({ plan: samplePlan('blue-green'), regressions: [1.5, 2, 3, 5, 10, 20, 50, 100] }),
    question({
      regressions: [2],
      plan: samplePlan({ preset: 'fast', analysis: { interval: '5s' } }),
    }),
  ];

  it.each(asked)('is well-formed XML that says in words what it shows', (one) => {
    const svg = forecastSvg(one, forecast({ ...one, runs: 20 }));
    expect(wellFormed(svg)).toEqual({ root: 'svg', problems: [] });
    expect(svg).toMatch(/<title id="title">What the plan \S+ will do<\/title>/);
    expect(svg).toMatch(/<desc id="desc">[^<]*fails 2 times as often/);
    expect(svg).toContain('aria-labelledby="title desc"');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it.each(asked)('keeps its labels apart', (one) => {
    const svg = forecastSvg(one, forecast({ ...one, runs: 20 }));
    const boxes = textBoxes(svg);
    expect(boxes.length).toBeGreaterThan(15);
    for (const [index, box] of boxes.entries()) {
      expect(box.right).toBeLessThanOrEqual(860);
      expect(box.bottom).toBeLessThanOrEqual(572);
      for (const other of boxes.slice(index + 1)) {
        const overlaps =
          box.left < other.right &&
          other.left < box.right &&
          box.top < other.bottom &&
          other.top < box.bottom;
        expect(overlaps, `"${box.text}" over "${other.text}"`).toBe(false);
      }
    }
  });
});

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where texts lie, with 6.6 pixels a character of 12 pixels: wide for a sans serif. */
function textBoxes(svg: string): readonly Box[] {
  const texts = svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)"(?: class="([^"]*)")?>([^<]*)</g);
  return [...texts].map(([, x = '', y = '', className = '', text = '']) => {
    const size = className === 'title' ? 16 : 12;
    const width = text.length * size * 0.55;
    const shift = className.includes('end') ? 1 : className.includes('mid') ? 0.5 : 0;
    const left = Number(x) - shift * width;
    const bottom = Number(y);
    return { text, left, right: left + width, top: bottom - 0.75 * size, bottom };
  });
}
